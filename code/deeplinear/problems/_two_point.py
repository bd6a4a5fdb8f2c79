"""A loss whose coordinates do not talk to each other: the smallest on which depth accelerates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, kept, namespace, real_above
from deeplinear.problems._problem import Optimum, Problem, fitting, signed_power

__all__ = ["TwoPoint"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TwoPoint(Problem):
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
        targets = finite_array(self.targets, "targets", dimensions=(1,))
        if not targets.size:
            raise ValueError("targets is empty: at least one target is needed, such as TwoPoint((2.0, 1.0))")
        object.__setattr__(self, "targets", kept(targets))
        object.__setattr__(self, "p", real_above(self.p, 1.0, "p"))

    def __repr__(self) -> str:
        return f"TwoPoint(targets={tuple(self.targets.tolist())}, p={self.p:g})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the weights, ``(d,)``."""
        return self.targets.shape

    def loss(self, weights: ArrayLike) -> Array:
        """The loss at `weights` of shape ``(..., d)``; a float, or an array over the batch axes."""
        residuals = self._residuals(weights)
        loss: Array = ((namespace(residuals).abs(residuals) ** self.p).sum(axis=-1) / self.p)[()]
        return loss

    def gradient(self, weights: ArrayLike) -> Array:
        """``∂L/∂w``, in the shape of `weights`."""
        gradient: Array = signed_power(self._residuals(weights), self.p - 1)
        return gradient

    def hessian(self, weights: ArrayLike) -> Array:
        """The diagonal matrix of second derivatives, shape ``(..., d, d)``;
        infinite at a zero residual if ``p < 2``.
        """
        with np.errstate(invalid="ignore"):
            return np.where(np.eye(len(self.targets), dtype=bool), self._curvatures(weights)[..., None, :], 0.0)

    def hessian_product(self, weights: ArrayLike, direction: ArrayLike) -> Array:
        """The Hessian at `weights` times `direction`, in their shape."""
        return np.asarray(self._curvatures(weights) * fitting(direction, self.shape))

    @property
    def optimum(self) -> Optimum:
        """The targets themselves, at loss 0."""
        return Optimum(self.targets, 0.0)

    def _residuals(self, weights: ArrayLike) -> Any:
        return fitting(weights, self.shape) - self.targets

    def _curvatures(self, weights: ArrayLike) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray((self.p - 1) * np.abs(self._residuals(weights)) ** (self.p - 2))
