"""ℓp regression, the loss of the paper's experiments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, kept, namespace, real_above
from deeplinear.problems._problem import Optimum, Problem, fitting, signed_power

__all__ = ["LpRegression"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LpRegression(Problem):
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
    Published plots of these experiments show ``mean |r|^p``, without the ``1/p``: multiply :meth:`loss` by `p` to
    compare. For one output, `loss`, `gradient` and `hessian` accept weights of shape ``(..., d)``: a ``(1, d)``
    end-to-end matrix is a batch of one, and its gradient has its shape.

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
        if not inputs.size or not targets.size:
            raise ValueError(
                f"inputs has shape {inputs.shape} and targets {targets.shape}: at least one example, one feature and "
                "one target are needed"
            )
        object.__setattr__(self, "inputs", kept(inputs))
        object.__setattr__(self, "targets", kept(targets))
        object.__setattr__(self, "p", real_above(self.p, 1.0, "p"))

    def __repr__(self) -> str:
        examples, features = self.inputs.shape
        return f"LpRegression({examples} examples, {features} features, p={self.p:g})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the weights: ``(d,)`` for one output, ``(k, d)`` for `k`."""
        return (*self.targets.shape[1:], self.inputs.shape[1])

    def residuals(self, weights: ArrayLike) -> Any:
        """``W x_i − y_i``, shape ``(..., m)`` for one output and ``(..., m, k)`` for `k`."""
        return self._linear(fitting(weights, self.shape)) - self.targets

    def loss(self, weights: ArrayLike) -> Array:
        """The loss at `weights`; a float, or an array over the batch axes."""
        residuals = self.residuals(weights)
        powers = namespace(residuals).abs(residuals) ** self.p
        axes = tuple(range(-self.targets.ndim, 0))
        loss: Array = (powers.sum(axis=axes) / (self.p * len(self.targets)))[()]
        return loss

    def gradient(self, weights: ArrayLike) -> Array:
        """``∂L/∂W = (1/m) Σ_i sign(r_i)|r_i|^{p−1} x_iᵀ``, in the shape of `weights`."""
        slopes: Array = self._back(signed_power(self.residuals(weights), self.p - 1) / len(self.targets))
        return slopes

    def hessian(self, weights: ArrayLike) -> Array:
        """Second derivatives with respect to the column-stacked ``vec(W)``, shape ``(..., kd, kd)``.

        For ``p < 2`` the curvature of ``|r|^p`` is infinite at ``r = 0``, and so are entries of the result there.
        """
        curvatures = self._curvatures(weights)
        if self.targets.ndim == 1:
            return np.asarray((self.inputs.T * curvatures[..., None, :]) @ self.inputs)
        blocks = np.einsum("...mc,mi,mj->...cij", curvatures, self.inputs, self.inputs)
        outputs, features = self.shape
        full = np.einsum("...cij,ce->...icje", blocks, np.eye(outputs))
        return np.asarray(full.reshape(*full.shape[:-4], outputs * features, outputs * features))

    def hessian_product(self, weights: ArrayLike, direction: ArrayLike) -> Array:
        """The Hessian at `weights` times `direction`, in their shape, without forming the Hessian."""
        product: Array = self._back(self._curvatures(weights) * self._linear(fitting(direction, self.shape)))
        return product

    @cached_property
    def optimum(self) -> Optimum:
        """The minimiser of least norm and its loss, to machine precision (Newton's method in whitened coordinates)."""
        from deeplinear.problems._newton import minimize_lp

        weights = minimize_lp(self.inputs, self.targets, self.p)
        return Optimum(weights, float(self.loss(weights)))

    def _linear(self, weights: Any) -> Any:
        """``W x_i`` for every example, ``(..., m)`` or ``(..., m, k)``."""
        if self.targets.ndim == 1:
            return weights @ self.inputs.T
        return self.inputs @ namespace(weights).swapaxes(weights, -1, -2)

    def _back(self, slopes: Any) -> Any:
        """The transpose of `_linear`."""
        if self.targets.ndim == 1:
            return slopes @ self.inputs
        return namespace(slopes).swapaxes(slopes, -1, -2) @ self.inputs

    def _curvatures(self, weights: ArrayLike) -> Array:
        """``(p − 1)|r|^{p−2}/m``, infinite at a zero residual if p < 2."""
        residuals = self.residuals(weights)
        with np.errstate(divide="ignore"):
            return np.asarray((self.p - 1) * np.abs(residuals) ** (self.p - 2) / len(self.targets))
