"""Compare a reader's answer with the right one, and say what is wrong with a wrong one without giving the right one
away.

An answer is right if it is equal to the right one in value, of whatever type it is, to the digits that the question
asks for. A slip that the exercise foresees is named before anything else is said. What is handed in is only read, and
no answer makes the judge fail.
"""

from __future__ import annotations

from typing import Any

from deeplinear.exercises._functions import judge_function
from deeplinear.exercises._kinds import fault, miss, read
from deeplinear.exercises._patience import TooLong, patience
from deeplinear.exercises._registry import Answer
from deeplinear.exercises._words import RefusedError

__all__ = ["judge"]


def judge(answer: Answer, value: Any) -> str | None:
    """None if `value` is right, else a sentence on what is wrong with it.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from deeplinear.exercises._judge import judge
    >>> from deeplinear.exercises._registry import Answer
    >>> third = Answer(lambda: 1 / 3, slips={"The sum has three terms.": lambda: 0.5})
    >>> judge(third, Fraction(1, 3)), judge(third, "0.333"), judge(third, [0.5])
    (None, 'This is a piece of text, write the number without quotes.', 'The sum has three terms.')
    """
    right = answer.right()
    if answer.cases is not None:
        return judge_function(answer, right, value)
    slips = {advice: slip() for advice, slip in answer.slips.items()}
    try:
        with patience():
            return _verdict(answer, right, slips, value)
    except KeyboardInterrupt:
        raise
    except RefusedError as refusal:
        return str(refusal)
    except TooLong:
        return "It takes too long to find the value of this; give it as a number."
    except BaseException:  # an object's own code may fail in any way when it is looked at
        return "This cannot be read as an answer."


def _verdict(answer: Answer, right: Any, slips: dict[str, Any], value: Any) -> str | None:
    """The nearest of the right value and the slips decides, if it is near enough."""
    missed = _miss(answer, right, value)
    nearest = {advice: _miss(answer, slip, value) for advice, slip in slips.items()}
    advice = min(nearest, key=nearest.__getitem__, default=None)
    if missed <= 1 and (advice is None or missed <= nearest[advice]):
        return None
    if advice is not None and nearest[advice] <= 1:
        return advice
    return fault(right, read(right, value), answer.tolerance, answer.digits)


def _miss(answer: Answer, candidate: Any, value: Any) -> float:
    try:
        return miss(candidate, read(candidate, value), answer.tolerance, answer.digits)
    except RefusedError:
        return float("inf")
