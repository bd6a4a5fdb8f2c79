"""Hidden layers of width 1: for one output a vector and N − 1 scalars, the network of the paper's experiments."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deeplinear._arrays import namespace, whole_number
from deeplinear.networks import factors
from deeplinear.networks._network import Layers, Network

__all__ = ["Chain", "joined_chains", "stacked_chains"]


@dataclass(frozen=True)
class Chain(Network):
    """``w = s_N ⋯ s_2 v``: layers of shape ``(1, d), (1, 1), …, (k, 1)``.

    For one output, chains of all depths advance together.

    Parameters
    ----------
    depth : int
        The number of layers N; 1 is the plain linear model.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.networks.Chain(depth=3).layer_shapes((1, 128))
    ((1, 128), (1, 1), (1, 1))
    """

    rotation_equivariant: ClassVar[bool] = True

    depth: int = 1

    def __post_init__(self) -> None:
        whole_number(self.depth, 1, "depth")

    def layer_shapes(self, shape: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
        """``(n_j, n_{j−1})`` from the input on."""
        sizes = (shape[1], *[1] * (self.depth - 1), shape[0])
        return tuple((above, below) for below, above in pairwise(sizes))

    def weights(self, layers: Layers) -> Any:
        """``W_N ⋯ W_1``, (runs, k, d)."""
        return factors.end_to_end(layers)

    def pullback(self, layers: Layers, slopes: Any) -> Layers:
        """``∂L/∂v = s_N ⋯ s_2 g`` and ``∂L/∂s_j = ⟨v, g⟩ ∏_{i≠j} s_i``."""
        return factors.layer_gradients(layers, slopes)

    def balanced(self, weights: NDArray[np.float64], seed: int) -> Layers:
        """See :func:`deeplinear.balanced`."""
        return factors.balanced(weights, self.depth, 1, seed)

    def key(self, shape: tuple[int, int]) -> Hashable:
        """All depths together if there is one output; otherwise the first layer's shape depends on the depth."""
        return Chain if shape[0] == 1 and type(self) is Chain else self

    def joined(self, networks: Sequence[Any]) -> Network:
        """Chains of any depths as one, as deep as the deepest."""
        return joined_chains(networks) if type(self) is Chain else self

    def stacked(self, starts: Sequence[Layers]) -> Layers:
        """Layers that a shallower chain lacks are held at 1."""
        return stacked_chains(starts)


@dataclass(frozen=True)
class Padded(Chain):
    """Many chains, run by run of its own depth; a scalar above it counts as 1, whatever an optimizer has made of it."""

    depths: tuple[int, ...] = ()

    def weights(self, layers: Layers) -> Any:
        """``W_N ⋯ W_1`` of the layers that are there, (runs, k, d)."""
        return super().weights(self._present(layers, 1))

    def pullback(self, layers: Layers, slopes: Any) -> Layers:
        """As for one chain; what is not there has no gradient."""
        return self._present(super().pullback(self._present(layers, 1), slopes), 0)

    def decay(self, layers: Layers) -> Layers:
        """The layers that are there."""
        return self._present(layers, 0)

    def _present(self, layers: Layers, other: int) -> Layers:
        """The layers, with `other` in place of what a run lacks."""
        # The arrays stay as deep as the deepest run was that began with these, also after it has diverged.
        if set(self.depths) == {len(layers)}:
            return layers
        xp, depths = namespace(*layers), np.array(self.depths)[:, None, None]
        filled = (
            xp.where(depths > j, layer, xp.full_like(layer, other)) for j, layer in enumerate(layers[1:], start=1)
        )
        return (layers[0], *filled)


def joined_chains(networks: Sequence[Any]) -> Padded:
    """One network for chains, or for dense networks of width 1, of any depths."""
    depths = tuple(network.depth for network in networks)
    return Padded(max(depths), depths)


def stacked_chains(starts: Sequence[Layers]) -> Layers:
    """Their layers in one array each, filled up with ones."""
    deepest = max(map(len, starts))
    full = [(*start, *[np.ones((1, 1))] * (deepest - len(start))) for start in starts]
    return tuple(np.stack(layer) for layer in zip(*full, strict=True))
