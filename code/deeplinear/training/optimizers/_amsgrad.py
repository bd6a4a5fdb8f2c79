"""Adam that never forgets a large gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deeplinear._arrays import namespace
from deeplinear.training.optimizers._adam import Adam
from deeplinear.training.optimizers._optimizer import State, agreeing, divisor, zeros

__all__ = ["AMSGrad"]


@dataclass(frozen=True)
class AMSGrad(Adam):
    """Adam, divided by the root of the largest second mean so far, ``v̂ ← max(v̂, v)``,
    so that no step grows by forgetting.

    As ``Adam(amsgrad=True)`` in Keras: the largest of the uncorrected means, which are corrected for their start
    afterwards. PyTorch corrects first.

    Examples
    --------
    >>> from deeplinear.training.optimizers import AMSGrad
    >>> method = AMSGrad(beta_1=0.0, beta_2=0.0)
    >>> w, state = method.step([0.0], [2.0], method.initial_state([0.0]), learning_rate=1.0)
    >>> method.step(w, [1.0], state, learning_rate=1.0)[0].round(6)      # Adam without memory would step by 1 again
    array([-1.5])
    """

    def initial_state(self, parameters: Any) -> State:
        """Those of Adam, and the largest second mean, zero."""
        return (*super().initial_state(parameters), zeros(parameters))

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next parameters, and the state: first mean, second mean, number of steps taken, largest second mean."""
        w, g, eta = agreeing(parameters, gradient, learning_rate)
        xp = namespace(w)
        t, first, second = self._means(g, state)
        largest = xp.maximum(state[3], second)
        root = divisor(xp.sqrt(largest) + self.epsilon, self.epsilon)
        return w - first * self._corrected(eta, t) / root, (first, second, t, largest)
