"""What PlateauLab shows, in a sentence; the script says the same: `sentence.mjs`."""

from __future__ import annotations

import math
from typing import Any

from deeplinear.explorables.drawing.numbers import short, whole

__all__ = ["FEW", "LEFT", "count", "sentence_of"]

#: Every target has length 1, so the loss at w = 0 is ½; a network has left its plateau when its loss is half of that.
LEFT = 0.25
#: Fewer steps are no plateau.
FEW = 3


def count(steps: float) -> str:
    """A number of steps that a law expects."""
    if steps == math.inf:
        return "never"
    return whole(math.floor(steps + 0.5)) if steps < 1e6 else short(steps, 2)


def sentence_of(state: dict[str, Any], run: Any) -> str:
    """Of a state and its run."""
    who = f"Depth {state['depth']}"
    wait = -1 if run.wait is None else run.wait
    if run.diverged is not None:
        if 0 < wait < 2 * run.diverged and run.diverged > 20:
            return (
                f"{who} waits on its plateau and diverges as it leaves it, at step {whole(run.diverged)}: "
                "a rate that shortens the wait is too large for what comes after."
            )
        return f"{who} diverges at step {whole(run.diverged)}: the learning rate is too large."
    if run.left is None:
        return _waiting(who, state["identity"], run, wait)
    after = ""
    if run.loss[-1] > LEFT:
        after = f" But its steps are too large: at the end the loss is {short(run.loss[-1])}."
    elif run.flip is not None:
        after = f" Layer {run.flipped} changes its sign at step {whole(run.flip)}."
    if wait < FEW:
        return f"{who} starts at once and has halved its loss after {whole(run.left)} steps.{after}"
    balanced = f" for these layers and {count(run.wait_balanced)} for balanced ones" if run.wait_balanced else ""
    return f"{who} leaves its plateau at step {whole(run.left)}; the law says {count(wait)}{balanced}.{after}"


def _waiting(who: str, identity: float, run: Any, wait: float) -> str:
    """Of a run that has not halved its loss."""
    loss, end = short(run.loss[-1]), whole(run.steps[-1])
    if wait == math.inf:
        barred = "all layers are zero, and so are all gradients"
        if identity:
            barred = "layers of one size shrink to zero together, and none passes through it"
        return f"{who} will never leave: {barred}. The loss is {loss} after {end} steps."
    if wait < 0:
        return f"{who} has not halved its loss after {end} steps; it is {loss}."
    return f"{who} is still on its plateau after {end} steps; the law says that it leaves at step {count(wait)}."
