"""Compare a reader's answer with the right one, and say what is wrong with a wrong one without giving the right one away."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from deeplinear.exercises._registry import Answer

__all__ = ["judge"]


def judge(answer: Answer, value: Any) -> str | None:
    """None if `value` is right, else a sentence on what is wrong with it."""
    right = answer.right()
    if answer.cases is not None:
        return _judge_function(answer, right, value)
    fault = _difference(right, value, answer.tolerance)
    if fault is None:
        return None
    for advice, slip in answer.slips.items():
        if _difference(slip(), value, answer.tolerance) is None:
            return advice
    return fault


def _judge_function(answer: Answer, right: Any, value: Any) -> str | None:
    assert answer.cases is not None
    if not callable(value):
        return f"The exercise asks for a function, this is {_kind(value)}. Give the function itself, without calling it."
    for case in answer.cases():
        try:
            got = value(*case)
            if answer.measure is not None:
                got = answer.measure(got, *case)
        except Exception as error:  # the reader's code may fail in any way, and the verdict should say how
            return f"Your function raised {type(error).__name__}: {error}, for the arguments {_short(case)}."
        fault = _difference(right(*case), got, answer.tolerance)
        if fault is not None:
            return f"For the arguments {_short(case)}: {fault}"
    return None


def _difference(right: Any, value: Any, tolerance: float) -> str | None:
    if isinstance(right, str):
        return _different_words(right, value)
    if isinstance(right, tuple):
        return _different_parts(right, value, tolerance)
    if _symbolic(right) or (_symbolic(value) and not isinstance(value, (int, float))):
        return _different_expressions(right, value)
    if value is None:  # which NumPy would read as nan
        return "A number or an array of numbers is expected, this is None."
    try:
        got = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return f"A number or an array of numbers is expected, this is {_kind(value)}."
    want = np.asarray(right, dtype=float)
    if got.shape != want.shape and got.size == want.size == 1:
        got = got.reshape(want.shape)
    if got.shape != want.shape:
        return f"The shape should be {want.shape or 'that of a single number'}, this has shape {got.shape}."
    if not np.isfinite(got).all():
        return "There is a value that is not finite."
    scale = np.abs(want).max(initial=0.0) or 1.0
    if np.abs(got - want).max(initial=0.0) <= tolerance * scale:
        return None
    return _how_numbers_differ(want, got, scale, tolerance)


def _different_parts(right: tuple[Any, ...], value: Any, tolerance: float) -> str | None:
    """A tuple is an answer in several parts, such as one matrix a layer."""
    if not isinstance(value, (list, tuple)) or len(value) != len(right):
        size = f"of length {len(value)}" if isinstance(value, (list, tuple)) else _kind(value)
        return f"A list of {len(right)} parts is expected, this is {size}."
    faults = ((number, _difference(want, got, tolerance)) for number, (want, got) in enumerate(zip(right, value, strict=True)))
    return next((f"In part {number}, counted from 0: {fault}" for number, fault in faults if fault), None)


def _how_numbers_differ(want: Any, got: Any, scale: float, tolerance: float) -> str:
    if np.abs(got + want).max() <= tolerance * scale:
        return "The sign is the opposite one."
    energy = float((want * want).sum())
    factor = float((got * want).sum()) / energy if energy else 0.0
    if factor and np.abs(got - factor * want).max() <= tolerance * scale * abs(factor):
        if want.ndim == 0:
            return f"Your value is too {'large' if abs(got) > abs(want) else 'small'}{_close(got, want)}."
        return f"Every entry is {factor:.4g} times what it should be."
    if want.ndim and np.abs(np.sort(got.ravel()) - np.sort(want.ravel())).max() <= tolerance * scale:
        return "The entries are right, their order is not."
    if want.ndim == 0:
        return f"Your value is too {'large' if got > want else 'small'}{_close(got, want)}."
    wrong = int((np.abs(got - want) > tolerance * scale).sum())
    first = tuple(int(i) for i in np.argwhere(np.abs(got - want) > tolerance * scale)[0])
    return f"{wrong} of {want.size} entries differ, the first at index {first if len(first) > 1 else first[0]}."


def _close(got: Any, want: Any) -> str:
    return ", but within a tenth: check the rounding" if abs(got - want) <= 0.1 * abs(want) else ""


def _different_words(right: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return f"A word in quotes is expected, this is {_kind(value)}."
    return None if value.strip().casefold() == right.casefold() else f"{value!r} is not it."


def _different_expressions(right: Any, value: Any) -> str | None:
    import sympy

    try:
        got = sympy.sympify(value)
        gap = sympy.simplify(got - sympy.sympify(right))
    except (sympy.SympifyError, TypeError, ValueError) as error:
        return f"This cannot be read as an expression: {error}"
    if getattr(gap, "is_zero_matrix", None) or gap == 0:
        return None
    extra = sorted(str(s) for s in got.free_symbols - sympy.sympify(right).free_symbols)
    if extra:
        return f"The answer does not depend on {', '.join(extra)} (a symbol made with other assumptions counts as another)."
    return "The expression is not equal to the right one."


def _symbolic(value: Any) -> bool:
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(value, (sympy.Basic, sympy.MatrixBase))


def _kind(value: Any) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


def _short(case: tuple[Any, ...]) -> str:
    with np.printoptions(precision=4, threshold=6):
        text = ", ".join(" ".join(str(part).split()) for part in case)
    return text if len(text) <= 120 else text[:117] + "..."
