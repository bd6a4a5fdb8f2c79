"""Depth in three plain loops: train weights; train layers whose product they are; train weights as those layers would.

Each takes a problem of ``dl.problems`` and gives the path of end-to-end weights, ``(steps + 1, *problem.shape)``. The
engine behind ``dl.advance`` is tested against them.

>>> import deeplinear as dl
>>> problem, start = dl.TwoPoint((10.0, 1.0), p=4), [0.3, 0.0]       # L(w) = ((w₁ − 10)⁴ + (w₂ − 1)⁴)/4
>>> train_weights(problem, start, learning_rate=1e-4, steps=1000)[-1].round(2)
array([7.82, 0.09])
>>> layers = dl.balanced(start, depth=2)                             # w = s v with s = ‖v‖
>>> train_layers(problem, layers, learning_rate=1e-4, steps=1000)[-1].round(2)    # two layers are faster at one rate
array([9.47, 0.41])
>>> train_rule(problem, start, depth=2, learning_rate=1e-4, steps=1000)[-1].round(2)    # and so is one, by their rule
array([9.47, 0.41])
>>> for eta, steps in ((1e-4, 1000), (5e-5, 2000)):        # half the step, half the gap between layers and rule
...     gap = train_layers(problem, layers, eta, steps) - train_rule(problem, start, 2, eta, steps)
...     print(abs(gap).max().round(3))
0.120
0.060
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear.networks.factors import end_to_end, layer_gradients
from deeplinear.networks.preconditioning import precondition
from deeplinear.problems import Problem

__all__ = ["train_layers", "train_rule", "train_weights"]


def train_weights(problem: Problem, weights: ArrayLike, learning_rate: float, steps: int) -> NDArray[np.float64]:
    """Gradient descent on a linear model: ``W ← W − η ∇L(W)``."""
    path = [np.array(weights, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * problem.gradient(path[-1]))
    return np.array(path)


def train_layers(
    problem: Problem, factors: Sequence[ArrayLike], learning_rate: float, steps: int
) -> NDArray[np.float64]:
    """Gradient descent on every layer of ``W = W_N ⋯ W_1``: ``W_j ← W_j − η ∂L/∂W_j``."""
    layers = [np.array(factor, dtype=float) for factor in factors]
    path = [end_to_end(layers).reshape(problem.shape)]
    for _ in range(steps):
        slopes = layer_gradients(layers, problem.gradient(path[-1]))
        layers = [W - learning_rate * slope for W, slope in zip(layers, slopes, strict=True)]
        path.append(end_to_end(layers).reshape(problem.shape))
    return np.array(path)


def train_rule(
    problem: Problem, weights: ArrayLike, depth: float, learning_rate: float, steps: int
) -> NDArray[np.float64]:
    """The end-to-end update of N layers, without them: ``W ← W − η Σ_j [WWᵀ]^{(j−1)/N} ∇L(W) [WᵀW]^{(N−j)/N}``."""
    path = [np.array(weights, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * precondition(path[-1], problem.gradient(path[-1]), depth))
    return np.array(path)
