"""Gradients and losses of a whole batch of end-to-end weights: where almost all the time of a sweep is spent.

An oracle is called with weights of shape ``(runs, d)`` and answers with gradients of that shape and, if asked, the losses.

>>> import numpy as np, deeplinear as dl
>>> from deeplinear.oracles import PowerOracle
>>> problem = dl.LpRegression([[1.0, 0.0], [1.0, 1.0]], [1.0, 3.0], p=4)
>>> PowerOracle(problem)(np.zeros((1, 2)), with_loss=True)
(array([[-14. , -13.5]]), array([10.25]))
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deeplinear import _compiled
from deeplinear.problems import LpRegression, Problem

__all__ = ["CompiledPowerOracle", "GramOracle", "Oracle", "PowerOracle", "ProblemOracle", "SpectralOracle"]

Array = NDArray[np.float64]

# Runs whose residuals are held at a time: two arrays of this many rows and one column an example.
_BLOCK = 256

# Examples of a tile and runs at a time of the compiled way: products this small are done without copying their factors first.
_TILE, _FEW = 256, 24


class Oracle(Protocol):
    """Gradients, and losses if asked, at many weights; `basis` holds (in its rows) the directions of the coordinates, if
    these are not the features themselves."""

    @property
    def basis(self) -> Array | None: ...

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]: ...


class PowerOracle:
    """ℓp regression for any p, by two matrix products: residuals of all examples and runs, and their powers times the inputs.

    The targets ride along as one more feature whose weight is −1, which saves a pass over the residuals.
    """

    basis = None

    def __init__(self, problem: LpRegression, dtype: DTypeLike = float) -> None:
        self.p, self.examples = problem.p, len(problem.inputs)
        self.design = np.ascontiguousarray(np.vstack([problem.inputs.T, -problem.targets]), dtype)
        self.inputs = np.ascontiguousarray(problem.inputs / self.examples, dtype)
        self._make_room(0)

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]:
        """Gradients (runs, d), and losses (runs,) if asked."""
        gradient, losses = np.empty_like(weights), np.empty(len(weights)) if with_loss else None
        for start in range(0, len(weights), _BLOCK):
            block = slice(start, start + _BLOCK)
            if len(self.rows) != len(weights[block]):
                self._make_room(len(weights[block]))
            self.rows[:, :-1] = weights[block]
            np.matmul(self.rows, self.design, out=self.residuals)
            _signed_power(self.residuals, self.p - 1, self.slopes)
            if losses is not None:
                losses[block] = np.vecdot(self.slopes, self.residuals) / (self.p * self.examples)
            np.matmul(self.slopes, self.inputs, out=gradient[block])
        return gradient, losses

    def _make_room(self, runs: int) -> None:
        self.rows = np.ones((runs, len(self.design)), self.design.dtype)
        self.residuals = np.empty((runs, self.examples), self.design.dtype)
        self.slopes = np.empty_like(self.residuals)


class CompiledPowerOracle:
    """The same through a compiled kernel, tile by tile in the caches of all cores; worth its compilation on real data."""

    basis = None

    def __init__(self, problem: LpRegression, dtype: DTypeLike = float) -> None:
        self.p, (self.examples, self.features) = problem.p, problem.inputs.shape
        threads = _compiled.threads()
        tiles = max(1, round(self.examples / threads / _TILE))
        width = -(-self.examples // (threads * tiles))
        padded = np.zeros((threads * tiles * width, self.features + 1))  # an example of zeros has no gradient
        padded[: self.examples, :-1], padded[: self.examples, -1] = problem.inputs, -problem.targets
        parts = padded.reshape(threads, tiles, width, self.features + 1)
        self.design = np.ascontiguousarray(np.swapaxes(parts, 2, 3), dtype)
        self.inputs = np.ascontiguousarray(parts[..., :-1] / self.examples, dtype)
        self.scratch = np.empty((threads, _FEW, width), dtype)
        self._make_room(0)

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]:
        """Gradients (runs, d), and losses (runs,) if asked."""
        if len(self.rows) != len(weights):
            self._make_room(len(weights))
        self.rows[:, :-1] = weights
        room = (self.scratch, self.partial, self.losses)
        _compiled.power_gradients(self.rows, self.design, self.inputs, self.p, *room, with_loss)
        gradient = self.partial[:, 0].sum(axis=0)
        return gradient, self.losses.sum(axis=0) / (self.p * self.examples) if with_loss else None

    def _make_room(self, runs: int) -> None:
        threads, dtype = len(self.design), self.design.dtype
        self.rows = np.ones((runs, self.features + 1), dtype)
        self.partial = np.empty((threads, 2, runs, self.features), dtype)
        self.losses = np.empty((threads, runs))


class _QuadraticOracle:
    """Least squares as ``⟨w, Hw⟩/2 − ⟨b, w⟩ + c``, whose cost does not depend on the number of examples."""

    basis: Array | None = None
    pull: Array  # b
    constant: float

    def hessian_times(self, weights: Array) -> Array:
        raise NotImplementedError

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]:
        """Gradients (runs, d), and losses (runs,) if asked."""
        gradient = self.hessian_times(weights)
        gradient -= self.pull
        if not with_loss:
            return gradient, None
        return gradient, self.constant + np.vecdot(weights, gradient - self.pull) / 2


class SpectralOracle(_QuadraticOracle):
    """Least squares in the eigenbasis of the inputs: O(d) a run, where the dense way needs O(md)."""

    def __init__(self, problem: LpRegression, dtype: DTypeLike = float) -> None:
        examples, features = problem.inputs.shape
        _, scales, self.basis = np.linalg.svd(problem.inputs, full_matrices=examples < features)
        curvature = np.zeros(features)
        curvature[: len(scales)] = scales**2 / examples
        self.curvature = curvature.astype(dtype)
        self.pull = (self.basis @ (problem.targets @ problem.inputs) / examples).astype(dtype)
        self.constant = float(np.mean(problem.targets**2)) / 2

    def hessian_times(self, weights: Array) -> Array:
        return self.curvature * weights


class GramOracle(_QuadraticOracle):
    """Least squares through ``XᵀX/m``, for optimizers that treat every coordinate by itself and so cannot change the basis."""

    def __init__(self, problem: LpRegression, dtype: DTypeLike = float) -> None:
        examples = len(problem.inputs)
        self.gram = (problem.inputs.T @ problem.inputs / examples).astype(dtype)
        self.pull = (problem.targets @ problem.inputs / examples).astype(dtype)
        self.constant = float(np.mean(problem.targets**2)) / 2

    def hessian_times(self, weights: Array) -> Array:
        product: Array = weights @ self.gram
        return product


class ProblemOracle:
    """Any problem, through its own methods."""

    basis = None

    def __init__(self, problem: Problem, dtype: DTypeLike = float) -> None:
        self.problem, self.dtype = problem, dtype

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]:
        """Gradients (runs, d), and losses (runs,) if asked."""
        gradient = np.asarray(self.problem.gradient(weights), self.dtype)
        return gradient, self.problem.loss(weights) if with_loss else None


def _signed_power(values: Array, exponent: float, out: Array) -> None:
    """``out = sign(r)|r|^a``; whole exponents by multiplication, which is many times faster than the general power."""
    if exponent == 3:
        np.multiply(values, values, out=out)
        np.multiply(out, values, out=out)
    elif exponent == int(exponent) and exponent <= 8:
        if exponent % 2:
            np.copyto(out, values)
        else:
            np.abs(values, out=out)
            out *= values
        for _ in range((int(exponent) - 1) // 2):
            out *= values
            out *= values
    else:
        np.abs(values, out=out)
        np.power(out, exponent, out=out)
        np.copysign(out, values, out=out)
