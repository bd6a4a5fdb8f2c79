"""Running means of gradients and of their squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from deeplinear._arrays import fraction, namespace, real_at_least
from deeplinear.training.optimizers._optimizer import Optimizer, State, agreeing, divisor, zeros

__all__ = ["Adam"]


@dataclass(frozen=True)
class Adam(Optimizer):
    """``m ← m + (1−β₁)(g − m)``, ``v ← v + (1−β₂)(g² − v)``, ``w ← w − η √(1−β₂ᵗ)/(1−β₁ᵗ) · m / (√v + ε)``.

    ε is outside the root and added before the bias correction, as in Keras; in the original algorithm and in PyTorch it
    is added after, which makes the same ε weaker during the first steps.

    Examples
    --------
    >>> from deeplinear.training.optimizers import Adam
    >>> method = Adam()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)[0].round(5)
    array([0.9])
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        fraction(self.beta_1, "beta_1")
        fraction(self.beta_2, "beta_2")
        real_at_least(self.epsilon, 0.0, "epsilon")

    def initial_state(self, parameters: Any) -> State:
        """Both running means, zero, and the number of steps taken, 0."""
        return (zeros(parameters), zeros(parameters), np.zeros(()))

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next parameters, and the state: first mean, second mean, number of steps taken."""
        w, g, eta = agreeing(parameters, gradient, learning_rate)
        t, first, second = self._means(g, state)
        root = divisor(namespace(w).sqrt(second) + self.epsilon, self.epsilon)
        return w - first * self._corrected(eta, t) / root, (first, second, t)

    def _means(self, g: Any, state: State) -> tuple[Any, Any, Any]:
        """The number of this step, and both running means after it."""
        first = state[0] + (1 - self.beta_1) * (g - state[0])
        second = state[1] + (1 - self.beta_2) * (g * g - state[1])
        return state[2] + 1.0, first, second

    def _corrected(self, eta: Any, t: Any) -> Any:
        """The rate that makes up for means which started at zero."""
        xp = namespace(eta)
        return eta * xp.asarray(xp.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t), dtype=eta.dtype)
