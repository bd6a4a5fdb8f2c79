"""A run of BalanceDrift: a network under gradient descent, its imbalance and the end-to-end rule recorded beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from deeplinear.explorables.numerics.normals import normals
from deeplinear.networks.factors import balanced, end_to_end, gradient_step, identity, imbalance
from deeplinear.problems import LpRegression
from deeplinear.theory.conservation import imbalance_after_flow
from deeplinear.theory.preconditioner import end_to_end_step

__all__ = ["TIME", "Drift", "problem", "run", "start_factors"]

Array = NDArray[np.float64]
Factors = tuple[Array, ...]

#: How long a run lasts, in units of η·steps.
TIME = 4.0
#: A run has diverged once its loss exceeds this many times the first one, or is no number.
DIVERGED = 1e6
#: What is below this part of the layers' own size is rounding.
ROUNDING = 1e-14
#: The most intervals between two marks.
MARKS = 48

OUTPUTS = 4
INPUTS = 5


@dataclass(frozen=True)
class Drift:
    """What a run did at each of its n marks; the columns of (n, N−1) belong to the pairs of neighbouring layers.

    `steps` and `time` = η·steps, (n,); `imbalance` ‖D_j‖ and the flow's `law` for it, (n, N−1); how far they `drift`
    apart, the largest ‖D_j − e^{−2λt}D_j(0)‖, (n,); the imbalance `relative` to the layers, the `loss` of the network,
    the `rule_loss` of the end-to-end rule and the `distance` ‖W − W_rule‖/‖W‖, (n,). Imbalance and drift below
    rounding, 1e-14 of the layers, are given as that; what overflowed is `inf`. `diverged` and `rule_diverged` are the
    steps at which network and rule are first out of bounds. `drift_at_twice` is the last drift of a run at twice the
    rate, None if one of the two diverges.
    """

    steps: NDArray[np.int64]
    time: Array
    imbalance: Array
    law: Array
    drift: Array
    relative: Array
    loss: Array
    rule_loss: Array
    distance: Array
    diverged: int | None
    rule_diverged: int | None
    drift_at_twice: float | None


@cache
def problem() -> LpRegression:
    """``½‖W − M‖²`` as a regression on five whitened examples, with M = U diag(2, 1.5, 1, 0.5) Vᵀ.

    U and V are the reflections in the diagonals of output and input space.
    """
    left, right = np.eye(OUTPUTS) - 0.5, np.eye(INPUTS) - 0.4
    target = left * [2.0, 1.5, 1.0, 0.5] @ right[:OUTPUTS]
    whitened = math.sqrt(INPUTS) * np.eye(INPUTS)
    return LpRegression(whitened, whitened @ target.T, p=2)


def start_factors(depth: int, width: int, start: str, seed: int) -> Factors:
    """The layers at step 0."""
    sizes = (INPUTS, *[width] * (depth - 1), OUTPUTS)
    if start == "identity":
        return identity(sizes)
    if start == "balanced":
        left, sigma, right = np.linalg.svd(
            0.3 * normals(seed, OUTPUTS * INPUTS).reshape(OUTPUTS, INPUTS), full_matrices=False
        )
        rank = min(width, OUTPUTS)
        return balanced(left[:, :rank] * sigma[:rank] @ right[:rank], depth, width=width)
    shapes = [(n, m) for m, n in pairwise(sizes)]
    draws = np.split(normals(seed, sum(n * m for n, m in shapes)), np.cumsum([n * m for n, m in shapes])[:-1])
    return tuple(
        (0.1 if start == "near-zero" else math.sqrt(2 / (n + m))) * layer.reshape(n, m)
        for (n, m), layer in zip(shapes, draws, strict=True)
    )


@lru_cache(maxsize=64)
def run(depth: int, width: int, learning_rate: float, weight_decay: float, start: str, seed: int) -> Drift:
    """The run of a state of the figure; the arguments are its controls."""
    first = start_factors(depth, width, start, seed)
    rule = _follow_rule(end_to_end(first), learning_rate, depth, weight_decay)
    every = math.ceil(_steps(learning_rate) / MARKS)
    marks, diverged, rule_diverged = [], None, None
    with np.errstate(over="ignore", invalid="ignore"):
        for (t, factors, W, loss), (V, rule_loss) in zip(
            _descend(first, learning_rate, weight_decay), rule, strict=False
        ):
            diverged = t if loss == math.inf else None
            if rule_diverged is None and rule_loss == math.inf:
                rule_diverged = t
            if t % every == 0 or t == _steps(learning_rate) or diverged is not None:
                distance = float(np.linalg.norm(W - V) / np.linalg.norm(W))
                numbers = _measure(factors, first, learning_rate * t, weight_decay)
                row = (t, learning_rate * t, *numbers, loss, rule_loss, math.inf if math.isnan(distance) else distance)
                marks.append(row)
        twice = None if diverged is not None else _final_drift(first, 2 * learning_rate, weight_decay)
    steps, time, sizes, law, drift, relative, losses, rule_losses, apart = (
        np.array(part) for part in zip(*marks, strict=True)
    )
    return Drift(steps, time, sizes, law, drift, relative, losses, rule_losses, apart, diverged, rule_diverged, twice)


def _steps(learning_rate: float) -> int:
    return math.floor(TIME / learning_rate + 0.5)


def _descend(
    factors: Factors, learning_rate: float, weight_decay: float
) -> Iterator[tuple[int, Factors, Array, float]]:
    """Step, layers, product and loss of the network, to the last step or to divergence,
    where the loss is given as `inf`.
    """
    ceiling = DIVERGED * float(problem().loss(end_to_end(factors)))
    for t in range(_steps(learning_rate) + 1):
        W = end_to_end(factors)
        loss = float(problem().loss(W))
        if not loss <= ceiling:
            yield t, factors, W, math.inf
            return
        yield t, factors, W, loss
        factors = gradient_step(factors, problem().gradient(W), learning_rate, weight_decay)


def _follow_rule(W: Array, learning_rate: float, depth: int, weight_decay: float) -> Iterator[tuple[Array, float]]:
    """Product and loss of the end-to-end rule; without end, both `inf` from its divergence on."""
    loss = float(problem().loss(W))
    ceiling = DIVERGED * loss
    while loss <= ceiling:
        yield W, loss
        W = end_to_end_step(W, problem().gradient(W), learning_rate, depth, weight_decay)
        loss = float(problem().loss(W))
    while True:
        yield np.full_like(W, math.inf), math.inf


def _measure(factors: Factors, first: Factors, time: float, weight_decay: float) -> tuple[Array, Array, float, float]:
    """Imbalance, the flow's law for it, how far they are apart, and the imbalance relative to the layers."""
    gaps, law = imbalance(factors), imbalance_after_flow(first, time, weight_decay)
    size = _size(factors)
    sizes = np.array([max(np.linalg.norm(D), ROUNDING * size) for D in gaps])
    apart = [np.linalg.norm(D - kept) for D, kept in zip(gaps, law, strict=True)]
    expected = np.array([max(np.linalg.norm(D), ROUNDING * _size(first)) for D in law])
    return (
        _finite(sizes),
        expected,
        float(_finite(np.array([ROUNDING * size, *apart])).max()),
        float(_finite(sizes / size).max()),
    )


def _size(factors: Factors) -> float:
    """The largest of the matrices that an imbalance compares."""
    return max(float(np.linalg.norm(W @ W.T)) for W in factors)


def _finite(numbers: Array) -> Array:
    return np.where(np.isnan(numbers), math.inf, numbers)


def _final_drift(first: Factors, learning_rate: float, weight_decay: float) -> float | None:
    *_, (t, factors, _, loss) = _descend(first, learning_rate, weight_decay)
    return None if loss == math.inf else _measure(factors, first, learning_rate * t, weight_decay)[2]
