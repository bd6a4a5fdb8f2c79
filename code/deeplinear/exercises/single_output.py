"""Answers to the exercises of *One output*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.end_to_end import end_to_end_step, precondition_vector
from deeplinear.exercises._registry import answer
from deeplinear.problems import LpRegression


@answer(
    "single-output/one-step",
    slips={
        "The adaptive factor ‖w‖^{2−2/N} is missing.": lambda: np.array([3.0, 4.0]) - 0.1 * np.array([1.36, 0.48]),
        "The amplification along w is missing.": lambda: [2.5, 4.0],
    },
)
def _one_step() -> Any:
    return end_to_end_step([3.0, 4.0], [1.0, 0.0], 0.1, 2)


def _pairs() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(0)
    return [tuple(rng.standard_normal((2, d))) for d in (1, 2, 5)]


@answer("single-output/infinite", tolerance=1e-5, cases=_pairs, remark="Depth without bound loses the ability to turn.")
def _infinite() -> Callable[..., Any]:
    return lambda w, g: precondition_vector(w, g, 1e9) / 1e9


@answer("single-output/across", remark="Most of these steps turn the weights; near zero every one of them is tiny.")
def _across() -> int:
    w, steps = np.array([0.0, 1e-2]), 0
    while w[0] < 0.5:
        w, steps = end_to_end_step(w, w - np.array([1.0, 0.0]), 0.01, 3), steps + 1
    return steps


@answer("single-output/depth-of-gain", tolerance=0.05, remark="Depth 2 takes most of the gain.")
def _depth_of_gain() -> float:
    rng = np.random.default_rng(1)
    scaled = rng.standard_normal((300, 20)) @ np.diag(np.geomspace(3, 0.03, 20))
    inputs = scaled @ np.linalg.qr(rng.standard_normal((20, 20)))[0]
    task = LpRegression(inputs, inputs @ (rng.standard_normal(20) * 2) + 0.3 * rng.standard_normal(300), p=4)
    rates = 10.0 ** np.arange(-5, 0.01, 1 / 6)

    def best_gap(depth: int) -> float:
        W = np.tile(0.01 * np.random.default_rng(0).standard_normal(20), (len(rates), 1))
        eta, limit = rates[:, None], 10 * task.loss(W[0])
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(20_000):
                W = W - eta * precondition_vector(W, task.gradient(W), depth)
                finite = task.loss(W) < limit
                W, eta = W[finite], eta[finite]
        return float(task.loss(W).min() - task.optimum.loss)

    return float(np.log10(best_gap(2) / best_gap(1)))
