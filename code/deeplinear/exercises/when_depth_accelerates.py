"""Answers to the exercises of *When depth accelerates*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer
from deeplinear.problems import TwoPoint
from deeplinear.theory.gain import gain, robust


@answer(
    "when-depth-accelerates/wait",
    tolerance=0.01,
    slips={"That is for the largest stable rate, the exercise asks for half of it.": lambda: 18_750},
    remark="The first coordinate is long done by then.",
)
def _wait() -> int:
    delta, steps = 1.0, 0
    while delta > 0.5:
        delta, steps = delta * (1 - 1e-4 * delta**4), steps + 1
    return steps


@answer(
    "when-depth-accelerates/search",
    tolerance=2e-3,
    cases=lambda: [(2.0, 4.0), (3.0, 6.0), (1.5, 3.0), (8.0, 2.5), (1.0, 4.0)],
)
def _search() -> Callable[..., float]:
    return gain


@answer(
    "when-depth-accelerates/farthest",
    slips={"That is where the rule goes farthest, as a part of y; the layers are asked for.": lambda: 1 / (_p() - 1)},
    remark="At p = 4 it is ½.",
)
def _farthest() -> Any:
    import sympy as sp

    return (1 + sp.sqrt(8 * _p() - 7)) / (4 * (_p() - 1))


def _p() -> Any:
    import sympy as sp

    return sp.Symbol("p", positive=True)


@answer(
    "when-depth-accelerates/head-start",
    tolerance=0.02,
    slips={
        "That is the gain; the exercise asks how many times G it is.": lambda: gain(8, 4) * _head_start(),
        "That is the head start.": lambda: 1e-3**0.125,
    },
    remark="With eight layers a thousandth is no small start.",
)
def _head_start() -> float:
    def wait(theta: float) -> float:
        return float(0.5**-2 - (1 - theta) ** -2)

    return wait(1e-3) / wait(1e-3**0.125)


@answer(
    "when-depth-accelerates/schedule",
    tolerance=1e-9,
    slips={"That constant is not robust: a larger one within a quarter of it diverges.": lambda: _counts()[1].min()},
)
def _schedule() -> float:
    constants, counts = _counts()
    return float(robust(constants, counts).min())


def _counts() -> tuple[Any, Any]:
    """Iterations until the loss stays below 0.01 with the rate 10^(k/24) L^(−1/2), k = −36, …, 0."""
    problem = TwoPoint((100.0, 1.0), p=4)
    constants = 10.0 ** (np.arange(-36, 1) / 24)
    w, counts = np.tile([0.1, 0.001], (len(constants), 1)), np.zeros(len(constants))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in range(501):
            loss = problem.loss(w)
            counts[~(loss < 1e-2)] = step + 1
            w = w - (constants * loss**-0.5)[:, None] * problem.gradient(w)
    return constants, np.where(counts < 501, counts, np.inf)
