"""Arguments checked once, with errors that name the argument, what it was, and what it should be."""

from __future__ import annotations

import math
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["finite_array", "real_above", "real_at_least", "whole_number"]


def finite_array(values: ArrayLike, name: str, dimensions: tuple[int, ...]) -> NDArray[np.float64]:
    """`values` as a float64 array with one of the allowed numbers of `dimensions`, all entries finite."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be an array of real numbers: {error}") from None
    if array.ndim not in dimensions:
        allowed = " or ".join(map(str, dimensions))
        raise ValueError(f"{name} has {array.ndim} dimensions (shape {array.shape}), it must have {allowed}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} holds {array[where]} at index {where}: every entry must be finite")
    return array


def real_above(value: float, bound: float, name: str) -> float:
    """`value` as a finite float strictly above `bound`."""
    number = _real(value, name)
    if not number > bound:
        raise ValueError(f"{name} is {value!r}, it must be greater than {bound:g}")
    return number


def real_at_least(value: float, bound: float, name: str) -> float:
    """`value` as a finite float not below `bound`."""
    number = _real(value, name)
    if not number >= bound:
        raise ValueError(f"{name} is {value!r}, it must be {bound:g} or more")
    return number


def whole_number(value: int, least: int, name: str) -> int:
    """`value` as an int not below `least`; 3.0 is refused, so a slip between real and whole depth cannot pass."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} is {value!r}, it must be a whole number")
    if value < least:
        raise ValueError(f"{name} is {value}, it must be {least} or more")
    return int(value)


def _real(value: float, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {value!r}, it must be a real number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} is {value!r}, it must be finite")
    return number
