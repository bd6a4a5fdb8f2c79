"""Arguments checked once, with errors that name the argument, what it was, and what it should be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "distinct",
    "finite_array",
    "floats",
    "fraction",
    "kept",
    "namespace",
    "real_above",
    "real_array",
    "real_at_least",
    "real_number",
    "whole_number",
]


def finite_array(values: ArrayLike, name: str, dimensions: tuple[int, ...]) -> NDArray[np.float64]:
    """`values` as a float64 array with one of the allowed numbers of `dimensions`, all entries finite."""
    array = real_array(values, name)
    if array.ndim not in dimensions:
        allowed = " or ".join(map(str, dimensions))
        raise ValueError(f"{name} has {array.ndim} dimensions (shape {array.shape}), it must have {allowed}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} holds {array[where]} at index {where}: every entry must be finite")
    return array


def real_array(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """`values` as a float64 array. What a masked array masks is NaN: what lies under a mask is no value.

    NumPy would drop imaginary parts and masks, and take text and dates for numbers.
    """
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "biufO":  # O for whole numbers of any size, and None, which is NaN
            raise TypeError(f"these are {array.dtype}")
        numbers = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{name} must be an array of real numbers: {error}") from None
    masked = np.ma.getmask(values)
    return np.where(masked, np.nan, numbers) if np.any(masked) else numbers


def kept(array: NDArray[Any]) -> NDArray[Any]:
    """`array` as what is worked out of it may rely on: it cannot be written, and shares no memory with what can.

    What is read-only already, down to the array that owns the memory, is kept as it is: objects made of one another
    share it.

    Examples
    --------
    >>> import numpy as np
    >>> once = kept(np.ones(2))
    >>> once.flags.writeable, kept(once) is once
    (False, True)
    """
    owner = array if array.base is None else array.base
    if isinstance(owner, np.ndarray) and owner.flags.owndata and not (owner.flags.writeable or array.flags.writeable):
        return array
    own = array.copy(order="K")  # as it lies: sums keep their order
    own.setflags(write=False)
    return own


def real_above(value: float, bound: float, name: str) -> float:
    """`value` as a finite float strictly above `bound`."""
    number = real_number(value, name)
    if not number > bound:
        raise ValueError(f"{name} is {value!r}, it must be greater than {bound:g}")
    return number


def real_at_least(value: float, bound: float, name: str) -> float:
    """`value` as a finite float not below `bound`."""
    number = real_number(value, name)
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


def distinct(values: int | Iterable[int], least: int, name: str) -> tuple[int, ...]:
    """One whole number or several, none below `least`, none twice."""
    several = tuple(values) if isinstance(values, Iterable) else (values,)
    checked = tuple(whole_number(value, least, name) for value in several)
    if not checked or len(set(checked)) < len(checked):
        raise ValueError(f"{name} is {checked}: give at least one, each once")
    return checked


def fraction(value: float, name: str) -> float:
    """`value` as a float from 0 on and below 1."""
    number = real_number(value, name)
    if not 0 <= number < 1:
        raise ValueError(f"{name} is {value!r}, it must be at least 0 and below 1")
    return number


def real_number(value: float, name: str) -> float:
    """`value` as a finite float."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {value!r}, it must be a real number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} is {value!r}, it must be finite")
    return number


def namespace(*arrays: Any) -> Any:
    """The array library of the first argument that names one (NumPy, JAX, …); NumPy for lists and numbers.

    The mathematics of networks, problems and optimizers is written once for all of them.

    Examples
    --------
    >>> import numpy as np
    >>> namespace([1.0]) is np, namespace(np.ones(2)) is np
    (True, True)
    """
    for array in arrays:
        if not isinstance(array, np.ndarray) and hasattr(array, "__array_namespace__"):
            return array.__array_namespace__()
    return np


def floats(values: Any) -> Any:
    """As an array of floats of its own library; single precision stays single, complex stays complex."""
    if not isinstance(values, np.ndarray) and hasattr(values, "__array_namespace__"):
        return values
    array = np.asarray(values)
    return array if array.dtype.kind in "fc" else array.astype(float)
