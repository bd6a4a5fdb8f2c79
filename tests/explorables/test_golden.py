"""The numbers that the browser's scripts are held to are what the package computes now."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

JS = Path(__file__).parents[1] / "js"
WRITER = runpy.run_path(str(JS / "write_golden.py"))
GOLDEN = {name: json.loads((JS / "golden" / f"{name}.json").read_text(encoding="utf-8")) for name in WRITER["NAMES"]}


def same(now, stored, what):
    if isinstance(stored, dict):
        assert now.keys() == stored.keys()
        for key in stored:
            same(now[key], stored[key], f"{what}.{key}")
    elif stored is None or isinstance(stored, str | bool):
        assert now == stored, what
    else:
        a, b = (np.array(value, dtype=float) for value in (now, stored))
        size = np.nanmax(np.abs(b), initial=0)
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-15 * size, equal_nan=True, err_msg=what)


@pytest.mark.parametrize("name", WRITER["NAMES"])
def test_the_stored_states_are_those_of_the_list(name):
    Explorable, states = WRITER["load"](name)
    stored = GOLDEN[name]
    assert len(states) == len(stored["cases"])
    for state, case in zip(states, stored["cases"], strict=True):
        same(Explorable(**state).state, case["state"], name)
    assert json.loads(json.dumps(Explorable().data)) == stored["data"]


@pytest.mark.parametrize(("name", "number"), [(name, i) for name in GOLDEN for i in range(len(GOLDEN[name]["cases"]))])
def test_stored_numbers_are_computed_now(name, number):
    Explorable, _ = WRITER["load"](name)
    stored = GOLDEN[name]["cases"][number]
    same(WRITER["case"](Explorable(**stored["state"]))["numbers"], stored["numbers"], name)


def test_a_name_without_states_is_told_which_there_are():
    with pytest.raises(SystemExit, match=r"there is no states/two_pint\.py .* there are balance, "):
        WRITER["main"](["two_pint"])
