"""Where a run begins: objects that draw the layers of any network, the same ones for the same seed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, kept, real_above, real_at_least, real_number
from deeplinear.networks import factors
from deeplinear.networks._chain import Chain
from deeplinear.networks._network import Layers, Network

__all__ = ["AllEqual", "Balanced", "Given", "Identity", "NearZero", "Start"]

Array = NDArray[np.float64]


class Start(ABC):
    """Draws the layers of a run. A start of one's own is a frozen dataclass with ``layers``."""

    @abstractmethod
    def layers(self, network: Network, shape: tuple[int, int], seed: int) -> Layers:
        """The layers of `network` for end-to-end weights of `shape` ``(k, d)``; equal seeds give equal layers."""


@dataclass(frozen=True)
class NearZero(Start):
    """Independent normal weights of standard deviation `scale`: balanced in absolute terms alone.

    Examples
    --------
    >>> import deeplinear as dl
    >>> [layer.shape for layer in dl.networks.NearZero(0.01).layers(dl.networks.Chain(2), (1, 128), seed=0)]
    [(1, 128), (1, 1)]
    """

    scale: float = 0.01

    def __post_init__(self) -> None:
        real_above(self.scale, 0.0, "scale")

    def layers(self, network: Network, shape: tuple[int, int], seed: int) -> Layers:
        """Layer after layer from one generator, so the first layer's draw is the same for all depths of one width."""
        rng = np.random.default_rng(seed)
        return network.laid(tuple(self.scale * rng.standard_normal(layer) for layer in network.drawn_shapes(shape)))


@dataclass(frozen=True)
class Identity(Start):
    """Ones on every diagonal, plus normal noise of standard deviation `scale`.

    Exactly balanced, without noise, if every hidden unit has a one below and above it; see :func:`deeplinear.identity`.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.networks.Identity(0.0).layers(dl.networks.Dense(2, width=2), (1, 3), seed=0)
    (array([[1., 0., 0.],
           [0., 1., 0.]]), array([[1., 0.]]))
    """

    scale: float = 0.01

    def __post_init__(self) -> None:
        real_at_least(self.scale, 0.0, "scale")

    def layers(self, network: Network, shape: tuple[int, int], seed: int) -> Layers:
        """Ones and noise."""
        rng = np.random.default_rng(seed)
        drawn = network.drawn_shapes(shape)
        return network.laid(
            tuple(np.eye(layer[0], layer[1]) + self.scale * rng.standard_normal(layer) for layer in drawn)
        )


@dataclass(frozen=True)
class Balanced(Start):
    """Layers of equal strength with given end-to-end weights, or with those of a near-zero start.

    Parameters
    ----------
    weights : (d,) or (k, d) numbers, optional
        The end-to-end weights. Without them, those that layers drawn near zero make in the network (for
        one output: in a chain of hidden width 1).
    scale : float
        Standard deviation of these layers.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.networks.Balanced((3.0, 4.0)).layers(dl.networks.Chain(2), (1, 2), seed=0)[0].round(4)
    array([[-1.3416, -1.7889]])
    """

    weights: tuple[float, ...] | tuple[tuple[float, ...], ...] | None = None
    scale: float = 0.01

    def __init__(self, weights: ArrayLike | None = None, scale: float = 0.01) -> None:
        if weights is not None:
            table = finite_array(weights, "weights", dimensions=(1, 2))
            # Tuples, so that equal starts are equal and can be looked up.
            rows = table.tolist()
            object.__setattr__(self, "weights", tuple(map(tuple, rows)) if table.ndim == 2 else tuple(rows))
        else:
            object.__setattr__(self, "weights", None)
        object.__setattr__(self, "scale", real_above(scale, 0.0, "scale"))

    def layers(self, network: Network, shape: tuple[int, int], seed: int) -> Layers:
        """As the network makes them; the seed turns the hidden layers."""
        return network.balanced(self._weights(network, shape, seed), seed)

    def _weights(self, network: Network, shape: tuple[int, int], seed: int) -> Array:
        if self.weights is None:
            if shape[0] > 1:
                near_zero = network.stacked([NearZero(self.scale).layers(network, shape, seed)])
                weights: Array = np.asarray(network.joined([network]).weights(near_zero))[0]
                return weights
            rng = np.random.default_rng(seed)
            narrow = Chain(len(network.drawn_shapes(shape))).layer_shapes(shape)
            return factors.end_to_end([self.scale * rng.standard_normal(layer) for layer in narrow])
        table = np.atleast_2d(np.array(self.weights))
        if table.shape != shape:
            wanted = f"{shape[1]} weights" if shape[0] == 1 else f"weights of shape {shape}"
            raise ValueError(f"the start has weights of shape {np.shape(self.weights)} and the problem needs {wanted}")
        return table


@dataclass(frozen=True)
class AllEqual(Start):
    """Every parameter has one value: ``u = v = α`` for a diagonal network, whose weights are then 0.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.networks.AllEqual(0.1).layers(dl.networks.Diagonal(2), (1, 2), seed=0)
    (array([[0.1, 0.1]]), array([[0.1, 0.1]]))
    """

    value: float

    def __post_init__(self) -> None:
        real_number(self.value, "value")

    def layers(self, network: Network, shape: tuple[int, int], seed: int) -> Layers:
        """The same for every seed."""
        return network.laid(tuple(np.full(layer, float(self.value)) for layer in network.drawn_shapes(shape)))


class Given(Start):
    """Layers of one's own, taken as they are.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.networks.Given([[[1.0, 2.0]], [[3.0]]]).layers(dl.networks.Chain(2), (1, 2), seed=0)
    (array([[1., 2.]]), array([[3.]]))
    """

    def __init__(self, layers: tuple[ArrayLike, ...] | list[ArrayLike]) -> None:
        if not isinstance(layers, Iterable):
            raise TypeError(f"layers is {layers!r}: give a list of matrices, one a layer")
        tables = (finite_array(layer, f"layer {j}", dimensions=(2,)) for j, layer in enumerate(layers, start=1))
        self._layers = tuple(kept(table) for table in tables)
        self._key = tuple((layer.shape, layer.tobytes()) for layer in self._layers)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key == other._key

    def __hash__(self) -> int:
        return hash((type(self), self._key))

    def __repr__(self) -> str:
        return f"{type(self).__name__}([{', '.join(str(layer.tolist()) for layer in self._layers)}])"

    def layers(self, network: Network, shape: tuple[int, int], seed: int) -> Layers:
        """The given ones.

        Raises
        ------
        ValueError
            If they are not of the network's shapes.
        """
        wanted, given = network.layer_shapes(shape), tuple(layer.shape for layer in self._layers)
        if given != wanted:
            raise ValueError(f"the start has layers of shapes {given}, {network!r} needs {wanted}")
        return self._layers
