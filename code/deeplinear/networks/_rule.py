"""The end-to-end update rule as a network of its own: it holds the product, and moves as layers under it would."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deeplinear._arrays import namespace, real_at_least, whole_number
from deeplinear.networks import factors
from deeplinear.networks._dense import Dense
from deeplinear.networks._network import Layers, Network
from deeplinear.networks.preconditioning import amplified, length, theorem

__all__ = ["AdaptiveStep", "Amplification", "Rule"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rule(Network):
    """The end-to-end update of N balanced layers, on the weights themselves.

    Under gradient descent this is the discrete rule of Theorem 1 (Claim 2 for one output). Another optimizer takes the
    preconditioned gradient for a gradient: then nothing is promised about networks.

    Parameters
    ----------
    depth : float
        The number of factors N, from 1 on; it need not be whole.
    width : int
        Of the network that a random start is drawn for. If `depth` is not whole the start is drawn for the weights.

    Examples
    --------
    >>> import deeplinear as dl
    >>> problem = dl.TwoPoint((100.0, 1.0), p=4)
    >>> run = dl.Run(network=dl.networks.Rule(2), start=dl.networks.Balanced((0.1, 0.001)), learning_rate=5e-4)
    >>> dl.advance(problem, [run], [1], observe=[dl.recording.Weights()]).recorded["weights"].round(2)
    array([[[99.8,  0.5]]])
    """

    rotation_equivariant: ClassVar[bool] = True
    _one_output: ClassVar[bool] = False

    depth: float = 2
    width: int = 1

    def __post_init__(self) -> None:
        real_at_least(self.depth, 1.0, "depth")
        whole_number(self.width, 1, "width")

    def layer_shapes(self, shape: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
        """That of the weights."""
        return (shape,)

    def weights(self, layers: Layers) -> Any:
        """The only layer."""
        return layers[0]

    def pullback(self, layers: Layers, slopes: Any) -> Layers:
        """The preconditioned gradient."""
        return self._updates((self.depth,), layers[0], slopes)

    def decay(self, layers: Layers) -> Layers:
        """Weight decay on N factors acts N-fold on their product."""
        return (self.depth * layers[0],)

    def drawn_shapes(self, shape: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
        """Those of the layers that the rule stands for."""
        self._check(shape)
        return Dense(int(self.depth), self.width).layer_shapes(shape) if float(self.depth).is_integer() else (shape,)

    def laid(self, drawn: Layers) -> Layers:
        """Their product."""
        return (factors.end_to_end(drawn),)

    def balanced(self, weights: Array, seed: int) -> Layers:
        """The weights themselves."""
        self._check(weights.shape)
        return (weights,)

    def key(self, shape: tuple[int, int]) -> Hashable:
        """All depths together."""
        return type(self) if self._ours else self

    def joined(self, networks: Sequence[Rule]) -> Network:
        """Rules of any depths as one."""
        return _Mixed(type(self), tuple(network.depth for network in networks)) if self._ours else self

    @property
    def _ours(self) -> bool:
        return type(self) in (Rule, AdaptiveStep, Amplification)

    def _check(self, shape: tuple[int, ...]) -> None:
        if self._one_output and shape[0] > 1:
            raise ValueError(
                f"{type(self).__name__} is a part of the rule for one output, and there are {shape[0]}: take Rule"
            )

    @classmethod
    def _updates(cls, depths: tuple[float, ...], W: Any, slopes: Any) -> Layers:
        N = np.array(depths)
        if W.shape[-2] > 1:
            return (namespace(W).asarray(theorem(W, slopes, N), dtype=W.dtype),)
        w, g = W[..., 0, :], slopes[..., 0, :]
        return (namespace(W).asarray(cls._vector(w, g, N[:, None]), dtype=W.dtype)[..., None, :],)

    @staticmethod
    def _vector(w: Any, g: Any, N: Any) -> Any:
        return length(w) ** (2 - 2 / N) * amplified(w, g, N)


@dataclass(frozen=True)
class AdaptiveStep(Rule):
    """One part of Claim 2 alone: the step size ``‖w‖^{2−2/N}``, without the amplification; for one output.

    Examples
    --------
    >>> import numpy as np, deeplinear as dl
    >>> dl.networks.AdaptiveStep(2).pullback((np.array([[[4.0, 0.0]]]),), np.array([[[1.0, 1.0]]]))
    (array([[[4., 4.]]]),)
    """

    _one_output: ClassVar[bool] = True

    @staticmethod
    def _vector(w: Any, g: Any, N: Any) -> Any:
        return length(w) ** (2 - 2 / N) * g


@dataclass(frozen=True)
class Amplification(Rule):
    """The other part of Claim 2: ``g + (N−1) Pr_w g``, without the step size; for one output.

    Examples
    --------
    >>> import numpy as np, deeplinear as dl
    >>> dl.networks.Amplification(2).pullback((np.array([[[4.0, 0.0]]]),), np.array([[[1.0, 1.0]]]))
    (array([[[2., 1.]]]),)
    """

    _one_output: ClassVar[bool] = True

    @staticmethod
    def _vector(w: Any, g: Any, N: Any) -> Any:
        return amplified(w, g, N)


@dataclass(frozen=True)
class _Mixed(Network):
    """Rules of one kind, run by run of its own depth."""

    rotation_equivariant: ClassVar[bool] = True

    kind: type[Rule]
    depths: tuple[float, ...]

    def layer_shapes(self, shape: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
        return (shape,)

    def weights(self, layers: Layers) -> Any:
        return layers[0]

    def pullback(self, layers: Layers, slopes: Any) -> Layers:
        return self.kind._updates(self.depths, layers[0], slopes)

    def decay(self, layers: Layers) -> Layers:
        return (np.array(self.depths)[:, None, None].astype(layers[0].dtype) * layers[0],)
