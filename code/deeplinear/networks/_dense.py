"""A deep linear network: any widths, any number of outputs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deeplinear._arrays import whole_number
from deeplinear.networks import factors
from deeplinear.networks._chain import Chain, joined_chains, stacked_chains
from deeplinear.networks._network import Layers, Network

__all__ = ["Dense"]


@dataclass(frozen=True)
class Dense(Network):
    """``W = W_N ⋯ W_1`` with full matrices.

    Parameters
    ----------
    depth : int
        The number of layers N; 1 is the plain linear model.
    width : int or tuple of N − 1 ints
        Of every hidden layer, or of each.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.networks.Dense(depth=3, width=(5, 4)).layer_shapes((2, 10))
    ((5, 10), (4, 5), (2, 4))
    """

    rotation_equivariant: ClassVar[bool] = True

    depth: int = 2
    width: int | tuple[int, ...] = 1

    def __post_init__(self) -> None:
        whole_number(self.depth, 1, "depth")
        if isinstance(self.width, (tuple, list)):
            object.__setattr__(self, "width", tuple(whole_number(n, 1, "width") for n in self.width))
            if len(self.widths) != self.depth - 1:
                raise ValueError(f"width is {self.width}: depth {self.depth} has {self.depth - 1} hidden layers")
        else:
            whole_number(self.width, 1, "width")

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the hidden layers."""
        return self.width if isinstance(self.width, tuple) else (self.width,) * (self.depth - 1)

    def layer_shapes(self, shape: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
        """``(n_j, n_{j−1})`` from the input on."""
        sizes = (shape[1], *self.widths, shape[0])
        return tuple((above, below) for below, above in pairwise(sizes))

    def weights(self, layers: Layers) -> Any:
        """``W_N ⋯ W_1``, (runs, k, d)."""
        return factors.end_to_end(layers)

    def pullback(self, layers: Layers, slopes: Any) -> Layers:
        """``(W_N ⋯ W_{j+1})ᵀ ∇ (W_{j−1} ⋯ W_1)ᵀ`` for every layer."""
        return factors.layer_gradients(layers, slopes)

    def balanced(self, weights: NDArray[np.float64], seed: int) -> Layers:
        """See :func:`deeplinear.balanced`; all hidden layers must have one width."""
        if len(set(self.widths)) > 1:
            raise ValueError(f"width is {self.width}: a balanced start needs hidden layers of one width")
        return factors.balanced(weights, self.depth, self.widths[0] if self.widths else None, seed)

    def key(self, shape: tuple[int, int]) -> Hashable:
        """Where every hidden layer has width 1 it is a chain, and goes with the chains."""
        return Chain if self._narrow and shape[0] == 1 else self

    def joined(self, networks: Sequence[Any]) -> Network:
        """Itself, for runs that share it."""
        return joined_chains(networks) if self._narrow else self

    def stacked(self, starts: Sequence[Layers]) -> Layers:
        """One array a layer."""
        return stacked_chains(starts) if self._narrow else super().stacked(starts)

    @property
    def _narrow(self) -> bool:
        return set(self.widths) <= {1} and type(self) is Dense
