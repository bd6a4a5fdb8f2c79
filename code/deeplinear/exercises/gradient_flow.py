"""Answers to the exercises of *Gradient flow and gradient descent*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer
from deeplinear.problems import LpRegression


@answer("gradient-flow/limit", slips={"The loss is a mean over two examples.": lambda: 2 / 9})
def _limit() -> float:
    curvature: Any = LpRegression([[3, 0], [0, 1]], [6, 1]).hessian([0.0, 0.0])
    return float(2 / np.linalg.eigvalsh(curvature)[-1])


def _tasks() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(0)
    tasks = [LpRegression(rng.standard_normal((6, 2)), rng.standard_normal(6), p=p) for p in (2, 4)]
    return [(task, np.array([0.3, -0.2]), rate, steps) for task in tasks for rate, steps in ((0.05, 1), (0.01, 20))]


@answer("gradient-flow/midpoint", tolerance=1e-9, cases=_tasks, remark="The method has order 2.")
def _midpoint() -> Callable[..., Any]:
    def midpoint(problem: LpRegression, w: Any, learning_rate: float, steps: int) -> Any:
        for _ in range(steps):
            w = w - learning_rate * problem.gradient(w - learning_rate / 2 * problem.gradient(w))
        return w

    return midpoint


@answer("gradient-flow/below-two", tolerance=1e-3, remark="The cycle shrinks with the rate, but never vanishes.")
def _below_two() -> float:
    return float((0.01 / 2) ** (1 / (2 - 1.5)))


@answer("gradient-flow/contract", remark="Where the flow contracts, descent stays close for all times.")
def _contract() -> object:
    import sympy as sp

    eta, M, mu = sp.symbols("eta M mu", positive=True)
    k = sp.Symbol("k", integer=True)
    q = sp.Symbol("q", positive=True)
    series = sp.summation(q**k, (k, 0, sp.oo)).args[0][0]  # 1/(1 − q), where it converges
    return sp.simplify(eta**2 * M / 2 * series.subs(q, 1 - eta * mu))


@answer(
    "gradient-flow/loss-scaled",
    tolerance=0.05,
    remark="Growing steps are worth a great deal where the curvature falls.",
)
def _loss_scaled() -> float:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((400, 10)) * np.geomspace(1, 0.2, 10)
    task = LpRegression(inputs, inputs @ rng.standard_normal(10) + 0.05 * rng.standard_normal(400), p=4)
    rates = 0.02 * 1.25 ** np.arange(20)

    def fewest_steps(power: float) -> int:
        W, first = np.zeros((len(rates), 10)), float(task.loss(np.zeros(10)))
        for step in range(3000):
            losses = task.loss(W)
            if (losses < task.optimum.loss + 1e-4).any():
                return step
            step_sizes = np.where(
                losses < 10 * first, rates * (losses / first) ** power, 0.0
            )  # a diverging run stays put
            W = W - step_sizes[:, None] * task.gradient(W)
        raise AssertionError("no rate of the grid arrives")

    return fewest_steps(0.0) / fewest_steps(-0.5)
