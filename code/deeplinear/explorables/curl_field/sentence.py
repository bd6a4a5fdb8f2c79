"""What CurlField shows, in a sentence; the script says the same: `sentence.mjs`."""

from __future__ import annotations

from typing import Any

from deeplinear.explorables.drawing.numbers import short

__all__ = ["gain", "sentence_of"]


def gain(amount: float) -> str:
    """What a walk has gained, or lost."""
    return f"gained {short(amount)}" if amount > 0 else f"lost {short(-amount)}" if amount < 0 else "gained nothing"


def sentence_of(state: dict[str, Any], run: Any) -> str:
    """Of a state and its walk."""
    N, progress = state["depth"], state["progress"]
    who = f"At depth {short(N)} the walk has"
    if progress < 100:
        way = f"{who} {gain(run.gained)} after {short(progress)} % of the way"
        return f"{way}; a whole round has {gain(run.total)}."
    after = f"{who} {gain(run.total)} after one round"
    if run.total == 0:
        return after + _nothing(state, run)
    if state["loss"] == "constant":
        why = " Between depths 1 and 2 the factor (N − 1)(N − 2) is negative." if N < 2 else ""
        return f"{after}: F is not the gradient of anything.{why}"
    alone = run.constant is not None and abs(run.total - run.constant) < 1e-9 * abs(run.total)
    part = "All of it comes from the slope at 0" if alone else f"The slope at 0 alone would have {gain(run.constant)}"
    return f"{after}: F is not the gradient of anything. {part}."


def _nothing(state: dict[str, Any], run: Any) -> str:
    """Why a round gains nothing."""
    if run.curl.any():
        return ", but only because the colours inside cancel. F has curl: narrow the arcs to see it."
    why = ": F is ∇L itself" if state["depth"] == 1 else ""
    if state["loss"] == "homogeneous":
        why = ", as for every loss of degree 2/N"
    return f", to 12 digits, and F has no curl anywhere. It is a gradient{why}."
