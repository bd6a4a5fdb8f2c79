"""What every network offers, and what it need not say because a plain answer is right."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Layers", "Network", "matrix_shape"]

Array = NDArray[np.float64]
Layers = tuple[Any, ...]


class Network(ABC):
    """How layers make end-to-end weights ``W``, and how ``∇ = ∂L/∂W`` becomes the gradient of each layer.

    A subclass is a frozen dataclass of its settings. It states `layer_shapes`, `weights` and `pullback`; with operators
    and functions that NumPy and JAX share (``x * y``, ``x @ y``, ``xp = deeplinear.networks.namespace(x)``) it runs on
    every backend. Where its weights are analytic in the layers, made without ``abs`` or a choice by sign, the sharpness
    of its loss and natural gradient descent are exact.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import deeplinear as dl
    >>> @dataclass(frozen=True)
    ... class Doubled(dl.networks.Network):          # W = 2V
    ...     def layer_shapes(self, shape):
    ...         return (shape,)
    ...     def weights(self, layers):
    ...         return 2 * layers[0]
    ...     def pullback(self, layers, slopes):
    ...         return (2 * slopes,)
    >>> run = dl.Run(network=Doubled(), learning_rate=0.1)
    >>> dl.advance(dl.TwoPoint([1.0]), [run], marks=[0, 30]).loss.round(4)
    array([[0.4975, 0.    ]])
    """

    #: Whether rotated inputs give the same training in rotated coordinates: then only the first layer meets the inputs.
    rotation_equivariant: ClassVar[bool] = False

    @abstractmethod
    def layer_shapes(self, shape: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
        """Shapes of the layers for end-to-end weights of `shape` ``(k, d)``, from the input on."""

    @abstractmethod
    def weights(self, layers: Layers) -> Any:
        """The end-to-end weights ``(runs, k, d)`` of layers ``(runs, n_j, n_{j−1})``."""

    @abstractmethod
    def pullback(self, layers: Layers, slopes: Any) -> Layers:
        """The gradient of every layer, in its shape, from the `slopes` ``∂L/∂W`` of shape ``(runs, k, d)``."""

    def decay(self, layers: Layers) -> Layers:
        """What weight decay λ adds λ times to the gradients: the layers themselves."""
        return layers

    # A start is drawn in these shapes, and becomes layers.

    def drawn_shapes(self, shape: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
        """Shapes in which a random start is drawn; those of the layers, if the network does not say otherwise."""
        return self.layer_shapes(shape)

    def laid(self, drawn: Layers) -> Layers:
        """The layers that a drawn start stands for."""
        return drawn

    def balanced(self, weights: Array, seed: int) -> Layers:
        """Layers of equal strength with these end-to-end `weights` ``(k, d)``.

        Raises
        ------
        TypeError
            If the network knows of none.
        """
        raise TypeError(f"{type(self).__name__} has no balanced start: start it near zero, or from layers of your own")

    # Which runs can advance as one batch.

    def key(self, shape: tuple[int, int]) -> Hashable:
        """Networks of equal key advance together on end-to-end weights of `shape`."""
        return self

    def joined(self, networks: Sequence[Any]) -> Network:
        """One network for the runs of `networks`, all of this key, in this order."""
        return self

    def stacked(self, starts: Sequence[Layers]) -> Layers:
        """The layers of many runs in one array each, ``(runs, n_j, n_{j−1})``."""
        return tuple(np.stack(layer) for layer in zip(*starts, strict=True))


def matrix_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """A problem's shape as ``(k, d)``; one output counts as a row."""
    return (1, shape[0]) if len(shape) == 1 else (shape[0], shape[1])
