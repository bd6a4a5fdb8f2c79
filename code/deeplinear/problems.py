"""Losses as objects: value, gradient, Hessian and optimum of an ℓp regression, as functions of the end-to-end weights.

Depth never appears here. A deep linear network minimises the same function of its product (chapter *Linear networks*), so
everything that depth changes lives in :mod:`deeplinear.factors` and :mod:`deeplinear.end_to_end`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, real_above

__all__ = ["LpRegression", "Optimum", "Problem", "TwoPoint"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Optimum:
    """The minimum of a problem: `weights` has the shape of the model, `loss` carries the problem's 1/p."""

    weights: Array
    loss: float


class Problem(Protocol):
    """What the rest of the package asks of a loss. Weights may carry leading batch axes."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def optimum(self) -> Optimum: ...
    def loss(self, weights: ArrayLike) -> Array: ...
    def gradient(self, weights: ArrayLike) -> Array: ...
    def hessian(self, weights: ArrayLike) -> Array: ...


@dataclass(frozen=True, eq=False)
class LpRegression:
    """ℓp regression without bias: ``L(W) = (1/p) · (1/m) Σ_i Σ_c |W x_i − y_i|_c^p``.

    Parameters
    ----------
    inputs : (m, d) array
        One example a row.
    targets : (m,) or (m, k) array
        One number an example, or `k` of them. The weights have shape ``(d,)`` or ``(k, d)`` accordingly.
    p : float
        Any real number above 1; 2 is least squares.

    Raises
    ------
    ValueError
        If the shapes disagree, a value is not finite, or ``p <= 1``.

    Notes
    -----
    Published plots of these experiments show ``mean |r|^p``, without the ``1/p``: multiply :meth:`loss` by `p` to compare.
    For one output, `loss`, `gradient` and `hessian` accept weights of shape ``(..., d)``: a ``(1, d)`` end-to-end matrix is
    a batch of one, and its gradient has its shape.

    Examples
    --------
    >>> import deeplinear as dl
    >>> problem = dl.LpRegression([[1.0, 0.0], [1.0, 1.0]], [1.0, 3.0], p=4)
    >>> print(problem.loss([0.0, 0.0]))
    10.25
    >>> problem.gradient([0.0, 0.0])
    array([-14. , -13.5])
    >>> problem.optimum.weights.round(6)
    array([1., 2.])
    """

    inputs: Array
    targets: Array
    p: float = 2.0

    if TYPE_CHECKING:

        def __init__(self, inputs: ArrayLike, targets: ArrayLike, p: float = 2.0) -> None: ...

    def __post_init__(self) -> None:
        inputs = finite_array(self.inputs, "inputs", dimensions=(2,))
        targets = finite_array(self.targets, "targets", dimensions=(1, 2))
        if len(inputs) != len(targets):
            raise ValueError(
                f"inputs has {len(inputs)} rows and targets has {len(targets)}: there must be one target per example"
            )
        if not inputs.size:
            raise ValueError(f"inputs has shape {inputs.shape}: at least one example and one feature are needed")
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "targets", targets)
        object.__setattr__(self, "p", real_above(self.p, 1.0, "p"))

    def __repr__(self) -> str:
        examples, features = self.inputs.shape
        return f"LpRegression({examples} examples, {features} features, p={self.p:g})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the weights: ``(d,)`` for one output, ``(k, d)`` for `k`."""
        return (*self.targets.shape[1:], self.inputs.shape[1])

    def residuals(self, weights: ArrayLike) -> Array:
        """``W x_i − y_i``, shape ``(..., m)`` for one output and ``(..., m, k)`` for `k`."""
        weights = self._weights(weights)
        if self.targets.ndim == 1:
            return np.asarray(weights @ self.inputs.T - self.targets)
        return np.asarray(self.inputs @ np.swapaxes(weights, -1, -2) - self.targets)

    def loss(self, weights: ArrayLike) -> Array:
        """The loss at `weights`; a float, or an array over the batch axes."""
        powers = np.abs(self.residuals(weights)) ** self.p
        axes = tuple(range(-self.targets.ndim, 0))
        return np.asarray(powers.sum(axis=axes) / (self.p * len(self.targets)))[()]

    def gradient(self, weights: ArrayLike) -> Array:
        """``∂L/∂W = (1/m) Σ_i sign(r_i)|r_i|^{p−1} x_iᵀ``, in the shape of `weights`."""
        slopes = _signed_power(self.residuals(weights), self.p - 1) / len(self.targets)
        if self.targets.ndim == 1:
            return np.asarray(slopes @ self.inputs)
        return np.asarray(np.swapaxes(slopes, -1, -2) @ self.inputs)

    def hessian(self, weights: ArrayLike) -> Array:
        """Second derivatives with respect to the column-stacked ``vec(W)``, shape ``(..., kd, kd)``.

        For ``p < 2`` the curvature of ``|r|^p`` is infinite at ``r = 0``, and so are entries of the result there.
        """
        residuals = self.residuals(weights)
        with np.errstate(divide="ignore"):
            curvatures = (self.p - 1) * np.abs(residuals) ** (self.p - 2) / len(self.targets)
        if self.targets.ndim == 1:
            return np.asarray((self.inputs.T * curvatures[..., None, :]) @ self.inputs)
        blocks = np.einsum("...mc,mi,mj->...cij", curvatures, self.inputs, self.inputs)
        outputs, features = self.shape
        full = np.einsum("...cij,ce->...icje", blocks, np.eye(outputs))
        return np.asarray(full.reshape(*full.shape[:-4], outputs * features, outputs * features))

    @cached_property
    def optimum(self) -> Optimum:
        """The minimiser of least norm and its loss, to machine precision (Newton's method in whitened coordinates)."""
        from deeplinear._newton import minimize_lp

        weights = minimize_lp(self.inputs, self.targets, self.p)
        return Optimum(weights, float(self.loss(weights)))

    def _weights(self, weights: ArrayLike) -> Array:
        array = np.asarray(weights, dtype=float)
        if array.shape[-len(self.shape) :] != self.shape:
            raise ValueError(f"weights has shape {array.shape}, this problem needs (..., {', '.join(map(str, self.shape))})")
        return array


