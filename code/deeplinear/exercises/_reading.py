"""Read the numbers in whatever a reader hands in, as an array that only the judge holds."""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Coroutine, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from numbers import Complex, Number, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.exercises._symbols import plain_number, symbolic
from deeplinear.exercises._words import RefusedError, form, number_expected

__all__ = ["Numbers", "read_numbers"]

Numbers = NDArray[np.float64]

_NO_NUMBERS = (
    *(str, bytes, bytearray, bool, np.bool_, np.void, Mapping, Set, type, types.ModuleType, types.EllipsisType),
    *(types.NoneType, types.FunctionType, types.BuiltinFunctionType, Iterator, Coroutine),
)
_MOST = 1_000_000  # numbers, far more than any answer has: what is larger is not copied
_DEEPEST = 8  # lists in lists


def read_numbers(value: Any) -> Numbers:
    """The finite real numbers in a number, array, tensor, list or SymPy object.

    Raises
    ------
    RefusedError
        If there are none, or others too; its text says what `value` is instead.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from deeplinear.exercises._reading import read_numbers
    >>> read_numbers([Fraction(1, 2), 2 + 0j])
    array([0.5, 2. ])
    """
    numbers = np.array(_read(value, 0), dtype=float)
    if np.isnan(numbers).any():
        raise RefusedError("There is a value that is not a number (nan).")
    if np.isinf(numbers).any():
        raise RefusedError("There is a value that is not finite.")
    return numbers


def _read(value: Any, depth: int) -> Numbers:
    if isinstance(value, _NO_NUMBERS):
        raise RefusedError(number_expected(value))
    if symbolic(value):
        value = plain_number(value)
    if isinstance(value, (Number, Decimal)):
        return _read_number(value)
    if isinstance(value, (Sequence, deque)):
        return _read_list(value, depth)
    return _read_array(value, depth)


def _read_number(value: Any) -> Numbers:
    if isinstance(value, Complex) and not isinstance(value, Real):
        if value.imag != 0:
            raise RefusedError("This is a complex number, the answer is a real one.")
        value = value.real
    try:
        return np.asarray(float(value))
    except OverflowError:
        raise RefusedError("There is a value that is not finite.") from None
    except (TypeError, ValueError):
        raise RefusedError(number_expected(value)) from None


def _read_list(value: Any, depth: int) -> Numbers:
    if depth == _DEEPEST:
        raise RefusedError("There are lists in lists in lists without end.")
    if len(value) > _MOST:
        raise RefusedError(f"This is {form((len(value),))}, far more than the answer has.")
    parts = [_read(part, depth + 1) for part in value]
    if len({part.shape for part in parts}) > 1:
        if any(part.size != 1 for part in parts):
            raise RefusedError("The parts of the list differ in length.")
        parts = [part.reshape(()) for part in parts]  # [1.0, np.array([2.0])] can mean one thing only
    return np.array(parts, dtype=float)


def _read_array(value: Any, depth: int) -> Numbers:
    if np.ma.isMaskedArray(value) and np.ma.getmaskarray(value).any():
        raise RefusedError("An entry of this array is masked, it has no value.")
    owner = type(value)
    if hasattr(owner, "detach"):  # a PyTorch tensor, which may carry a gradient and lie on another device
        value = value.detach().cpu()
        if "bfloat16" in str(value.dtype):  # which NumPy does not know
            value = value.float()
    elif hasattr(owner, "toarray"):  # a sparse matrix
        value = value.toarray()
    array = value if isinstance(value, np.ndarray) else _as_array(value)
    if array.size > _MOST:
        raise RefusedError(f"This is {form(array.shape)}, far larger than the answer.")
    if array.dtype.kind == "O":
        if array.ndim:
            return _read(array.tolist(), depth + 1)
        inner = array.item()
        return _read(inner, depth + 1) if inner is not value and depth < _DEEPEST else _read_object(value)
    if array.dtype.kind in "bUSmM" or array.dtype.names:
        raise RefusedError(number_expected(array.reshape(-1)[0].item() if array.size else value))
    if array.dtype.kind == "c":
        if (array.imag != 0).any():
            raise RefusedError("There are complex numbers in this array, the answer has real ones.")
        array = array.real
    return np.asarray(array).astype(float)


def _as_array(value: Any) -> NDArray[Any]:
    try:
        return np.asarray(value)
    except Exception:  # an object's own code may fail in any way
        return np.asarray(_read_object(value))


def _read_object(value: Any) -> Numbers:
    """Of an object without entries, such as a number of another library."""
    if not any(hasattr(type(value), method) for method in ("__float__", "__index__")):
        raise RefusedError(number_expected(value))
    try:
        return np.asarray(float(value))
    except Exception:
        raise RefusedError(number_expected(value)) from None
