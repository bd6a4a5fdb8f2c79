"""Steps preconditioned from both sides by what gradients have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from deeplinear._arrays import floats, fraction, namespace, real_above, real_at_least
from deeplinear.training.optimizers._optimizer import Optimizer, State
from deeplinear.training.optimizers._spectra import agreeing_layers, symmetric_power, transposed

__all__ = ["Shampoo"]


@dataclass(frozen=True)
class Shampoo(Optimizer):
    """``L ← L + GGᵀ``, ``R ← R + GᵀG``, ``W ← W − η (L + εI)^{−1/4} G (R + εI)^{−1/4}``, layer by layer.

    From one gradient alone this is ``UVᵀ``, Muon's direction (Gupta, Koren & Singer 2018, arXiv:1802.09568). The roots
    are taken anew at every step: code that keeps them for many steps to save time can explode.

    Parameters
    ----------
    decay : float, optional
        β of running means ``β L + (1−β) GGᵀ`` in place of the sums, corrected for their start at zero as in Adam; 0 has
        no memory. Sums, as in the paper, make steps shrink like those of AdaGrad.
    epsilon : float
        ε; with 0, directions without any gradient so far stay as they are.
    exponent : float
        Of each of the two roots: 1/4 in the paper. Some code takes 1/2, under which the step is ``UΣ⁻¹Vᵀ`` from one
        gradient: the smaller a gradient, the longer its step.

    Examples
    --------
    >>> import numpy as np
    >>> from deeplinear.training.optimizers import Shampoo
    >>> W, G = np.zeros((1, 2)), np.array([[3.0, 4.0]])
    >>> for exponent in (1 / 4, 1 / 2):
    ...     method = Shampoo(epsilon=0.0, exponent=exponent)
    ...     print(method.step(W, G, method.initial_state(W), learning_rate=1.0)[0].round(6))
    [[-0.6 -0.8]]
    [[-0.12 -0.16]]
    """

    rotation_equivariant: ClassVar[bool] = True
    acts_on: ClassVar[Literal["entries", "layers", "network"]] = "layers"

    decay: float | None = None
    epsilon: float = 1e-6
    exponent: float = 0.25

    def __post_init__(self) -> None:
        if self.decay is not None:
            fraction(self.decay, "decay")
        real_at_least(self.epsilon, 0.0, "epsilon")
        real_above(self.exponent, 0.0, "exponent")

    def initial_state(self, parameters: Any) -> State:
        """``L`` and ``R``, zero, and the number of steps taken, 0."""
        W = floats(parameters)
        xp = namespace(W)
        sides = [xp.zeros((*W.shape[:-2], size, size), dtype=W.dtype) for size in W.shape[-2:]]
        return (*sides, np.zeros(()))

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next layer (..., rows, columns), and the state: ``L``, ``R``, number of steps taken."""
        W, G, eta = agreeing_layers(parameters, gradient, learning_rate)
        t = state[2] + 1.0
        left, right = self._gathered(state[0], G @ transposed(G)), self._gathered(state[1], transposed(G) @ G)
        before, after = (
            symmetric_power(self._corrected(side, t), -self.exponent, self.epsilon) for side in (left, right)
        )
        return W - eta * (before @ G @ after), (left, right, t)

    def _gathered(self, old: Any, new: Any) -> Any:
        return old + new if self.decay is None else self.decay * old + (1 - self.decay) * new

    def _corrected(self, side: Any, t: Any) -> Any:
        if self.decay is None:
            return side
        return side / namespace(side).asarray(1 - self.decay**t, dtype=side.dtype)
