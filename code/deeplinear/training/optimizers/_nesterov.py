"""Nesterov's momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from deeplinear._arrays import fraction
from deeplinear.training.optimizers._optimizer import Optimizer, State, agreeing, zeros

__all__ = ["Nesterov"]


@dataclass(frozen=True)
class Nesterov(Optimizer):
    """Nesterov's momentum in Keras's form, ``m ← β m − η g``, ``w ← w + β m − η g``.

    The stored parameters are the look-ahead point, so the gradient is always taken where the parameters are.

    Examples
    --------
    >>> from deeplinear.training.optimizers import Nesterov
    >>> method = Nesterov()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)[0]
    array([0.905])
    """

    rotation_equivariant: ClassVar[bool] = True

    momentum: float = 0.9

    def __post_init__(self) -> None:
        fraction(self.momentum, "momentum")

    def initial_state(self, parameters: Any) -> State:
        """The velocity ``m``, zero."""
        return (zeros(parameters),)

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next parameters, and the velocity."""
        w, g, eta = agreeing(parameters, gradient, learning_rate)
        velocity = self.momentum * state[0] - eta * g
        return w + (self.momentum * velocity - eta * g), (velocity,)
