"""What GasSensorLab shows, in a sentence; the script says the same of a run at its end: `sentence.mjs`."""

from __future__ import annotations

from typing import Any

import numpy as np

from deeplinear.explorables.drawing.numbers import short, whole

__all__ = ["LIMITS", "SUDDEN", "sentence_of"]

#: A step is stable on a quadratic while the rate times the curvature is below this, 2(1 + β) for momentum β; adaptive
#: methods have no such number.
LIMITS = {"gd": 2.0, "momentum": 3.8}
#: A run that diverges by then never had a chance.
SUDDEN = 30

_NAMES = {"gd": "", "momentum": " with momentum 0.9", "adagrad": " with AdaGrad", "adam": " with Adam"}


def sentence_of(state: dict[str, Any], run: Any) -> str:
    """Of a state and its run."""
    steps, distance, optimizer = run.steps, run.distance, state["optimizer"]
    who = f"Depth {state['depth']} at {short(state['learning_rate'])}{_NAMES[optimizer]}"
    if run.diverged is not None and run.diverged < SUDDEN:
        return f"{who} diverges at step {run.diverged}: on ℓ{state['p']} this rate is too large from the start."
    if run.diverged is not None:
        best = int(np.argmin(distance))
        lowest = f"{who} is down to {short(distance[best])} after {whole(steps[best])} steps"
        return f"{lowest} and diverges at step {whole(run.diverged)}."
    end, t = short(distance[-1]), whole(steps[-1])
    if distance[-1] > 0.95 * distance[0]:
        return f"{who} has not left its plateau after {t} steps: the distance is still {end}."
    tenth = int(np.flatnonzero(steps <= steps[-1] / 10)[-1])
    where = "." if run.edge is None else _place(run.edge[-1] / LIMITS[optimizer])
    return f"{who} is at {short(distance[tenth])} after {whole(steps[tenth])} steps and at {end} after {t}{where}"


def _place(part: float) -> str:
    if part > 0.9:
        return ": its step is at the edge of stability."
    return f"; its step is at {short(100 * part, 2)} % of the edge of stability."
