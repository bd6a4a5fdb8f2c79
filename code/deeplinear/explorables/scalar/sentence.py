"""What ScalarLab shows, in a sentence; the script says the same: `sentence.mjs`."""

from __future__ import annotations

from typing import Any

from deeplinear.explorables.drawing.numbers import short, whole

__all__ = ["FAINT", "sentence_of"]

#: A memory below this multiple of the learning rate is not worth a word.
FAINT = 1e-3


def sentence_of(state: dict[str, Any], run: Any) -> str:
    """Of a state and its run."""
    end = _ending(state, run)
    return f"{end} {_memory(state, run)}" if run.diverged is None else end


def _ending(state: dict[str, Any], run: Any) -> str:
    depth, start, decay, rate = (state[name] for name in ("depth", "start", "weight_decay", "learning_rate"))
    who = "Plain descent" if depth == 1 else f"Depth {depth}"
    before, last = run.w[-2:]
    if run.diverged is not None:
        return f"{who} diverges at step {whole(run.diverged)}: the learning rate is too large."
    if run.settled is not None:
        plain = "not at all" if run.plain_settled is None else f"at step {whole(run.plain_settled)}"
        return f"{who} settles at step {whole(run.settled)}" + ("." if depth == 1 else f", plain descent {plain}.")
    if start == 0 and last == 0:
        return f"{who} does not move: at 0 no factor has a gradient."
    if start < 0 and last <= 0:
        return f"{who} does not get past zero: it ends at w = {short(last)}."
    if decay > 0 and last < 1 and abs(last - before) < 1e-4 * rate:
        return f"{who} ends at w = {short(last)}: weight decay pulls below the target."
    if abs(last - 1) > abs(start - 1):
        return f"{who} ends farther from the target than it began, at w = {short(last)}."
    if (last - 1) * (before - 1) < 0:
        return f"{who} still swings around the target, w = {short(last)}."
    return f"{who} ends at w = {short(last)}."


def _memory(state: dict[str, Any], run: Any) -> str:
    """What the step that is looked at remembers."""
    rate = state["learning_rate"]
    total = sum(run.memory.tolist()) / rate
    head = f"In step {whole(run.step)} the present gradient counts {short(run.rho[run.step] / rate, 2)} η"
    if not abs(total) >= FAINT:
        return f"{head}, past ones almost nothing."
    return f"{head}, all past ones together {short(total, 2)} η: {'momentum' if total > 0 else 'a brake'}."
