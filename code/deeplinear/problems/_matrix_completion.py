"""A matrix of which some entries are known: which way will the others go?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import kept, namespace, real_above, real_array
from deeplinear.problems._problem import Optimum, Problem, fitting, signed_power

__all__ = ["MatrixCompletion"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MatrixCompletion(Problem):
    """``L(W) = (1/p) Σ |W_ij − M_ij|^p`` over the observed entries, a sum and not a mean.

    Parameters
    ----------
    matrix : (k, d) array
        ``M``; entries that are not observed may be anything, NaN included.
    observed : (k, d) array of bool
        Which entries are known; at least one.
    p : float
        Any real number above 1.

    Examples
    --------
    >>> import deeplinear as dl
    >>> problem = dl.problems.MatrixCompletion([[float("nan"), 1.0], [1.0, 0.0]], [[False, True], [True, True]])
    >>> print(problem.loss([[5.0, 0.0], [1.0, 0.0]]))
    0.5
    >>> problem.gradient([[5.0, 0.0], [1.0, 0.0]])
    array([[ 0., -1.],
           [ 0.,  0.]])
    """

    matrix: Array
    observed: NDArray[np.bool_]
    p: float = 2.0
    _known: Array = field(init=False, repr=False)

    if TYPE_CHECKING:

        def __init__(self, matrix: ArrayLike, observed: ArrayLike, p: float = 2.0) -> None: ...

    def __post_init__(self) -> None:
        matrix, mask = real_array(self.matrix, "matrix"), np.asarray(self.observed)
        if matrix.ndim != 2 or mask.shape != matrix.shape:
            raise ValueError(
                f"matrix has shape {matrix.shape} and observed {mask.shape}: two tables of one shape are needed"
            )
        if mask.dtype != bool:
            raise TypeError(f"observed has dtype {mask.dtype}, it must be bool: which entries are known, not how many")
        if not mask.any():
            raise ValueError("observed is False everywhere: at least one entry must be known")
        if not np.isfinite(matrix[mask]).all():
            row, column = np.argwhere(mask & ~np.isfinite(matrix))[0].tolist()
            raise ValueError(f"matrix holds {matrix[row, column]} at the observed entry [{row}, {column}]")
        object.__setattr__(self, "matrix", kept(np.where(mask, matrix, 0.0)))
        object.__setattr__(self, "observed", kept(mask))
        object.__setattr__(self, "_known", kept(mask.astype(float)))  # products of one type are done in place
        object.__setattr__(self, "p", real_above(self.p, 1.0, "p"))

    def __repr__(self) -> str:
        rows, columns = self.matrix.shape
        return f"MatrixCompletion({rows} × {columns}, {int(self.observed.sum())} observed, p={self.p:g})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the weights, ``(k, d)``."""
        return self.matrix.shape

    def residuals(self, weights: ArrayLike) -> Any:
        """``W − M`` where it is observed, 0 elsewhere, in the shape of `weights`."""
        return (fitting(weights, self.shape) - self.matrix) * self._known

    def loss(self, weights: ArrayLike) -> Array:
        """The loss at `weights`; a float, or an array over the batch axes."""
        residuals = self.residuals(weights)
        loss: Array = ((namespace(residuals).abs(residuals) ** self.p).sum(axis=(-2, -1)) / self.p)[()]
        return loss

    def gradient(self, weights: ArrayLike) -> Array:
        """``sign(r)|r|^{p−1}`` where it is observed, 0 elsewhere, in the shape of `weights`."""
        gradient: Array = signed_power(self.residuals(weights), self.p - 1)
        return gradient

    def hessian_product(self, weights: ArrayLike, direction: ArrayLike) -> Array:
        """The Hessian at `weights` times `direction`, in their shape; infinite at a zero residual if ``p < 2``."""
        with np.errstate(divide="ignore"):
            curvatures = (self.p - 1) * np.abs(self.residuals(weights)) ** (self.p - 2)
        return np.asarray(np.where(self.observed, curvatures, 0.0) * fitting(direction, self.shape))

    @property
    def optimum(self) -> Optimum:
        """The observed entries, and 0 elsewhere: of the many minimisers the one of least Frobenius norm."""
        return Optimum(self.matrix, 0.0)
