"""Answers to the exercises of *One output*, computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer
from deeplinear.networks import Network, Rule, Start
from deeplinear.problems import LpRegression
from deeplinear.theory.preconditioner import end_to_end_step, precondition_vector
from deeplinear.training.run import Run


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


def _moving() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(1)
    return [
        (*rng.standard_normal((2, d)) * size, N) for d, size, N in ((2, 1.0, 1), (3, 0.1, 2), (5, 3.0, 3), (2, 0.3, 7))
    ]


@answer(
    "single-output/turning",
    cases=_moving,
    remark="Near zero depth 1 turns at once, depth 2 at a speed that does not depend on ‖w‖, deeper rules hardly.",
)
def _turning() -> Callable[..., float]:
    def speed(w: Any, g: Any, N: float) -> float:
        moved, length = precondition_vector(w, g, N), np.linalg.norm(w)
        return float(np.linalg.norm(moved - (moved @ w) / length**2 * w) / length)

    return speed


@answer("single-output/across", remark="Most of these steps turn the weights; near zero every one of them is tiny.")
def _across() -> int:
    w, steps = np.array([0.0, 1e-2]), 0
    while w[0] < 0.5:
        w, steps = end_to_end_step(w, w - np.array([1.0, 0.0]), 0.01, 3), steps + 1
    return steps


@dataclass(frozen=True)
class _SmallWeights(Start):
    """As in the chapter: the same small weights for every depth, one vector a seed."""

    def layers(self, network: Network, shape: tuple[int, int], seed: int) -> Any:
        return network.balanced(0.01 * np.random.default_rng(seed).standard_normal(shape), seed)


@answer("single-output/depth-of-gain", tolerance=0.05, remark="Two layers take most of the gain.")
def _depth_of_gain() -> float:
    from deeplinear.training.tuning import tune_all

    rng = np.random.default_rng(1)
    scaled = rng.standard_normal((300, 20)) @ np.diag(np.geomspace(3, 0.03, 20))
    inputs = scaled @ np.linalg.qr(rng.standard_normal((20, 20)))[0]
    task = LpRegression(inputs, inputs @ (rng.standard_normal(20) * 2) + 0.3 * rng.standard_normal(300), p=4)
    runs = {str(depth): Run(Rule(depth), start=_SmallWeights()) for depth in (1, 2)}
    tuned = tune_all(task, runs, 5_000, 5)
    ends = [np.median(tuned[depth].curves["loss"].values[:, -1]) - task.optimum.loss for depth in ("1", "2")]
    return float(np.log10(ends[1] / ends[0]))
