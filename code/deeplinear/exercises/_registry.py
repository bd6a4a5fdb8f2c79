"""The table of answers: an exercise's id, the function that computes the right value,
and how closely it must be met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ANSWERS", "Answer", "answer"]


@dataclass(frozen=True)
class Answer:
    """What is right.

    `right` computes the value when it is needed. If the exercise asks for a function, `cases` holds argument tuples on
    which the reader's function is compared with the one that `right` returns; with `measure`, called as
    ``measure(result, *case)``, it is the measure of the reader's result that is compared, so that many results can be
    right. `slips` maps a telling wrong value (computed too; a function where one is asked for) to the advice it
    deserves; `remark` is said to a correct answer.

    A number is right if it is the right one rounded to `digits` significant digits, or off by at most `tolerance` times
    the size of the answer. Whole numbers and the results of functions go by `tolerance` alone.
    """

    right: Callable[[], Any]
    tolerance: float = 1e-6
    remark: str = ""
    cases: Callable[[], list[tuple[Any, ...]]] | None = None
    slips: dict[str, Callable[[], Any]] = field(default_factory=dict)
    measure: Callable[..., Any] | None = None
    digits: int = 3


ANSWERS: dict[str, Answer] = {}


def answer(
    exercise: str,
    *,
    tolerance: float = 1e-6,
    remark: str = "",
    cases: Callable[[], list[tuple[Any, ...]]] | None = None,
    slips: dict[str, Callable[[], Any]] | None = None,
    measure: Callable[..., Any] | None = None,
    digits: int = 3,
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register the decorated function as the one that computes the answer to `exercise`.

    `digits` are those that the question asks for and the solution prints, so that what is read off there is right.
    `tolerance` is relative to the size of the answer.
    """

    def register(right: Callable[[], Any]) -> Callable[[], Any]:
        if exercise in ANSWERS:
            raise ValueError(f"exercise {exercise!r} is registered twice")
        ANSWERS[exercise] = Answer(right, tolerance, remark, cases, slips or {}, measure, digits)
        return right

    return register
