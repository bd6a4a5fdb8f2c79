"""What the rest of the package asks of a loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import kept, namespace, real_array
from deeplinear._fingerprints import of_object

__all__ = ["Optimum", "Problem", "fitting", "signed_power"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Optimum:
    """The minimum of a problem: `weights` has the shape of the model, `loss` carries the problem's 1/p."""

    weights: Array
    loss: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", kept(np.asarray(self.weights, dtype=float)))


class Problem(ABC):
    """A loss of the end-to-end weights.

    Weights have the shape ``(k, d)``, or ``(d,)`` where there is one output, and may carry leading axes: a stack of
    weights gives a stack of losses and gradients. A problem of one's own states `shape`, `loss` and `gradient`; with
    `hessian_product` its sharpness is exact, with `optimum` its plots show distances.

    Examples
    --------
    >>> import numpy as np, deeplinear as dl
    >>> class Quartic(dl.problems.Problem):
    ...     shape = (2,)
    ...     def loss(self, weights):
    ...         return (np.asarray(weights) ** 4).sum(axis=-1) / 4
    ...     def gradient(self, weights):
    ...         return np.asarray(weights) ** 3
    >>> dl.sweep(Quartic(), depth=1, learning_rate=0.1, steps=10, seed=0).loss.sel(step=10).item() < 1e-8
    True
    """

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Of the weights, ``(d,)`` or ``(k, d)``."""

    @abstractmethod
    def loss(self, weights: ArrayLike) -> Array:
        """The loss at `weights` of shape ``(..., *shape)``; a float, or an array over the leading axes."""

    @abstractmethod
    def gradient(self, weights: ArrayLike) -> Array:
        """``∂L/∂W``, in the shape of `weights`."""

    def hessian_product(self, weights: ArrayLike, direction: ArrayLike) -> Array:
        """The Hessian at `weights` times `direction`, in their shape; by differences of the gradient,
        to some eight digits.
        """
        w, v = np.asarray(weights, dtype=float), np.asarray(direction, dtype=float)
        axes = tuple(range(-len(self.shape), 0))
        size = np.sqrt((v * v).sum(axis=axes, keepdims=True))
        step = 6e-6 * (1 + np.sqrt((w * w).sum(axis=axes, keepdims=True))) / np.where(size > 0, size, 1)
        return np.asarray((self.gradient(w + step * v) - self.gradient(w - step * v)) / (2 * step))

    @property
    def optimum(self) -> Optimum:
        """The minimum.

        Raises
        ------
        NotImplementedError
            If the problem does not state one.
        """
        raise NotImplementedError(f"{type(self).__name__} states no optimum: define a property `optimum`")

    def fingerprint(self) -> str:
        """A digest of class and attributes, data included: problems of equal fingerprint are the same.

        Raises
        ------
        TypeError
            If an attribute does not say what it holds; then define this method.
        """
        return of_object(self)


def fitting(weights: Any, shape: tuple[int, ...]) -> Any:
    """`weights` as an array of floats, refused if its last axes are not `shape`."""
    array = weights if namespace(weights) is not np else real_array(weights, "weights")
    if array.shape[-len(shape) :] != shape:
        raise ValueError(f"weights has shape {array.shape}, this problem needs (..., {', '.join(map(str, shape))})")
    return array


def signed_power(values: Any, exponent: float) -> Any:
    """``sign(r)|r|^a``; small whole exponents avoid the slow general power."""
    if exponent == 1:
        return values
    if exponent == 3:
        return values * values * values
    xp = namespace(values)
    return xp.sign(values) * xp.abs(values) ** exponent
