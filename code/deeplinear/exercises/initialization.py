"""Answers to the exercises of *Initialization*, computed on the data at hand."""

from __future__ import annotations

import numpy as np

from deeplinear.datasets import load_ethanol
from deeplinear.exercises._registry import answer
from deeplinear.problems import LpRegression


@answer(
    "initialization/wait",
    digits=4,
    slips={
        "Only the length at the end is missing: subtract r_1^(2/N − 1) = 1.": lambda: 1e3 / 6,
        "That is without the factor 1/c.": lambda: (1e3 - 1) / 3,
    },
)
def _wait() -> float:
    return float(((1e-5) ** (-3 / 5) - 1) / (2 * 3))


@answer("initialization/identity-imbalance", tolerance=1e-6, remark="Nine ones have no partner.")
def _identity_imbalance() -> float:
    first, second = np.eye(10, 128), np.eye(1, 10)
    return float(np.linalg.norm(second.T @ second - first @ first.T))


@answer("initialization/negative", tolerance=1e-3, remark="The saddle; −1 is not a square.")
def _negative() -> float:
    v = 1.0
    for _ in range(5_000):
        v -= 0.01 * v * (v**2 + 1)
    return round(v**2, 6)


@answer("initialization/first-feature", tolerance=5e-3)
def _first_feature() -> float:
    data = load_ethanol()
    problem = LpRegression(data.inputs, data.targets, p=4)
    starts = np.vstack([np.eye(128), -np.eye(128)])
    return float(4 * (problem.loss(starts) - problem.optimum.loss).min())
