"""How a batch of networks is laid out in memory: one row of parameters a run, whatever the run is made of.

A parametrization turns rows of parameters into end-to-end weights, and gradients at the weights into gradients of the rows.
Optimizers act on rows element by element, so everything that depth and width change is in this module.

>>> import numpy as np, deeplinear as dl
>>> from deeplinear.parametrizations import Chains
>>> batch = Chains([dl.near_zero((3, 1, 1), rng=0), dl.near_zero((3, 1), rng=1)])
>>> batch.parameters.shape, batch.weights().shape
((2, 4), (2, 3))
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deeplinear.end_to_end import precondition_vector
from deeplinear.factors import Factors, end_to_end

__all__ = ["Chains", "EndToEnd", "Networks", "Parametrization"]

Array = NDArray[np.float64]


class Parametrization(Protocol):
    """A batch of runs: its rows of parameters, and the way from them to the end-to-end weights and back."""

    parameters: Array

    def weights(self) -> Array: ...
    def gradient(self, slopes: Array) -> Array: ...
    def decay(self) -> Array: ...
    def keep(self, alive: NDArray[np.bool_]) -> None: ...


class Chains:
    """Hidden width 1, any mix of depths: a vector ``v`` and N − 1 scalars; ``w = s_2 ⋯ s_N v``.

    A run that is shallower than the deepest has its missing scalars held at 1.
    """

    def __init__(self, networks: Sequence[Factors], dtype: DTypeLike = float) -> None:
        self.features = networks[0][0].shape[-1]
        deepest = max(map(len, networks))
        self.parameters = np.ones((len(networks), self.features + deepest - 1), dtype)
        self.present = np.zeros((len(networks), deepest - 1), dtype)
        for run, (first, *scalars) in enumerate(networks):
            self.parameters[run, : self.features] = first[0]
            self.parameters[run, self.features : self.features + len(scalars)] = np.ravel(scalars)
            self.present[run, : len(scalars)] = 1.0

    def weights(self) -> Array:
        """``(runs, d)``."""
        return np.asarray(self._scale() * self.parameters[:, : self.features])

    def gradient(self, slopes: Array) -> Array:
        """``∂L/∂v = s g`` and ``∂L/∂s_j = ⟨v, g⟩ ∏_{i≠j} s_i``, from ``g`` of shape (runs, d)."""
        vectors, scalars = self.parameters[:, : self.features], self.parameters[:, self.features :]
        gradient = np.empty_like(self.parameters)
        np.multiply(self._scale(), slopes, out=gradient[:, : self.features])
        others = self.present * np.vecdot(vectors, slopes)[:, None]
        for j in range(scalars.shape[1]):  # without dividing by an s_j that may be 0
            others[:, :j] *= scalars[:, j : j + 1]
            others[:, j + 1 :] *= scalars[:, j : j + 1]
        gradient[:, self.features :] = others
        return gradient

    def _scale(self) -> Array:
        """``s_2 ⋯ s_N``, (runs, 1)."""
        product = np.ones((len(self.parameters), 1), self.parameters.dtype)
        for column in range(self.features, self.parameters.shape[1]):
            product *= self.parameters[:, column : column + 1]
        return product

    def decay(self) -> Array:
        """What weight decay shrinks: the parameters that exist."""
        decayed = self.parameters.copy()
        decayed[:, self.features :] *= self.present
        return decayed

    def keep(self, alive: NDArray[np.bool_]) -> None:
        """Drop the other runs."""
        self.parameters, self.present = self.parameters[alive], self.present[alive]


class Networks:
    """Networks of one depth and one hidden width: the entries of ``W_1, …, W_N``, layer after layer."""

    def __init__(self, networks: Sequence[Factors], dtype: DTypeLike = float) -> None:
        self.shapes = [factor.shape for factor in networks[0]]
        self.ends = np.cumsum([0, *(rows * columns for rows, columns in self.shapes)]).tolist()
        flat = [np.concatenate([factor.ravel() for factor in factors]) for factors in networks]
        self.parameters = np.array(flat, dtype)

    def _layers(self) -> list[Array]:
        runs = len(self.parameters)
        spans = zip(pairwise(self.ends), self.shapes, strict=True)
        return [self.parameters[:, a:b].reshape(runs, *shape) for (a, b), shape in spans]

    def weights(self) -> Array:
        """``(runs, d)``, multiplied from the output down: every product is a vector times a matrix."""
        return np.asarray(self._above()[0] @ self._layers()[0])[:, 0]

    def gradient(self, slopes: Array) -> Array:
        """``∂L/∂W_j = (W_N ⋯ W_{j+1})ᵀ g (W_{j−1} ⋯ W_1)ᵀ``, an outer product for one output."""
        gradient = np.empty_like(self.parameters)
        below, runs = slopes[:, None, :], len(slopes)  # g (W_{j−1} ⋯ W_1)ᵀ
        for (a, b), above, layer in zip(pairwise(self.ends), self._above(), self._layers(), strict=True):
            np.multiply(np.swapaxes(above, 1, 2), below, out=gradient[:, a:b].reshape(runs, *layer.shape[1:]))
            below = below @ np.swapaxes(layer, 1, 2)
        return gradient

    def _above(self) -> list[Array]:
        """``W_N ⋯ W_{j+1}`` for j = 1 … N, each (runs, 1, n_j)."""
        products = [np.ones((len(self.parameters), 1, 1), self.parameters.dtype)]
        for layer in reversed(self._layers()[1:]):
            products.append(products[-1] @ layer)
        return products[::-1]

    def decay(self) -> Array:
        """What weight decay shrinks: all parameters."""
        return self.parameters

    def keep(self, alive: NDArray[np.bool_]) -> None:
        """Drop the other runs."""
        self.parameters = self.parameters[alive]


class EndToEnd:
    """The rule of Claim 2, or one of its parts: the parameters are the end-to-end weights, their gradient is preconditioned."""

    def __init__(self, networks: Sequence[Factors], method: str, dtype: DTypeLike = float) -> None:
        self.method = method
        self.depths = np.array([len(factors) for factors in networks])
        self.parameters = np.array([end_to_end(factors)[0] for factors in networks], dtype)

    def weights(self) -> Array:
        """The parameters themselves."""
        return self.parameters

    def gradient(self, slopes: Array) -> Array:
        """``‖w‖^{2−2/N} (g + (N−1) Pr_w g)``, or one of its two factors with the other left out."""
        if self.method == "amplification":
            lengths = np.linalg.norm(self.parameters, axis=1, keepdims=True)
            directions = self.parameters / np.where(lengths > 0, lengths, 1)
            along = np.vecdot(directions, slopes) * (self.depths - 1)
            return np.asarray(slopes + along[:, None] * directions, self.parameters.dtype)
        if self.method == "adaptive-step":
            lengths = np.linalg.norm(self.parameters, axis=1)
            return np.asarray((lengths ** (2 - 2 / self.depths))[:, None] * slopes, self.parameters.dtype)
        return np.asarray(precondition_vector(self.parameters, slopes, self.depths), self.parameters.dtype)

    def decay(self) -> Array:
        """Weight decay on N factors acts N-fold on their product."""
        return np.asarray(self.depths[:, None] * self.parameters, self.parameters.dtype)

    def keep(self, alive: NDArray[np.bool_]) -> None:
        """Drop the other runs."""
        self.parameters, self.depths = self.parameters[alive], self.depths[alive]
