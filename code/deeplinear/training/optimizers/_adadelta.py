"""Steps in the units of the weights: the ratio of two running means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deeplinear._arrays import fraction, namespace, real_above
from deeplinear.training.optimizers._optimizer import Optimizer, State, agreeing, zeros

__all__ = ["AdaDelta"]


@dataclass(frozen=True)
class AdaDelta(Optimizer):
    """``a ← ρa + (1−ρ)g²``, ``Δ = −g √(b + ε) / √(a + ε)``, ``b ← ρb + (1−ρ)Δ²``, ``w ← w + η Δ``.

    Both ε are inside the roots. The method was meant for η = 1, its original form; Keras's default is 1e-3.

    Examples
    --------
    >>> from deeplinear.training.optimizers import AdaDelta
    >>> method = AdaDelta()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=1.0)[0].round(6)
    array([0.998586])
    """

    rho: float = 0.95
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        fraction(self.rho, "rho")
        real_above(self.epsilon, 0.0, "epsilon")  # with ε = 0 the first step, and so every step, would be zero

    def initial_state(self, parameters: Any) -> State:
        """Running means of squared gradients and of squared steps, both zero."""
        return (zeros(parameters), zeros(parameters))

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next parameters, and both running means."""
        w, g, eta = agreeing(parameters, gradient, learning_rate)
        xp = namespace(w)
        squares = self.rho * state[0] + (1 - self.rho) * (g * g)
        delta = -(xp.sqrt(state[1] + self.epsilon) * g / xp.sqrt(squares + self.epsilon))
        moves = self.rho * state[1] + (1 - self.rho) * (delta * delta)
        return w + eta * delta, (squares, moves)
