"""Gradients and losses of a whole batch of end-to-end weights: where almost all the time of a sweep is spent.

An oracle is called with weights of shape ``(runs, k, d)`` and answers with gradients of that shape and, if asked, the
losses.

>>> import numpy as np, deeplinear as dl
>>> from deeplinear.training.oracles import PowerOracle
>>> problem = dl.LpRegression([[1.0, 0.0], [1.0, 1.0]], [1.0, 3.0], p=4)
>>> PowerOracle(problem)(np.zeros((1, 1, 2)), with_loss=True)
(array([[[-14. , -13.5]]]), array([10.25]))
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deeplinear._arrays import namespace
from deeplinear.problems import LpRegression, Problem
from deeplinear.training import _compiled

__all__ = [
    "CompiledPowerOracle",
    "GramOracle",
    "Oracle",
    "PowerOracle",
    "ProblemOracle",
    "SpectralOracle",
    "computes_as",
]

Array = NDArray[np.float64]

# Runs whose residuals are held at a time: two arrays of this many rows and one column an example.
_BLOCK = 256

# Examples of a tile and runs at a time of the compiled way: products this small are done without copying their factors
# first.
_TILE, _FEW = 256, 24


class Oracle(Protocol):
    """Gradients, and losses if asked, at many weights; `basis` holds (in its rows) the directions of the coordinates,
    if these are not the features themselves."""

    @property
    def basis(self) -> Array | None: ...

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]: ...


class PowerOracle:
    """ℓp regression for any p, by two matrix products: residuals of all examples and runs,
    and their powers times the inputs.

    The targets ride along as further features whose weights are −1, which saves a pass over the residuals. The outputs
    of a run are rows of their own.
    """

    basis = None

    def __init__(self, problem: LpRegression, dtype: DTypeLike = float) -> None:
        self.p, (self.examples, self.features) = problem.p, problem.inputs.shape
        targets = problem.targets.reshape(self.examples, -1)
        self.outputs = targets.shape[1]
        self.block = max(1, _BLOCK // self.outputs) * self.outputs
        self.design = np.ascontiguousarray(np.vstack([problem.inputs.T, -targets.T]), dtype)
        self.inputs = np.ascontiguousarray(problem.inputs / self.examples, dtype)
        self._make_room(0)

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]:
        """Gradients (runs, k, d), and losses (runs,) if asked."""
        weights = np.ascontiguousarray(weights)
        flat = weights.reshape(-1, self.features)
        gradient, losses = np.empty_like(flat), np.empty(len(flat)) if with_loss else None
        for start in range(0, len(flat), self.block):
            block = slice(start, start + self.block)
            if len(self.rows) != len(flat[block]):
                self._make_room(len(flat[block]))
            self.rows[:, : self.features] = flat[block]
            np.matmul(self.rows, self.design, out=self.residuals)
            _signed_power(self.residuals, self.p - 1, self.slopes)
            if losses is not None:
                losses[block] = np.vecdot(self.slopes, self.residuals) / (self.p * self.examples)
            np.matmul(self.slopes, self.inputs, out=gradient[block])
        return gradient.reshape(weights.shape), _summed(losses, self.outputs)

    def _make_room(self, rows: int) -> None:
        self.rows = _with_outputs(rows, self.features, self.outputs, self.design.dtype)
        self.residuals = np.empty((rows, self.examples), self.design.dtype)
        self.slopes = np.empty_like(self.residuals)


class CompiledPowerOracle:
    """The same through a compiled kernel, tile by tile in the caches of all cores;
    worth its compilation on real data.
    """

    basis = None

    def __init__(self, problem: LpRegression, dtype: DTypeLike = float) -> None:
        self.p, (self.examples, self.features) = problem.p, problem.inputs.shape
        targets = problem.targets.reshape(self.examples, -1)
        self.outputs = targets.shape[1]
        threads = _compiled.threads()
        tiles = max(1, round(self.examples / threads / _TILE))
        width = -(-self.examples // (threads * tiles))
        padded = np.zeros(
            (threads * tiles * width, self.features + self.outputs)
        )  # an example of zeros has no gradient
        padded[: self.examples, : self.features], padded[: self.examples, self.features :] = problem.inputs, -targets
        parts = padded.reshape(threads, tiles, width, -1)
        self.design = np.ascontiguousarray(np.swapaxes(parts, 2, 3), dtype)
        self.inputs = np.ascontiguousarray(parts[..., : self.features] / self.examples, dtype)
        self.scratch = np.empty((threads, _FEW, width), dtype)
        self._make_room(0)

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]:
        """Gradients (runs, k, d), and losses (runs,) if asked."""
        flat = weights.reshape(-1, self.features)
        if len(self.rows) != len(flat):
            self._make_room(len(flat))
        self.rows[:, : self.features] = flat
        room = (self.scratch, self.partial, self.losses)
        _compiled.power_gradients(self.rows, self.design, self.inputs, self.p, *room, with_loss)
        gradient = self.partial[:, 0].sum(axis=0).reshape(weights.shape)
        return gradient, _summed(
            self.losses.sum(axis=0) / (self.p * self.examples) if with_loss else None, self.outputs
        )

    def _make_room(self, rows: int) -> None:
        threads, dtype = len(self.design), self.design.dtype
        self.rows = _with_outputs(rows, self.features, self.outputs, dtype)
        self.partial = np.empty((threads, 2, rows, self.features), dtype)
        self.losses = np.empty((threads, rows))


def _with_outputs(rows: int, features: int, outputs: int, dtype: DTypeLike) -> Array:
    """Room for `rows` of weights, one output after the other, and behind each the weights of the targets:
    1 for its own.
    """
    room = np.zeros((rows, features + outputs), dtype)
    room[np.arange(rows), features + np.arange(rows) % outputs] = 1
    return room


def _summed(losses: Array | None, outputs: int) -> Array | None:
    """Losses of rows, summed over the outputs of each run."""
    return losses if losses is None or outputs == 1 else losses.reshape(-1, outputs).sum(axis=1)


class _QuadraticOracle:
    """Least squares as ``L(w*) + ⟨w − w*, H(w − w*)⟩/2``, whose cost does not depend on the number of examples.

    Both terms are 0 or more: near the optimum nothing cancels, and a schedule may follow the loss down to its floor.
    """

    basis: Array | None = None
    rounds = True  # a gradient near 0 is rounding, and so is a loss by it: what is kept is computed from the residuals
    pull: Array  # H w*, (k, d)
    best: Array  # w*, (k, d)
    lowest: float

    def hessian_times(self, weights: Array) -> Array:
        raise NotImplementedError

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]:
        """Gradients (runs, k, d), and losses (runs,) if asked."""
        gradient = self.hessian_times(weights.reshape(-1, weights.shape[-1])).reshape(weights.shape)
        gradient -= self.pull
        if not with_loss:
            return gradient, None
        xp = namespace(weights)
        above = xp.vecdot(weights - self.best, gradient).sum(axis=1) / 2
        return gradient, self.lowest + xp.maximum(above, 0.0)

    def _take_targets(self, problem: LpRegression, rotation: Array | None, dtype: DTypeLike) -> None:
        targets = problem.targets.reshape(len(problem.inputs), -1)
        pull = targets.T @ problem.inputs / len(targets)
        best = np.linalg.lstsq(problem.inputs, targets, rcond=None)[0].T
        self.lowest = float(((problem.inputs @ best.T - targets) ** 2).sum() / len(targets) / 2)
        if rotation is not None:
            pull, best = pull @ rotation.T, best @ rotation.T
        self.pull, self.best = pull.astype(dtype), best.astype(dtype)


class SpectralOracle(_QuadraticOracle):
    """Least squares in the eigenbasis of the inputs: O(d) a run, where the dense way needs O(md)."""

    def __init__(self, problem: LpRegression, dtype: DTypeLike = float) -> None:
        examples, features = problem.inputs.shape
        _, scales, self.basis = np.linalg.svd(problem.inputs, full_matrices=examples < features)
        curvature = np.zeros(features)
        curvature[: len(scales)] = scales**2 / examples
        self.curvature = curvature.astype(dtype)
        self._take_targets(problem, self.basis, dtype)

    def hessian_times(self, weights: Array) -> Array:
        return self.curvature * weights


class GramOracle(_QuadraticOracle):
    """Least squares through ``XᵀX/m``, for optimizers that treat every coordinate by itself and so cannot change
    the basis.
    """

    def __init__(self, problem: LpRegression, dtype: DTypeLike = float) -> None:
        self.gram = (problem.inputs.T @ problem.inputs / len(problem.inputs)).astype(dtype)
        self._take_targets(problem, None, dtype)

    def hessian_times(self, weights: Array) -> Array:
        product: Array = weights @ self.gram
        return product


class ProblemOracle:
    """Any problem, through its own methods."""

    basis = None

    def __init__(self, problem: Problem, dtype: DTypeLike = float) -> None:
        self.problem, self.dtype = problem, dtype

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]:
        """Gradients (runs, k, d), and losses (runs,) if asked."""
        shaped = weights.reshape(len(weights), *self.problem.shape)
        xp = namespace(weights)
        gradient = xp.asarray(self.problem.gradient(shaped), dtype=self.dtype).reshape(weights.shape)
        return gradient, xp.asarray(self.problem.loss(shaped)) if with_loss else None


def computes_as(problem: Problem, kind: type[Problem]) -> bool:
    """Whether `problem` is a `kind` whose loss and gradient no subclass has changed."""
    own = ("shape", "loss", "gradient", "residuals", "_linear", "_back")
    mine = type(problem)
    return isinstance(problem, kind) and all(getattr(mine, name, None) is getattr(kind, name, None) for name in own)


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
