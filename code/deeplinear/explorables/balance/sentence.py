"""What BalanceDrift shows, in a sentence; the script says the same: `sentence.mjs`."""

from __future__ import annotations

from typing import Any

from deeplinear.explorables.drawing.numbers import short

__all__ = ["BALANCED", "is_balanced", "sentence_of"]

#: A start counts as balanced below this imbalance relative to the layers: far above rounding, far below the other
#: starts.
BALANCED = 1e-9


def is_balanced(run: Any) -> bool:
    """Whether a run began in balance."""
    return bool(run.relative[0] < BALANCED)


def sentence_of(state: dict[str, Any], run: Any) -> str:
    """Of a state and its run."""
    if run.diverged is not None:
        return f"The network diverges at step {run.diverged}: the learning rate is too large."
    apart = f"rule and network are up to {_percent(run.distance.max())} apart"
    if run.rule_diverged is not None:
        apart = f"the rule diverges at step {run.rule_diverged}"
    twice = (
        "twice the rate diverges" if run.drift_at_twice is None else f"{short(run.drift_at_twice, 2)} at twice the rate"
    )
    drifts = f"descent drifts by {short(run.drift[-1], 2)} ({twice})"
    if is_balanced(run):
        return f"From a balanced start, flow stays balanced and {drifts}; {apart}."
    before, after, law = (short(sizes.max(), 2) for sizes in (run.imbalance[0], run.imbalance[-1], run.law[-1]))
    if state["weight_decay"] > 0:
        return f"Weight decay shrinks the imbalance from {before} to {after}, flow's law says {law}; {apart}."
    return f"Flow keeps the imbalance of {before}, {_percent(run.relative[0])} of the layers' size; {drifts}; {apart}."


def _percent(part: float) -> str:
    return f"{short(100 * part, 2)} %"
