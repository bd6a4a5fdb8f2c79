"""Diagonal linear networks: every weight for itself, as a difference of powers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear._arrays import whole_number
from deeplinear.networks._network import Layers, Network

__all__ = ["Diagonal"]


@dataclass(frozen=True)
class Diagonal(Network):
    """``W = u^{∘N} − v^{∘N}``, entry by entry; both layers have the shape of the weights.

    Between the kernel regime (a large start) and a bias to sparse weights (a small one): Woodworth et al. 2020,
    arXiv:2002.09277. The start that they study, ``u = v = α``, is ``AllEqual(α)``.

    Parameters
    ----------
    depth : int
        The power N.

    Examples
    --------
    >>> import deeplinear as dl
    >>> line = dl.LpRegression([[1.0, 2.0]], [1.0])          # many weights fit; a small start finds a sparse one
    >>> run = dl.Run(network=dl.networks.Diagonal(2), start=dl.networks.AllEqual(0.01), learning_rate=0.01)
    >>> dl.advance(line, [run], [5000], observe=[dl.recording.Weights()]).recorded["weights"][0, -1].round(4)
    array([0.0073, 0.4963])
    """

    depth: int = 2

    def __post_init__(self) -> None:
        whole_number(self.depth, 1, "depth")

    def layer_shapes(self, shape: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
        """Twice the shape of the weights."""
        return (shape, shape)

    def weights(self, layers: Layers) -> Any:
        """``u^{∘N} − v^{∘N}``, (runs, k, d)."""
        u, v = layers
        return u**self.depth - v**self.depth

    def pullback(self, layers: Layers, slopes: Any) -> Layers:
        """``∂L/∂u = N u^{∘(N−1)} ∘ ∇`` and ``∂L/∂v = −N v^{∘(N−1)} ∘ ∇``."""
        u, v = layers
        scaled = self.depth * slopes
        return u ** (self.depth - 1) * scaled, -(v ** (self.depth - 1) * scaled)

    def balanced(self, weights: NDArray[np.float64], seed: int) -> Layers:
        """One of u and v is 0 in every entry, the other ``|w|^{1/N}``."""
        root = np.abs(weights) ** (1 / self.depth)
        return np.where(weights > 0, root, 0.0), np.where(weights < 0, root, 0.0)
