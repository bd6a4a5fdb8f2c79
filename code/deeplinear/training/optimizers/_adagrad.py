"""Steps divided by the root of all squared gradients so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deeplinear._arrays import namespace, real_at_least
from deeplinear.training.optimizers._optimizer import Optimizer, State, agreeing, divisor, zeros

__all__ = ["AdaGrad"]


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    """``a ← a + g²``, ``w ← w − η g / √(a + ε)``: ε inside the root, and `a` starts from 0.1, both as in Keras.

    PyTorch starts the accumulator from 0 and puts ε outside; with small first gradients the two differ by orders of
    magnitude.

    Examples
    --------
    >>> from deeplinear.training.optimizers import AdaGrad
    >>> method = AdaGrad(initial_accumulator=0.0)
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)[0].round(6)
    array([0.9])
    """

    initial_accumulator: float = 0.1
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        real_at_least(self.initial_accumulator, 0.0, "initial_accumulator")
        real_at_least(self.epsilon, 0.0, "epsilon")

    def initial_state(self, parameters: Any) -> State:
        """The accumulator of squared gradients."""
        return (zeros(parameters) + self.initial_accumulator,)

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next parameters, and the accumulator."""
        w, g, eta = agreeing(parameters, gradient, learning_rate)
        xp = namespace(w)
        squares = state[0] + g * g
        return w - eta * g / divisor(xp.sqrt(squares + self.epsilon), self.epsilon), (squares,)
