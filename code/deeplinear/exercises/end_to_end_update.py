"""Answers to the exercises of *The end-to-end update*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.end_to_end import end_to_end_step
from deeplinear.exercises._registry import answer
from deeplinear.factors import balanced, end_to_end, gradient_step
from deeplinear.problems import LpRegression


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


@answer("end-to-end-update/largest-rate", tolerance=1e-6, remark="Even there the rule misses the way by a few per cent only.")
def _largest_rate() -> float:
    rng = np.random.default_rng(0)
    inputs, noise = rng.standard_normal((60, 4)), rng.standard_normal((60, 3))
    problem = LpRegression(inputs, inputs @ rng.standard_normal((4, 3)) * 1.5 + 0.3 * noise, p=4)
    start = 0.3 * rng.standard_normal((3, 4))
    best = 0.0
    with np.errstate(all="ignore"):
        for rate in 1e-3 * 1.3 ** np.arange(16):
            factors = balanced(start, 3, width=5, rng=0)
            for _ in range(500):
                factors = gradient_step(factors, problem.gradient(end_to_end(factors)), rate)
            if np.isfinite(end_to_end(factors)).all():
                best = max(best, float(rate))
    return best
