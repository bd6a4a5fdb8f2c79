"""A matrix seen through linear measurements of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, kept, namespace
from deeplinear.problems._lp_regression import LpRegression
from deeplinear.problems._problem import Optimum, Problem, fitting

__all__ = ["MatrixSensing"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MatrixSensing(Problem):
    """``L(W) = (1/p) · (1/m) Σ_i |⟨A_i, W⟩ − y_i|^p``: ℓp regression on the entries of ``W``.

    Parameters
    ----------
    measurements : (m, k, d) array
        The matrices ``A_i``.
    targets : (m,) array
        What they measured.
    p : float
        Any real number above 1.

    Examples
    --------
    >>> import numpy as np, deeplinear as dl
    >>> problem = dl.problems.MatrixSensing(np.eye(4).reshape(4, 2, 2), [1.0, 2.0, 2.0, 4.0])
    >>> problem.optimum.weights.round(6)
    array([[1., 2.],
           [2., 4.]])
    """

    measurements: Array
    targets: Array
    p: float = 2.0

    if TYPE_CHECKING:

        def __init__(self, measurements: ArrayLike, targets: ArrayLike, p: float = 2.0) -> None: ...

    def __post_init__(self) -> None:
        measurements = finite_array(self.measurements, "measurements", dimensions=(3,))
        targets = finite_array(self.targets, "targets", dimensions=(1,))
        if len(measurements) != len(targets) or not measurements.size:
            raise ValueError(
                f"measurements has shape {measurements.shape} and targets {targets.shape}: give one target per matrix"
            )
        object.__setattr__(self, "measurements", kept(measurements))
        object.__setattr__(self, "targets", kept(targets))
        object.__setattr__(self, "p", self._entries.p)

    def __repr__(self) -> str:
        count, rows, columns = self.measurements.shape
        return f"MatrixSensing({rows} × {columns}, {count} measurements, p={self.p:g})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the weights, ``(k, d)``."""
        return self.measurements.shape[1:]

    def loss(self, weights: ArrayLike) -> Array:
        """The loss at `weights`; a float, or an array over the batch axes."""
        return self._entries.loss(self._flat(weights))

    def gradient(self, weights: ArrayLike) -> Array:
        """``(1/m) Σ_i sign(r_i)|r_i|^{p−1} A_i``, in the shape of `weights`."""
        flat = self._flat(weights)
        return self._entries.gradient(flat).reshape(*flat.shape[:-1], *self.shape)

    def hessian_product(self, weights: ArrayLike, direction: ArrayLike) -> Array:
        """The Hessian at `weights` times `direction`, in their shape."""
        flat = self._flat(weights)
        return self._entries.hessian_product(flat, self._flat(direction)).reshape(*flat.shape[:-1], *self.shape)

    @cached_property
    def optimum(self) -> Optimum:
        """The minimiser of least Frobenius norm and its loss."""
        found = self._entries.optimum
        return Optimum(found.weights.reshape(self.shape), found.loss)

    @cached_property
    def _entries(self) -> LpRegression:
        return LpRegression(self.measurements.reshape(len(self.measurements), -1), self.targets, self.p)

    def _flat(self, weights: ArrayLike) -> Array:
        matrix = fitting(weights, self.shape)
        flat: Array = namespace(matrix).reshape(matrix, (*matrix.shape[:-2], -1))
        return flat
