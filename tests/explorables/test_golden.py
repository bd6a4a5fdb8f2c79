"""The runs that the browser's numerics are held to are what the package computes now."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

JS = Path(__file__).parents[1] / "js"
WRITER = runpy.run_path(str(JS / "write_golden.py"))
GOLDEN = json.loads((JS / "golden.json").read_text(encoding="utf-8"))


def numbers(values):
    return np.array(values, dtype=float)


def test_the_stored_runs_are_the_runs_of_the_list():
    states = list(WRITER["states"]())
    assert len(states) == len(GOLDEN) >= 100
    for state, stored in zip(states, GOLDEN, strict=True):
        rate = state.pop("learning_rate")
        assert rate == pytest.approx(stored["state"]["learning_rate"], rel=1e-14)
        assert state.items() <= stored["state"].items()


@pytest.mark.parametrize("number", range(len(GOLDEN)))
def test_a_stored_run_is_the_run_computed_now(number):
    stored = GOLDEN[number]
    now = WRITER["case"](stored["state"])
    assert (now["reached"], now["diverged"], now["steps"]) == (stored["reached"], stored["diverged"], stored["steps"])
    np.testing.assert_allclose(numbers(now["weights"]), numbers(stored["weights"]), rtol=1e-12)
    distance = np.abs(numbers(stored["weights"]) - [stored["state"]["ratio"], 1.0]).min(axis=1)
    # Near the target a loss is a power of a difference that has lost digits.
    for a, b, gap in zip(numbers(now["loss"]), numbers(stored["loss"]), distance, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12 + 1e-13 / max(gap, 1e-12), equal_nan=True)
