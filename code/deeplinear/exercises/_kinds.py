"""The kinds of answers: a word, yes or no, several parts, an expression, numbers.

The right value decides which one is asked for. What the reader hands in is read as that kind first, and compared as
what was read: the object itself is not looked at again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from deeplinear.exercises._expressions import expression_fault, expression_miss
from deeplinear.exercises._numbers import number_fault, number_miss
from deeplinear.exercises._reading import read_numbers
from deeplinear.exercises._symbols import read_expression, symbolic
from deeplinear.exercises._words import RefusedError, name, shorten

__all__ = ["fault", "miss", "read"]


def read(right: Any, value: Any) -> Any:
    """`value` as an answer of the kind of `right`, or RefusedError.

    >>> from deeplinear.exercises._kinds import read
    >>> read("saddle", " Saddle "), read(2.0, [2])
    ('saddle', array([2.]))
    """
    if isinstance(right, str):
        if not isinstance(value, str):
            raise RefusedError(f"A word in quotes is expected, this is {name(value)}.")
        return _word(value)
    if isinstance(right, (bool, np.bool_)):
        if not isinstance(value, (bool, np.bool_)):
            raise RefusedError(f"True or False is expected, this is {name(value)}.")
        return bool(value)
    if isinstance(right, tuple):
        return _read_parts(right, value)
    return read_expression(value) if symbolic(right) else read_numbers(value)


def miss(right: Any, got: Any, tolerance: float, digits: int) -> float:
    """How far `got`, as read, is from `right`: at most 1 if it is right."""
    if isinstance(right, tuple):
        if not isinstance(got, tuple) or len(got) != len(right):
            return float("inf")
        return max((miss(*pair, tolerance, digits) for pair in zip(right, got, strict=True)), default=0.0)
    if isinstance(right, (str, bool, np.bool_)):
        same = isinstance(got, (str, bool)) and got == (_word(right) if isinstance(right, str) else right)
        return 0.0 if same else float("inf")
    if symbolic(right):
        return expression_miss(right, got, tolerance) if symbolic(got) else float("inf")
    if not isinstance(got, np.ndarray):
        return float("inf")
    return number_miss(np.asarray(right, dtype=float), got, tolerance, digits)


def fault(right: Any, got: Any, tolerance: float, digits: int) -> str | None:
    """What is wrong with `got`, as read; None if nothing is."""
    if miss(right, got, tolerance, digits) <= 1:
        return None
    if isinstance(right, tuple):
        faults = (fault(*pair, tolerance, digits) for pair in zip(right, got, strict=True))
        return next(f"In part {number}, counted from 0: {words}" for number, words in enumerate(faults) if words)
    if isinstance(right, str):
        return f"{shorten(got, 40)!r} is not it."
    if isinstance(right, (bool, np.bool_)):
        return "It is the other way round."
    if symbolic(right):
        return expression_fault(right, got, tolerance)
    return number_fault(np.asarray(right, dtype=float), got, tolerance, digits)


def _read_parts(right: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    """A tuple is an answer in several parts, such as one matrix a layer."""
    if isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 1:  # parts of several shapes
        value = list(value)
    if hasattr(type(value), "__array__"):  # the parts may come stacked
        value = list(read_numbers(value)) if np.ndim(value) else value
    if not isinstance(value, (list, tuple)):
        raise RefusedError(f"A list of {len(right)} parts is expected, this is {name(value)}.")
    if len(value) != len(right):
        raise RefusedError(f"A list of {len(right)} parts is expected, this is of length {len(value)}.")
    parts = []
    for number, (want, part) in enumerate(zip(right, value, strict=True)):
        try:
            parts.append(read(want, part))
        except RefusedError as refusal:
            raise RefusedError(f"In part {number}, counted from 0: {refusal}") from None
    return tuple(parts)


def _word(text: str) -> str:
    return " ".join(str(text).split()).strip(" .'\"").casefold()
