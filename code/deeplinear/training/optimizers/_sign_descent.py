"""Steps of one length in every coordinate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deeplinear._arrays import namespace
from deeplinear.training.optimizers._optimizer import Optimizer, State, agreeing

__all__ = ["SignDescent"]


@dataclass(frozen=True)
class SignDescent(Optimizer):
    """``w ← w − η sign(g)``: steepest descent if lengths are measured by the largest coordinate;
    what Adam is without memory.

    A coordinate without gradient rests. Nothing shortens the steps near a minimum: with a constant rate it rattles
    there.

    Examples
    --------
    >>> from deeplinear.training.optimizers import SignDescent
    >>> SignDescent().step([1.0, 1.0, 1.0], [1e-9, -5.0, 0.0], (), learning_rate=0.25)[0]
    array([0.75, 1.25, 1.  ])
    """

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next parameters, and the state, which is empty."""
        w, g, eta = agreeing(parameters, gradient, learning_rate)
        return w - eta * namespace(g).sign(g), state