@dataclass(frozen=True, eq=False)
class TwoPoint:
    """Two examples, ``([1,0], y_1)`` and ``([0,1], y_2)``: ``L(w) = (1/p)(|w_1 − y_1|^p + |w_2 − y_2|^p)``.

    The smallest problem on which depth accelerates (Arora, Cohen & Hazan 2018, §7): for ``p > 2`` the larger target
    dictates the learning rate and the smaller one crawls. Any number of targets is accepted.

    Parameters
    ----------
    targets : (d,) array
        The target of each coordinate.
    p : float
        Any real number above 1.

    Examples
    --------
    >>> import deeplinear as dl
    >>> problem = dl.TwoPoint((100.0, 1.0), p=4)
    >>> problem.gradient([0.0, 0.0])
    array([-1.e+06, -1.e+00])
    """

    targets: Array
    p: float = 2.0

    if TYPE_CHECKING:

        def __init__(self, targets: ArrayLike, p: float = 2.0) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "targets", finite_array(self.targets, "targets", dimensions=(1,)))
        object.__setattr__(self, "p", real_above(self.p, 1.0, "p"))

    def __repr__(self) -> str:
        return f"TwoPoint(targets={tuple(self.targets.tolist())}, p={self.p:g})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the weights, ``(d,)``."""
        return self.targets.shape

    def loss(self, weights: ArrayLike) -> Array:
        """The loss at `weights` of shape ``(..., d)``; a float, or an array over the batch axes."""
        return np.asarray((np.abs(self._residuals(weights)) ** self.p).sum(axis=-1) / self.p)[()]

    def gradient(self, weights: ArrayLike) -> Array:
        """``∂L/∂w``, in the shape of `weights`."""
        return _signed_power(self._residuals(weights), self.p - 1)

    def hessian(self, weights: ArrayLike) -> Array:
        """The diagonal matrix of second derivatives, shape ``(..., d, d)``; infinite at a zero residual if ``p < 2``."""
        with np.errstate(divide="ignore"):
            curvatures = (self.p - 1) * np.abs(self._residuals(weights)) ** (self.p - 2)
        with np.errstate(invalid="ignore"):
            return np.where(np.eye(len(self.targets), dtype=bool), curvatures[..., None, :], 0.0)

    @property
    def optimum(self) -> Optimum:
        """The targets themselves, at loss 0."""
        return Optimum(self.targets.copy(), 0.0)

    def _residuals(self, weights: ArrayLike) -> Array:
        array = np.asarray(weights, dtype=float)
        if array.shape[-1:] != self.shape:
            raise ValueError(f"weights has shape {array.shape}, this problem needs (..., {len(self.targets)})")
        return array - self.targets


def _signed_power(values: Array, exponent: float) -> Array:
    """``sign(r)|r|^a``; integer exponents avoid the slow general power."""
    if exponent == 1:
        return values
    if exponent == 3:
        return values * values * values
    return np.asarray(np.sign(values) * np.abs(values) ** exponent)
