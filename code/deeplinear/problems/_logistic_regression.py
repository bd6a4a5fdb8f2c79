"""Two classes: the logistic loss of a linear model, whose optimum may lie at infinity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, kept, namespace
from deeplinear.problems._problem import Optimum, Problem, fitting

__all__ = ["LogisticRegression"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LogisticRegression(Problem):
    """``L(w) = (1/m) Σ_i log(1 + exp(−y_i ⟨w, x_i⟩))`` with labels ``y_i = ±1``, without bias.

    Parameters
    ----------
    inputs : (m, d) array
        One example a row.
    labels : (m,) array
        Two classes, as −1 and 1 or as 0 and 1.

    Raises
    ------
    ValueError
        If the shapes disagree, a value is not finite, or a label is none of these.

    Examples
    --------
    >>> import deeplinear as dl
    >>> problem = dl.problems.LogisticRegression([[1.0], [2.0], [1.0]], [0, 1, 1])
    >>> print(problem.loss([0.0]).round(6), problem.gradient([0.0]).round(6), problem.optimum.weights.round(4))
    0.693147 [-0.333333] [0.7563]
    """

    inputs: Array
    labels: Array

    if TYPE_CHECKING:

        def __init__(self, inputs: ArrayLike, labels: ArrayLike) -> None: ...

    def __post_init__(self) -> None:
        inputs = finite_array(self.inputs, "inputs", dimensions=(2,))
        labels = finite_array(self.labels, "labels", dimensions=(1,))
        if len(inputs) != len(labels) or not inputs.size:
            raise ValueError(f"inputs has shape {inputs.shape} and labels {labels.shape}: give one label per example")
        if not (np.isin(labels, (-1, 1)).all() or np.isin(labels, (0, 1)).all()):
            found = ", ".join(f"{label:g}" for label in np.unique(labels)[:5])
            raise ValueError(f"labels holds {found}: the two classes must be −1 and 1, or 0 and 1")
        object.__setattr__(self, "inputs", kept(inputs))
        object.__setattr__(self, "labels", kept(np.where(labels > 0, 1.0, -1.0)))

    def __repr__(self) -> str:
        examples, features = self.inputs.shape
        return f"LogisticRegression({examples} examples, {features} features)"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the weights, ``(d,)``."""
        return (self.inputs.shape[1],)

    def margins(self, weights: ArrayLike) -> Any:
        """``y_i ⟨w, x_i⟩``, shape ``(..., m)``."""
        return (fitting(weights, self.shape) @ self.inputs.T) * self.labels

    def loss(self, weights: ArrayLike) -> Array:
        """The loss at `weights` of shape ``(..., d)``; a float, or an array over the batch axes."""
        margins = self.margins(weights)
        loss: Array = (namespace(margins).logaddexp(0.0, -margins).sum(axis=-1) / len(self.labels))[()]
        return loss

    def gradient(self, weights: ArrayLike) -> Array:
        """``−(1/m) Σ_i σ(−y_i⟨w, x_i⟩) y_i x_i``, in the shape of `weights`; σ(z) = 1/(1 + e^{−z})."""
        slopes = -_sigmoid(-self.margins(weights)) * self.labels / len(self.labels)
        gradient: Array = slopes @ self.inputs
        return gradient

    def hessian(self, weights: ArrayLike) -> Array:
        """``(1/m) Σ_i σ(1 − σ) x_i x_iᵀ``, shape ``(..., d, d)``."""
        return np.asarray((self.inputs.T * self._curvatures(weights)[..., None, :]) @ self.inputs)

    def hessian_product(self, weights: ArrayLike, direction: ArrayLike) -> Array:
        """The Hessian at `weights` times `direction`, in their shape."""
        along = fitting(direction, self.shape) @ self.inputs.T
        return np.asarray((self._curvatures(weights) * along) @ self.inputs)

    @cached_property
    def optimum(self) -> Optimum:
        """The minimiser of least norm, by damped Newton steps.

        Raises
        ------
        ValueError
            If some weights separate the classes: the loss then falls towards 0 and has no minimum.
        """
        if self._separable():
            raise ValueError(f"{self!r} can be separated: its loss tends to 0 as the weights grow, and has no minimum")
        point = np.zeros(self.shape)
        for _ in range(200):
            gradient = self.gradient(point)
            step = np.linalg.lstsq(self.hessian(point), -gradient, rcond=None)[0]
            decrease = -float(gradient @ step)
            if decrease <= 1e-28:
                break
            size = 1.0
            while size > 1e-12 and self.loss(point + size * step) > self.loss(point) - 1e-4 * size * decrease:
                size /= 2
            if size <= 1e-12:  # no representable improvement is left
                break
            point = point + size * step
        return Optimum(point, float(self.loss(point)))

    def _separable(self) -> bool:
        """Whether some direction has no negative margin and a positive one: a linear programme."""
        from scipy.optimize import linprog

        signed = self.inputs * self.labels[:, None]
        found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
        return bool(found.fun < -1e-9 * np.abs(signed).sum())

    def _curvatures(self, weights: ArrayLike) -> Array:
        margins = self.margins(weights)
        return np.asarray(_sigmoid(margins) * _sigmoid(-margins) / len(self.labels))


def _sigmoid(values: Any) -> Any:
    """``1/(1 + e^{−z})`` without overflow: through tanh, which saturates."""
    return 0.5 + 0.5 * namespace(values).tanh(values / 2)
