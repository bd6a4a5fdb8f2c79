"""Polyak's momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from deeplinear._arrays import fraction
from deeplinear.training.optimizers._optimizer import Optimizer, State, agreeing, zeros

__all__ = ["HeavyBall"]


@dataclass(frozen=True)
class HeavyBall(Optimizer):
    """Polyak's momentum, ``m ← β m − η g``, ``w ← w + m``.

    The learning rate enters the memory, as in Keras: after a change of η the old velocity keeps its old scale.

    Examples
    --------
    >>> from deeplinear.training.optimizers import HeavyBall
    >>> method = HeavyBall()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)
    (array([0.95]), (array([-0.05]),))
    """

    rotation_equivariant: ClassVar[bool] = True

    momentum: float = 0.9

    def __post_init__(self) -> None:
        fraction(self.momentum, "momentum")

    def initial_state(self, parameters: Any) -> State:
        """The velocity ``m``, zero."""
        return (zeros(parameters),)

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next parameters, and the velocity that led there."""
        w, g, eta = agreeing(parameters, gradient, learning_rate)
        velocity = self.momentum * state[0] - eta * g
        return w + velocity, (velocity,)
