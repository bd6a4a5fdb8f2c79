"""Answers to the exercises of *Balance*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer
from deeplinear.networks.factors import end_to_end, imbalance, layer_gradients
from deeplinear.theory.conservation import imbalance_after_step


@answer(
    "balance/first-step",
    slips={
        "That is D before the step.": lambda: -8.0,
        "The drift term has the square of the learning rate.": lambda: -8.0 + 0.1 * 32,
    },
)
def _first_step() -> float:
    factors = ([[3.0]], [[1.0]])
    return float(imbalance_after_step(factors, layer_gradients(factors, [[2.0]]), 0.1)[0].item())


def _squares() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(0)
    return [(rng.standard_normal((n, n)), depth) for n, depth in ((1, 2), (3, 2), (4, 3), (2, 1))]


def _worst_gap(factors: Any, W: Any, depth: int) -> float:
    gaps = [*imbalance(factors), end_to_end(factors) - W]
    return max(float(np.abs(gap).max()) for gap in gaps) + abs(len(factors) - depth)


@answer(
    "balance/share",
    tolerance=1e-9,
    cases=_squares,
    measure=_worst_gap,
    remark="Product and balance are both right to rounding.",
)
def _share() -> Callable[..., float]:
    return lambda W, depth: 0.0


@answer("balance/narrowing", slips={"That is the square of the norm.": lambda: 4.0})
def _narrowing() -> float:
    return float(np.linalg.norm(imbalance([np.eye(6, 8), np.eye(2, 6)])[0]))


@answer(
    "balance/relu",
    remark="The degree of the activation is the weight of c².",
    slips={"That is the law of the ReLU, of degree 1; here φ has degree 2.": lambda: 14.0},
)
def _relu() -> float:
    degree = 2
    return 6.0 + degree * (3.0**2 - 1.0**2)


@answer("balance/momentum", tolerance=0.02, remark="Momentum drifts at the same order.")
def _momentum() -> float:
    def drift(eta: float) -> float:
        w, v = np.array([1.5, 0.1]), np.zeros(2)
        for _ in range(round(4 / eta)):
            v = 0.9 * v + (w[0] * w[1] - 1.0) * w[::-1]
            w = w - eta * v
        return float(w[1] ** 2 - w[0] ** 2 - (0.1**2 - 1.5**2))

    return drift(1e-3) / drift(5e-4)
