"""Answers to the exercises of *One extra number*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer
from deeplinear.networks.factors import end_to_end, gradient_step, layer_gradients
from deeplinear.problems import LpRegression


@answer(
    "one-extra-number/adaptive-rate",
    slips={
        "The adaptive rate carries the square of w₂.": lambda: [0.3, 0.2 / 3],
        "γ is divided by w₂.": lambda: [0.9, 0.2],
    },
)
def _adaptive_rate() -> list[float]:
    slope = layer_gradients([[[2.0, 0.0]], [[3.0]]], [[1.0, 2.0]])[1].item()
    return [0.1 * 3.0**2, 0.1 * slope / 3.0]


def _moments() -> list[tuple[Any, ...]]:
    return [(0.9, 0.1, 5, 2), (0.5, 1.0, 1, 0), (0.99, 0.01, 40, 3)]


@answer(
    "one-extra-number/heavy-ball",
    cases=_moments,
    remark="Heavy ball forgets at a fixed rate and never changes sign.",
)
def _heavy_ball() -> Callable[..., float]:
    def weight(beta: float, eta: float, t: int, tau: int) -> float:
        velocity = 0.0
        for step in range(t + 1):
            velocity = beta * velocity + (1.0 if step == tau else 0.0)
        return eta * velocity

    return weight


@answer("one-extra-number/second-order", tolerance=1e-4, remark="As large as the start itself.")
def _second_order() -> float:
    factors, nabla = ([[0.01]], [[1.0]]), [[(0.01 - 1) ** 3]]
    G1, G2 = (G.item() for G in layer_gradients(factors, nabla))
    return float(end_to_end(gradient_step(factors, nabla, 1.0)).item() - (0.01 - G1 * 1.0 - G2 * 0.01))


def _decayed_runs() -> list[tuple[Any, ...]]:
    w2 = [0.5, 0.6, 0.9, 1.3, 1.2, 1.25]
    return [(0.1, 0.0, w2, 3, 1), (0.1, 0.5, w2, 4, 0), (0.3, 1.0, w2, 2, 1), (0.2, 0.4, w2, 1, 0)]


@answer(
    "one-extra-number/memory-decay",
    cases=_decayed_runs,
    remark="With weight decay a memory fades by 1 − ηλ a step, and only a faster growth of w₂ keeps it positive.",
)
def _memory_decay() -> Callable[..., float]:
    def weight(eta: float, lam: float, w2: list[float], t: int, tau: int) -> float:
        kept = [(1 - eta * lam) * w2[j + 1] / w2[j] for j in range(t + 1)]  # 1 − γ
        stored = eta * w2[tau] * w2[tau + 1]
        for j in range(tau + 1, t):
            stored *= kept[j]
        return (kept[t] - 1) * stored

    return weight


@answer("one-extra-number/normalized", tolerance=1e-9, remark="Too small is slow, too large is unstable.")
def _normalized() -> float:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((200, 10)) * np.geomspace(2, 0.2, 10)
    problem = LpRegression(inputs, inputs @ (2 * rng.standard_normal(10)) + 0.1 * rng.standard_normal(200), p=4)
    start = 0.001 * np.random.default_rng(1).standard_normal(11)[:10]

    def final_loss(s: float) -> float:
        w1: Any = start / s
        w2: Any = s
        with np.errstate(all="ignore"):
            for _ in range(2000):
                g = problem.gradient(w1 * w2)
                w1, w2 = w1 - 1e-3 * w2 * g, w2 - 1e-3 * (w1 @ g)
            loss = float(problem.loss(w1 * w2))
        return loss if np.isfinite(loss) else np.inf

    return min((0.1, 0.3, 1.0, 3.0, 10.0), key=final_loss)
