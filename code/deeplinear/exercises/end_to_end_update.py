"""Answers to the exercises of *The end-to-end update*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer
from deeplinear.networks.factors import balanced, end_to_end, gradient_step
from deeplinear.theory.preconditioner import end_to_end_step, precondition


@answer(
    "end-to-end-update/decay",
    slips={
        "The decay acts on every layer, hence N times on the product.": lambda: 0.98,
        "That is what the network does; the rule is linear in η.": lambda: 0.98**3,
    },
)
def _decay() -> float:
    return float(end_to_end_step([[1.0]], [[0.0]], 0.1, 3, weight_decay=0.2).item())


def _steps() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(0)
    return [(*rng.standard_normal((2, k, d)), 0.1) for k, d in ((2, 3), (3, 2), (1, 4), (3, 3))]


@answer("end-to-end-update/implement", tolerance=1e-9, cases=_steps, remark="On to more layers: dl.precondition.")
def _implement() -> Callable[..., Any]:
    return lambda W, gradient, learning_rate: end_to_end_step(W, gradient, learning_rate, 2)


@answer(
    "end-to-end-update/unbalanced",
    remark="An unbalanced start is faster.",
    slips={"That is the balanced start's.": lambda: 2.0},
)
def _unbalanced() -> float:
    step = 1e-7
    moved = end_to_end(gradient_step([[[4.0]], [[0.25]]], [[1.0]], step)).item()
    return round((1.0 - moved) / step, 4)


@answer(
    "end-to-end-update/sign",
    remark="The determinant falls, and more slowly the nearer it is to 0.",
    slips={"That is the derivative of log |det W|.": lambda: -2.0, "There are N equal terms.": lambda: -4.0},
)
def _sign() -> float:
    W, slope = np.diag([4.0, 1.0]), np.array([[1.0, -1.0], [-1.0, 0.0]])
    return float(-np.linalg.det(W) * np.trace(np.linalg.solve(W, precondition(W, slope, 2))))


@answer("end-to-end-update/repair", tolerance=0.05, remark="The first order is back.")
def _repair() -> float:
    rng = np.random.default_rng(0)
    target = rng.standard_normal((3, 3))
    u, v = rng.standard_normal((2, 3))
    start = np.outer(u, v) / np.linalg.norm(u) / np.linalg.norm(v)
    rates, gaps = 0.02 / 2.0 ** np.arange(6), []
    for eta in rates:
        factors, W = balanced(start, 6), start
        for _ in range(round(1 / eta)):
            factors = gradient_step(factors, end_to_end(factors) - target, eta)
            U, sigma, Vt = np.linalg.svd(end_to_end_step(W, W - target, eta, 6))
            W = sigma[0] * np.outer(U[:, 0], Vt[0])
        gaps.append(np.linalg.norm(end_to_end(factors) - W))
    return float(np.polyfit(np.log(rates), np.log(gaps), 1)[0])
