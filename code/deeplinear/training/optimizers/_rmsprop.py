"""Steps divided by the root of a running mean of squared gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deeplinear._arrays import fraction, namespace, real_at_least
from deeplinear.training.optimizers._optimizer import Optimizer, State, agreeing, divisor, zeros

__all__ = ["RMSProp"]


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """``a ← ρa + (1−ρ)g²``, ``w ← w − η g / √(a + ε)``, with ε inside the root, as in Keras.

    Examples
    --------
    >>> from deeplinear.training.optimizers import RMSProp
    >>> method = RMSProp()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)[0].round(6)
    array([0.683773])
    """

    rho: float = 0.9
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        fraction(self.rho, "rho")
        real_at_least(self.epsilon, 0.0, "epsilon")

    def initial_state(self, parameters: Any) -> State:
        """The running mean of squared gradients, zero."""
        return (zeros(parameters),)

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next parameters, and the running mean."""
        w, g, eta = agreeing(parameters, gradient, learning_rate)
        xp = namespace(w)
        squares = self.rho * state[0] + (1 - self.rho) * (g * g)
        return w - eta * g / divisor(xp.sqrt(squares + self.epsilon), self.epsilon), (squares,)
