"""What TwoPointLab shows, in a sentence; the script says the same: `sentence.mjs`."""

from __future__ import annotations

from typing import Any

from deeplinear.explorables.drawing.numbers import short, whole

__all__ = ["sentence_of"]


def sentence_of(state: dict[str, Any], run: Any, plain: Any) -> str:
    """Of a state and its run, beside the run of plain descent."""
    who, goal = _subject(state["method"], state["depth"]), f"a loss of {short(state['goal'])}"
    if run.diverged is not None:
        return f"{who} diverges at step {whole(run.diverged)}: the learning rate is too large."
    if run.reached is None:
        return f"{who} has not reached {goal} after {whole(run.steps[-1])} steps; the loss is {short(run.loss[-1])}."
    says = f"{who} reaches {goal} after {whole(run.reached)} step" + ("" if run.reached == 1 else "s")
    plainly = "plain gradient descent at its own rate"
    if state["method"] == "gd":
        return f"{says}."
    if plain.reached is None:
        return f"{says}; {plainly} does not within {whole(state['steps'])}."
    return f"{says}, {_pace(max(run.reached, 1), max(plain.reached, 1))} {plainly} ({whole(plain.reached)})."


def _subject(method: str, depth: int) -> str:
    if method == "factors":
        return "The plain model" if depth == 1 else f"The depth-{depth} network"
    others = {"gd": "Plain gradient descent", "momentum": "Momentum", "adam": "Adam"}
    return others.get(method, f"The end-to-end rule of depth {depth}")


def _pace(mine: int, plain: int) -> str:
    if mine == plain:
        return "as fast as"
    faster = mine < plain
    ratio = plain / mine if faster else mine / plain
    return f"{short(ratio, 2)} times {'faster' if faster else 'slower'} than"
