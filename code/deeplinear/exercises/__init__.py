"""Instant self-checks: ``dl.check("chapter/exercise", value)`` says whether an answer is right, and if not,
in what way.

The right answers are computed here by the package itself, never stored; each chapter has a module of them.

>>> import deeplinear as dl
>>> dl.check("preface/loss-at-zero", ...)
preface/loss-at-zero: no answer yet; replace the dots
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from typing import Any

from deeplinear.exercises._judge import judge
from deeplinear.exercises._registry import ANSWERS, Answer

__all__ = ["check"]


def check(exercise: str, value: Any) -> None:
    """Print a verdict on `value` as the answer to `exercise`.

    Parameters
    ----------
    exercise : str
        ``"chapter/exercise"``, as printed in the book.
    value : number, array, string, SymPy expression or function
        The answer, in any equivalent form: a fraction, an exact SymPy number, a tensor, a list for an array, an
        unsimplified expression for a simplified one; rounded to three digits, or to as many as the question asks for.
        A function is called on the inputs of the exercise, always on new copies, and its results are compared; what it
        prints is not shown. ``...`` means no answer yet.

    Raises
    ------
    ValueError
        If there is no such exercise; the message names the nearest one.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.check("preface/loss-at-zero", 10)
    preface/loss-at-zero: not yet. The loss carries a factor 1/p.
    """
    answer = _find(exercise)
    if value is ...:
        print(f"{exercise}: no answer yet; replace the dots")
        return
    fault = judge(answer, value)
    print(f"{exercise}: correct. {answer.remark}".rstrip() if fault is None else f"{exercise}: not yet. {fault}")


def _find(exercise: str) -> Answer:
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}")
    if not isinstance(exercise, str) or exercise not in ANSWERS:
        near = difflib.get_close_matches(str(exercise), ANSWERS, n=1, cutoff=0.3)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"there is no exercise {exercise!r}{hint}")
    return ANSWERS[exercise]
