"""The numbers that the browser's scripts are held to are what the package computes now."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from deeplinear.explorables import FIGURES

JS = Path(__file__).parents[1] / "js"
WRITER = runpy.run_path(str(JS / "write_golden.py"))
GOLDEN = {name: json.loads((JS / "golden" / f"{name}.json").read_text(encoding="utf-8")) for name in FIGURES}


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


@pytest.mark.parametrize("name", FIGURES)
def test_the_stored_states_are_those_of_the_list(name):
    Lab, states = WRITER["load"](name)
    stored = GOLDEN[name]
    assert len(states) == len(stored["cases"])
    for state, case in zip(states, stored["cases"], strict=True):
        same(Lab(**state).state, case["state"], name)
    assert json.loads(json.dumps(Lab().data)) == stored["data"]
    assert WRITER["constants"](name) == stored["constants"]


@pytest.mark.parametrize(("name", "number"), [(name, i) for name in GOLDEN for i in range(len(GOLDEN[name]["cases"]))])
def test_stored_numbers_are_computed_now(name, number):
    stored = GOLDEN[name]["cases"][number]
    now = WRITER["case"](FIGURES[name](**stored["state"]))
    same(now["numbers"], stored["numbers"], name)
    assert now["sentence"] == stored["sentence"]


def test_a_name_of_no_figure_is_told_which_there_are():
    with pytest.raises(SystemExit, match=r"there is no figure 'two_pint'; there are \w+, "):
        WRITER["main"](["two_pint"])
