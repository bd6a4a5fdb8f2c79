"""Answers to the exercises of *Curvature and depth*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer
from deeplinear.networks.factors import end_to_end, gradient_step
from deeplinear.problems import LpRegression
from deeplinear.theory.preconditioner import preconditioner, preconditioner_eigenvalues
from deeplinear.theory.sharpness import sharpness


@answer(
    "curvature-and-depth/chain",
    tolerance=5e-3,
    slips={
        "That is the sharpness; the exercise asks for 2 over it.": lambda: 20.25,
        "That is for the balanced minimum.": lambda: 2 / (3 * 2 ** (4 / 3)),
        "That is 1 over the sharpness.": lambda: 1 / 20.25,
    },
    remark="At the balanced minimum it is more than twice as large.",
)
def _chain() -> float:
    return float(2 / sum((2 / w) ** 2 for w in (4, 1, 0.5)))


def _problems() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(0)
    squares = [rng.standard_normal((2 * d, d)) for d in (2, 3, 5)]
    return [(A.T @ A, rng.standard_normal(A.shape[1]), depth) for A, depth in zip(squares, (2, 3, 6), strict=True)]


@answer("curvature-and-depth/condition", tolerance=1e-6, cases=_problems)
def _condition() -> Callable[..., Any]:
    def change(H: Any, w: Any, depth: int) -> float:
        values = np.linalg.eigvals(preconditioner(w, depth) @ H).real
        return float(values.max() / values.min() / np.linalg.cond(H))

    return change


@answer(
    "curvature-and-depth/two-outputs",
    tolerance=1e-3,
    slips={"That is the bound for one output.": lambda: 3.0},
    remark="The weaker the weakest direction, the worse; at rank 1 the preconditioner is singular.",
)
def _two_outputs() -> float:
    values = preconditioner_eigenvalues(np.diag([1.0, 0.01]), 3)
    return float(values.max() / values.min())


@answer(
    "curvature-and-depth/flattest",
    slips={"That is at balance, which is not the flattest.": lambda: _h()},
    remark="At h = 2 it is 2, the balanced minimum's.",
)
def _flattest() -> Any:
    import sympy as sp

    return _h() / sp.sqrt(_h() - 1)


def _h() -> Any:
    import sympy as sp

    return sp.Symbol("h", positive=True)


@answer(
    "curvature-and-depth/stop",
    tolerance=0.02,
    slips={
        "That is the sharpness itself; divide by 2/η.": lambda: _stop() * 2 / 0.028,
        "That is the flattest of all minima; the run stops before it.": lambda: 100 / 99**0.5 * 0.028 / 2,
    },
    remark="Just stable, and far from the flattest.",
)
def _stop() -> float:
    problem = LpRegression(np.sqrt(2) * np.diag([1.0, 10.0]), np.array([2**0.5, 0.0]), p=2)
    layers: Any = [np.array([[1.0, 0.01]]), np.array([[1.0]])]
    for _ in range(5_000):
        layers = gradient_step(layers, problem.gradient(end_to_end(layers)[0])[None], 0.028)
    return sharpness(problem, layers) * 0.028 / 2
