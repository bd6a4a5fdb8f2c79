"""Learning-rate schedules: a factor on the rate, from the number of steps taken and the loss before the next one.

>>> from deeplinear.schedules import WarmUp
>>> schedule = WarmUp(steps=4)
>>> [float(schedule(step, loss=1.0)) for step in range(6)]
[0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import real_above, whole_number

__all__ = ["Constant", "PowerOfLoss", "Schedule", "WarmUp"]

Array = NDArray[np.float64]


class Schedule(Protocol):
    """The factor on the learning rate, from the number of steps taken and the loss before the next one.

    `needs_loss` says whether it looks at the loss at all; if not, any array of the right shape will do.
    """

    needs_loss: ClassVar[bool]

    def __call__(self, step: int, loss: ArrayLike) -> Array: ...


@dataclass(frozen=True)
class Constant:
    """The factor 1 throughout.

    Examples
    --------
    >>> from deeplinear.schedules import Constant
    >>> print(Constant()(step=7, loss=3.0))
    1.0
    """

    needs_loss: ClassVar[bool] = False

    def __call__(self, step: int, loss: ArrayLike) -> Array:
        """1, in the shape of `loss`."""
        return np.ones_like(np.asarray(loss, dtype=float))


@dataclass(frozen=True)
class WarmUp:
    """A linear rise from ``1/steps`` to 1 over the first `steps` steps: the factor is ``min(1, (step + 1)/steps)``.

    Examples
    --------
    >>> from deeplinear.schedules import WarmUp
    >>> print(WarmUp(steps=4)(step=0, loss=3.0), WarmUp(steps=4)(step=9, loss=3.0))
    0.25 1.0
    """

    needs_loss: ClassVar[bool] = False

    steps: int

    def __post_init__(self) -> None:
        whole_number(self.steps, 1, "steps")

    def __call__(self, step: int, loss: ArrayLike) -> Array:
        """The factor, in the shape of `loss`."""
        return np.full_like(np.asarray(loss, dtype=float), min(1.0, (step + 1) / self.steps))


@dataclass(frozen=True)
class PowerOfLoss:
    """A step that follows the loss, ``(L / reference)^exponent``; −1/2 lengthens it as an ℓ4 loss flattens out.

    Examples
    --------
    >>> from deeplinear.schedules import PowerOfLoss
    >>> print(PowerOfLoss(exponent=-0.5)(step=0, loss=0.25))
    2.0
    """

    needs_loss: ClassVar[bool] = True

    exponent: float
    reference: float = 1.0

    def __post_init__(self) -> None:
        if not math.isfinite(self.exponent):
            raise ValueError(f"exponent is {self.exponent!r}, it must be finite")
        real_above(self.reference, 0.0, "reference")

    def __call__(self, step: int, loss: ArrayLike) -> Array:
        """The factor, in the shape of `loss`; infinite at loss 0 if the exponent is negative."""
        with np.errstate(divide="ignore"):
            return np.asarray((np.asarray(loss, dtype=float) / self.reference) ** self.exponent)
