"""Try a reader's function on the cases of its exercise.

Every call gets arguments of its own, and what is right is computed before the reader's code runs. So a function is
judged by what it returns alone, whatever it does to its arguments.
"""

from __future__ import annotations

import inspect
from copy import deepcopy
from typing import Any

import numpy as np

from deeplinear.exercises._kinds import fault, miss, read
from deeplinear.exercises._patience import SECONDS, TooLong, patience
from deeplinear.exercises._reading import read_numbers
from deeplinear.exercises._registry import Answer
from deeplinear.exercises._words import RefusedError, name, shorten

__all__ = ["judge_function"]

Case = tuple[Any, ...]


def judge_function(answer: Answer, right: Any, function: Any) -> str | None:
    """None if `function` is right, else a sentence on what is wrong with it."""
    assert answer.cases is not None
    cases = answer.cases()
    wants = [right(*deepcopy(case)) for case in cases]
    slips = {
        advice: [slip(*deepcopy(case)) for case in cases]
        for advice, slip in ((a, s()) for a, s in answer.slips.items())
    }
    if not callable(function) or issubclass(type(function), type):
        return (
            f"The exercise asks for a function, this is {name(function)}. Give the function itself, without calling it."
        )
    got = []
    for case, want in zip(cases, wants, strict=True):
        try:
            got.append(_result(answer, function, case, want))
        except RefusedError as refusal:
            return str(refusal)
    try:
        with patience():  # what was read may be huge, or an expression
            return _compare(answer, cases, wants, slips, got)
    except TooLong:
        return "It takes too long to compare what your function returns."


def _compare(
    answer: Answer, cases: list[Case], wants: list[Any], slips: dict[str, list[Any]], got: list[Any]
) -> str | None:
    faults = [fault(want, result, answer.tolerance, 0) for want, result in zip(wants, got, strict=True)]
    if not any(faults):
        return None
    for advice, wrong in slips.items():
        if all(miss(w, g, answer.tolerance, 0) <= 1 for w, g in zip(wrong, got, strict=True)):
            return advice
    told = ((case, words) for case, words in zip(cases, faults, strict=True) if words)
    return next(f"For the arguments {_short(case)}: {words}" for case, words in told)


def _result(answer: Answer, function: Any, case: Case, want: Any) -> Any:
    """What the function returns for the case, or the measure of it, read as an answer of the kind of `want`."""
    try:
        with patience():
            if not _takes(function, len(case)):
                raise RefusedError(f"Your function is called with {_count(case)}, it takes more or fewer.")
            result = function(*deepcopy(case))
            _look_at(result)
            if answer.measure is None:
                return read(want, result)
            result = _plain(result)
    except KeyboardInterrupt:
        raise
    except RefusedError as refusal:
        words = str(refusal)
        raise RefusedError(
            words if words.startswith("Your") else f"For the arguments {_short(case)}: {words}"
        ) from None
    except BaseException as error:  # the reader's code may fail in any way, and the verdict says how
        raise RefusedError(f"{_failure(error)}, for the arguments {_short(case)}.") from None
    try:
        with patience():
            return read(want, answer.measure(result, *deepcopy(case)))
    except Exception:
        raise RefusedError(
            f"For the arguments {_short(case)}: what your function returns is not of the form that is asked for."
        ) from None


def _takes(function: Any, count: int) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # it does not say what it takes
        return True
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def _look_at(result: Any) -> None:
    if result is None:
        raise RefusedError("Your function returns None: does it lack its `return`?")
    if inspect.iscoroutine(result):
        result.close()
        raise RefusedError("Your function is an async one; define it with `def` alone.")
    if inspect.isgenerator(result):
        raise RefusedError("Your function makes a generator; use `return` instead of `yield`.")


def _plain(result: Any) -> Any:
    """For a measure: an array, or a list of arrays where the parts are matrices or differ in shape."""
    if isinstance(result, np.ndarray) and result.dtype == object and result.ndim == 1:
        result = list(result)  # parts of several shapes
    if not isinstance(result, (list, tuple)):
        return read_numbers(result)
    parts = [read_numbers(part) for part in result]
    alike = len({part.shape for part in parts}) == 1 and parts[0].ndim < 2
    return np.array(parts) if alike else parts


def _failure(error: BaseException) -> str:
    if isinstance(error, TooLong):
        return f"Your function did not come to an end within {SECONDS:g} seconds of computing"
    if isinstance(error, RecursionError):
        return "Your function calls itself without end"
    try:
        reason = shorten(str(error), 100)
    except Exception:
        reason = ""
    if any(word in reason for word in ("dtype", "ufunc", "0x")):  # words of the machine room, of no help
        reason = ""
    return f"Your function stopped with {shorten(type(error).__name__, 40)}{f' ({reason})' if reason else ''}"


def _count(case: Case) -> str:
    return f"{len(case)} argument{'s' * (len(case) != 1)}"


def _short(case: Case) -> str:
    with np.printoptions(precision=4, threshold=6):
        return shorten(", ".join(" ".join(str(part).split()) for part in case))
