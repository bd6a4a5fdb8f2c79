"""Plain gradient descent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from deeplinear.training.optimizers._optimizer import Optimizer, State, agreeing

__all__ = ["GradientDescent"]


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """Plain gradient descent, ``w ← w − η g``.

    Examples
    --------
    >>> from deeplinear.training.optimizers import GradientDescent
    >>> method = GradientDescent()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)[0]
    array([0.95])
    """

    rotation_equivariant: ClassVar[bool] = True

    def initial_state(self, parameters: Any) -> State:
        """No memory: an empty tuple."""
        return ()

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next parameters, and the state."""
        w, g, eta = agreeing(parameters, gradient, learning_rate)
        return w - eta * g, state
