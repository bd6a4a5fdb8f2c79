"""Learning-rate schedules: a factor on the rate, from the number of steps taken and the loss before the next one.

>>> from deeplinear.training.schedules import WarmUp
>>> schedule = WarmUp(steps=4)
>>> [float(schedule(step, loss=1.0)) for step in range(6)]
[0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, namespace, real_above, real_at_least, whole_number

__all__ = ["Constant", "CosineDecay", "PowerOfLoss", "Recorded", "Schedule", "WarmUp"]

Array = NDArray[np.float64]


class Schedule(ABC):
    """The factor on the learning rate, from the number of steps taken and the loss before the next one.

    A schedule of one's own is a frozen dataclass of its settings, and states ``__call__``.
    """

    #: Whether it looks at the loss at all; if not, any array of the right shape will do.
    needs_loss: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, step: int, loss: ArrayLike) -> Array:
        """The factor, a number or an array in the shape of `loss`, which has one entry a run."""


def unseeing(schedule: Schedule, step: int, runs: int) -> Array:
    """The factors (runs,) of a schedule that does not look at the loss.

    Raises
    ------
    ValueError
        If it does look, and does not say so.
    """
    factors = np.broadcast_to(np.asarray(schedule(step, np.full(runs, np.nan)), dtype=float), (runs,))
    if np.isnan(factors).any():
        raise ValueError(f"{schedule!r} is nan at step {step}: a schedule that reads the loss says needs_loss = True")
    return factors


@dataclass(frozen=True)
class Constant(Schedule):
    """The factor 1 throughout.

    Examples
    --------
    >>> from deeplinear.training.schedules import Constant
    >>> print(Constant()(step=7, loss=3.0))
    1.0
    """

    def __call__(self, step: int, loss: ArrayLike) -> Array:
        """1, in the shape of `loss`."""
        return np.ones_like(np.asarray(loss, dtype=float))


@dataclass(frozen=True)
class WarmUp(Schedule):
    """A linear rise from ``1/steps`` to 1 over the first `steps` steps: the factor is ``min(1, (step + 1)/steps)``.

    Examples
    --------
    >>> from deeplinear.training.schedules import WarmUp
    >>> print(WarmUp(steps=4)(step=0, loss=3.0), WarmUp(steps=4)(step=9, loss=3.0))
    0.25 1.0
    """

    steps: int

    def __post_init__(self) -> None:
        whole_number(self.steps, 1, "steps")

    def __call__(self, step: int, loss: ArrayLike) -> Array:
        """The factor, in the shape of `loss`."""
        return np.full_like(np.asarray(loss, dtype=float), min(1.0, (step + 1) / self.steps))


@dataclass(frozen=True)
class PowerOfLoss(Schedule):
    """A step that follows the loss, ``(L / reference)^exponent``; −1/2 lengthens it as an ℓ4 loss flattens out.

    Examples
    --------
    >>> from deeplinear.training.schedules import PowerOfLoss
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
        xp = namespace(loss)
        with np.errstate(divide="ignore"):
            return xp.asarray((xp.asarray(loss, dtype=float) / self.reference) ** self.exponent)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class CosineDecay(Schedule):
    """From 1 to `end` along half a cosine over `steps` steps: ``end + (1 − end)(1 + cos(π t/steps))/2``,
    and `end` after that.

    Examples
    --------
    >>> from deeplinear.training.schedules import CosineDecay
    >>> [round(float(CosineDecay(steps=4)(step, loss=1.0)), 3) for step in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """

    steps: int
    end: float = 0.0

    def __post_init__(self) -> None:
        whole_number(self.steps, 1, "steps")
        real_at_least(self.end, 0.0, "end")

    def __call__(self, step: int, loss: ArrayLike) -> Array:
        """The factor, in the shape of `loss`."""
        done = min(1.0, step / self.steps)
        return np.full_like(
            np.asarray(loss, dtype=float), self.end + (1 - self.end) * (1 + math.cos(math.pi * done)) / 2
        )


@dataclass(frozen=True)
class Recorded(Schedule):
    """A list of factors, replayed step by step; after the last one it stays there.

    Examples
    --------
    >>> from deeplinear.training.schedules import Recorded
    >>> [float(Recorded((0.5, 2.0))(step, loss=1.0)) for step in range(3)]
    [0.5, 2.0, 2.0]
    """

    factors: tuple[float, ...]

    def __init__(self, factors: ArrayLike) -> None:
        values = finite_array(factors, "factors", dimensions=(1,))
        if not values.size or (values < 0).any():
            raise ValueError(f"factors holds {values.min(initial=0.0):g}: give at least one, none of them negative")
        object.__setattr__(self, "factors", tuple(values.tolist()))

    def __call__(self, step: int, loss: ArrayLike) -> Array:
        """The factor, in the shape of `loss`."""
        return np.full_like(np.asarray(loss, dtype=float), self.factors[min(step, len(self.factors) - 1)])
