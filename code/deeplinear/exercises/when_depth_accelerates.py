"""Answers to the exercises of *When depth accelerates*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.end_to_end import preconditioner, preconditioner_eigenvalues
from deeplinear.exercises._registry import answer
from deeplinear.problems import TwoPoint


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


def _problems() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(0)
    squares = [rng.standard_normal((2 * d, d)) for d in (2, 3, 5)]
    return [(A.T @ A, rng.standard_normal(A.shape[1]), depth) for A, depth in zip(squares, (2, 3, 6), strict=True)]


@answer("when-depth-accelerates/condition", tolerance=1e-6, cases=_problems)
def _condition() -> Callable[..., Any]:
    def change(H: Any, w: Any, depth: int) -> float:
        values = np.linalg.eigvals(preconditioner(w, depth) @ H).real
        return float(values.max() / values.min() / np.linalg.cond(H))

    return change


@answer(
    "when-depth-accelerates/two-outputs",
    tolerance=1e-3,
    slips={"That is the bound for one output.": lambda: 3.0},
    remark="The weaker the weakest direction, the worse; at rank 1 the preconditioner is singular.",
)
def _two_outputs() -> float:
    values = preconditioner_eigenvalues(np.diag([1.0, 0.01]), 3)
    return float(values.max() / values.min())


@answer(
    "when-depth-accelerates/schedule",
    tolerance=1e-9,
    slips={"The next larger rate diverges: that one is at the edge of what works.": lambda: _counts().min()},
)
def _schedule() -> float:
    counts = _counts()
    works = np.isfinite(np.concatenate([[np.inf], counts, [np.inf]]))
    return float(counts[works[:-2] & works[2:]].min())


def _counts() -> Any:
    """Iterations until the loss stays below 0.01 with the rate 10^(k/6) L^(−1/2), k = −12, …, 0."""
    problem = TwoPoint((100.0, 1.0), p=4)
    rates = 10.0 ** (np.arange(-12, 1) / 6)
    w, counts = np.tile([0.1, 0.001], (len(rates), 1)), np.zeros(len(rates))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in range(2_000):
            loss = problem.loss(w)
            counts[~(loss < 1e-2)] = step + 1
            w = w - (rates * loss**-0.5)[:, None] * problem.gradient(w)
    return np.where(counts < 2_000, counts, np.inf)
