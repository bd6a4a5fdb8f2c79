"""What a thing is called in a verdict, in words that a student knows."""

from __future__ import annotations

import types
from collections.abc import Coroutine, Iterator, Mapping, Set
from typing import Any

import numpy as np

__all__ = ["RefusedError", "form", "name", "number_expected", "shorten"]


class RefusedError(Exception):
    """An answer that is not of the kind asked for; its text is the sentence to say."""


def name(value: Any) -> str:
    """What `value` is.

    >>> from deeplinear.exercises._words import name
    >>> name("0.5"), name({}), name(None), name(len), name(2.0), name([1, 2])
    ('a piece of text', 'a dictionary', 'None', 'a function', 'a number', 'a list')
    """
    if value is None or value is True or value is False:
        return str(value)
    try:
        for kinds, words in _NAMES:
            if isinstance(value, kinds):
                return words
    except Exception:  # an object may keep to itself what it is
        return "an unknown object"
    if type(value).__module__.startswith("sympy."):
        return "an object of SymPy"
    return "a function" if callable(value) else f"an object of the kind {shorten(type(value).__name__, 40)}"


_NAMES: tuple[tuple[Any, str], ...] = (
    (types.EllipsisType, "a row of dots"),
    ((str, bytes, bytearray), "a piece of text"),
    (Mapping, "a dictionary"),
    (Set, "a set"),
    (type, "a class"),
    (types.ModuleType, "a module"),
    (np.bool_, "True or False"),
    ((int, float, complex, np.number), "a number"),
    (tuple, "a tuple"),
    (list, "a list"),
    (np.ndarray, "an array"),
    (Coroutine, "an async function's promise"),
    (Iterator, "a generator"),
)


def number_expected(value: Any) -> str:
    """Why `value` is no number and no array of numbers, and what to do about it.

    >>> from deeplinear.exercises._words import number_expected
    >>> number_expected({1, 2})
    'This is a set, which has no order; give the numbers as a list.'
    """
    what = name(value)
    return f"This is {what}{_WHAT_TO_DO.get(what, ', a number or an array of numbers is expected.')}"


_WHAT_TO_DO = {
    "None": ", a number or an array of numbers is expected: does a function lack its `return`?",
    "a row of dots": ", put your numbers in their place.",
    "a piece of text": ", write the number without quotes.",
    "a dictionary": "; give its numbers alone, as a list.",
    "a set": ", which has no order; give the numbers as a list.",
    "a generator": ", which has not made its numbers yet; give them as a list.",
    "a function": "; call it, and give what it returns.",
}


def form(shape: tuple[int, ...]) -> str:
    """An array's shape in words.

    >>> from deeplinear.exercises._words import form
    >>> form(()), form((3,)), form((2, 3))
    ('a single number', 'a list of 3 numbers', 'a 2 × 3 matrix')
    """
    if len(shape) < 2:
        return f"a list of {shape[0]} number{'s' * (shape[0] != 1)}" if shape else "a single number"
    size = " × ".join(map(str, shape))
    return f"a {size} matrix" if len(shape) == 2 else f"a {size} array"


def shorten(text: str, most: int = 120) -> str:
    """The text on one line of at most `most` characters."""
    text = " ".join(text[: 20 * most].split())
    return text if len(text) <= most else text[: most - 3] + "..."
