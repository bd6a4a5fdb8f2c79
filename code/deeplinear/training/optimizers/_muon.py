"""Momentum whose singular values are made equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from deeplinear._arrays import fraction, whole_number
from deeplinear.training.optimizers._optimizer import Optimizer, State, zeros
from deeplinear.training.optimizers._spectra import agreeing_layers, newton_schulz, polar

__all__ = ["Muon"]


@dataclass(frozen=True)
class Muon(Optimizer):
    """``M ← β M + G``, ``W ← W − η polar(M)``, layer by layer; ``polar(UΣVᵀ) = UVᵀ``, and ``polar(0) = 0``.

    A layer of one row or column moves along its normalised momentum, a scalar by its sign. Keller Jordan's rate for a
    layer is ``√max(1, rows/columns)`` times the one here, and his steps look ahead (``polar(G + β M)``) unless told not
    to.

    Parameters
    ----------
    momentum : float
        β, from 0 on and below 1.
    newton_schulz_steps : int, optional
        Take so many steps of the quintic iteration, 5 in Jordan's code, in place of the exact factor. It maps singular
        values from 0.01 of the Frobenius norm on to values between 0.68 and 1.13, not to 1, and smaller ones to less.

    Examples
    --------
    >>> import numpy as np
    >>> from deeplinear.training.optimizers import Muon
    >>> method, W = Muon(), np.zeros((2, 2))
    >>> method.step(W, np.diag([3.0, 0.1]), method.initial_state(W), learning_rate=0.5)[0]
    array([[-0.5,  0. ],
           [ 0. , -0.5]])
    """

    rotation_equivariant: ClassVar[bool] = True
    acts_on: ClassVar[Literal["entries", "layers", "network"]] = "layers"

    momentum: float = 0.95
    newton_schulz_steps: int | None = None

    def __post_init__(self) -> None:
        fraction(self.momentum, "momentum")
        if self.newton_schulz_steps is not None:
            whole_number(self.newton_schulz_steps, 1, "newton_schulz_steps")

    def initial_state(self, parameters: Any) -> State:
        """The momentum ``M``, zero."""
        return (zeros(parameters),)

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next layer (..., rows, columns), and its momentum."""
        W, G, eta = agreeing_layers(parameters, gradient, learning_rate)
        M = self.momentum * state[0] + G
        steps = self.newton_schulz_steps
        return W - eta * (polar(M) if steps is None else newton_schulz(M, steps)), (M,)
