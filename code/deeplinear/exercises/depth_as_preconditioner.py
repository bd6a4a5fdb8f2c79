"""Answers to the exercises of *Depth as a preconditioner*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer
from deeplinear.theory.preconditioner import end_to_end_step, preconditioner, preconditioner_eigenvalues


@answer(
    "depth-as-preconditioner/eigenvalue",
    tolerance=1e-3,
    slips={
        "That is the eigenvalue for u₁v₁ᵀ.": lambda: 48.0,
        "That is the eigenvalue for a vanishing second singular value.": lambda: 16.0,
    },
)
def _eigenvalue() -> float:
    return float(preconditioner_eigenvalues(np.diag([8.0, 1.0]), 3)[0, 1])


def _matrices() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(0)
    return [(rng.standard_normal((n, n)), depth) for n, depth in ((2, 2), (3, 4), (4, 1), (3, 3))]


@answer(
    "depth-as-preconditioner/condition",
    cases=_matrices,
    remark="It is κ(W)^{2−2/N}: depth makes the preconditioner worse conditioned.",
)
def _condition() -> Callable[..., float]:
    return lambda W, depth: float(np.linalg.cond(preconditioner(W, depth)))


@answer(
    "depth-as-preconditioner/not-balanced",
    remark="Imbalance, too, is a preconditioner.",
    slips={"That is the ratio of the balanced network.": lambda: 2.0},
)
def _not_balanced() -> float:
    W1, W2 = np.array([[4.0, 0.0]]), 0.25
    values = np.linalg.eigvalsh(W2**2 * np.eye(2) + W1.T @ W1)
    return float(values[1] / values[0])


def _shapes_of_rank() -> list[tuple[Any, ...]]:
    return [(1, 1, 0), (1, 5, 1), (3, 3, 3), (4, 3, 2), (3, 6, 1), (5, 5, 0)]


@answer(
    "depth-as-preconditioner/kernel",
    cases=_shapes_of_rank,
    remark="It is the dimension of the set of matrices of rank r, along which alone the flow can move.",
)
def _kernel() -> Callable[..., int]:
    return lambda k, d, r: int((preconditioner_eigenvalues(np.eye(k, d) * (np.arange(d) < r), 2) > 0).sum())


@answer(
    "depth-as-preconditioner/rank", tolerance=0.01, remark="The large entry is done long before the small one begins."
)
def _rank() -> float:
    W, A = 0.01 * np.eye(3), np.diag([3.0, 2.0, 1.0])
    steps: list[int] = []
    step = 0
    while len(steps) < 2:
        step += 1
        W = end_to_end_step(W, W - A, 0.01, 3)
        i = 2 * len(steps)
        if W[i, i] >= A[i, i] / 2:
            steps.append(step)
    return steps[1] / steps[0]
