"""What PreconditionerLens shows, in a sentence; the script says the same: `sentence.mjs`."""

from __future__ import annotations

from typing import Any

from deeplinear.explorables.drawing.numbers import short

__all__ = ["PLANES", "sentence_of", "vector_name"]

#: Each plane is spanned by two eigenvectors ``u_r v_{r'}ᵀ``, given by their indices ``[r, r']``.
PLANES = {"11-22": ((0, 0), (1, 1)), "11-12": ((0, 0), (0, 1)), "12-21": ((0, 1), (1, 0))}

_LOW = "₁₂"


def vector_name(at: tuple[int, int]) -> str:
    """An eigenvector of P."""
    return f"u{_LOW[at[0]]}v{_LOW[at[1]]}ᵀ"


def sentence_of(state: dict[str, Any], run: Any) -> str:
    """Of a state and what becomes of its gradient."""
    depth, plane = state["depth"], state["plane"]
    if depth == 1:
        return "One layer: P is the identity, and every gradient stays as it is."
    if state["sigma_1"] == state["sigma_2"] == 0:
        return f"At W = 0 every eigenvalue of depth {depth} is 0: whatever the gradient, nothing moves."
    names, axes = [vector_name(at) for at in PLANES[plane]], run.axes
    a, b = (f"λ{_LOW[r]}{_LOW[s]} = {short(value)}" for (r, s), value in zip(PLANES[plane], axes, strict=True))
    if run.turned is None:
        dead = names[0 if axes[0] == 0 and run.before[0] != 0 else 1]
        return f"W has nothing along {dead}, and depth {depth} cannot start it: P∇ = 0."
    longer = f"Depth {depth} makes the gradient {short(run.amplification)} times as long"
    if 0 in axes:
        return f"{longer}. Nothing is left along {names[0 if axes[0] == 0 else 1]}, which W does not have ({a}, {b})."
    if run.turned == 0:
        why = (
            "both eigenvalues are equal, the circle stays a circle" if run.before.all() else "it is an eigenvector of P"
        )
        return f"{longer} and does not turn it: {why} ({a}, {b})."
    both = f"{a}, {b}"
    if plane == "11-12":
        both = f"{a} is {short(axes[0] / axes[1])} times {b}; N = {depth} times is the most"
    towards = names[0 if axes[0] > axes[1] else 1]
    return f"{longer} and turns it by {short(run.turned)}° towards {towards} ({both})."
