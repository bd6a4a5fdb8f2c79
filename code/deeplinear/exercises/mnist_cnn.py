"""Answers to the exercises of *A convolutional network*, computed by the package or from the record."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp
from scipy.stats import truncnorm

from deeplinear.exercises._registry import answer
from deeplinear.replication.mnist import records
from deeplinear.replication.mnist.network import MOMENTUM, WEIGHT_DECAY, Training


def _penalty_at_the_start(variance: float) -> float:
    squares = 3136 * 512 * 512 * variance**2 + 512 * 10 * 10 * variance**2 + (512 + 10) * 0.1**2
    return WEIGHT_DECAY / 2 * squares


@answer(
    "mnist-cnn/penalty-at-the-start",
    tolerance=5e-3,
    remark="Four times the penalty of the original, before a single step.",
    slips={
        "That is without the truncation: the variance of the weights is 0.0077, not 0.01.": lambda: (
            _penalty_at_the_start(0.01)
        ),
        "The penalty is half of λ times the squares.": lambda: 2 * _penalty_at_the_start(0.01 * truncnorm.var(-2, 2)),
    },
)
def _start() -> float:
    return _penalty_at_the_start(0.01 * float(truncnorm.var(-2, 2)))


@answer("mnist-cnn/share-of-the-penalty", tolerance=5e-3)
def _share() -> float:
    record = records.read()
    gaps = [
        record.values(quantity, "original", 1000).mean() - record.values(quantity, "depth 2, product", 1000).mean()
        for quantity in ("penalty", "total")
    ]
    return float(gaps[0] / gaps[1])


@answer(
    "mnist-cnn/unequal-factors",
    tolerance=1e-3,
    remark="Eleven times less than the law for equal factors says.",
    slips={"That is the law for equal factors.": lambda: 0.5 / (1 + 2 * 0.5 * 0.1)},
)
def _unequal() -> float:
    flow = solve_ivp(lambda _, w: [-w[0] * w[1] ** 2, -w[1] * w[0] ** 2], (0, 0.1), [5.0, 0.1], rtol=1e-10, atol=1e-12)
    u, v = flow.y[:, -1]
    return float(u * v)


@answer(
    "mnist-cnn/rate-for-the-penalty",
    tolerance=1e-2,
    slips={"Momentum lengthens a step by 1/(1 − 0.9).": lambda: 10 * _rate()},
)
def _rate() -> float:
    plan = Training(learning_rate=1.0)
    time = sum(plan.rate(step, 55_000) for step in range(plan.length(55_000))) / (1 - MOMENTUM)
    return float(np.log(3.11 / 0.05) / (2 * WEIGHT_DECAY * time))
