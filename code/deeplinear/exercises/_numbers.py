"""How far numbers are from the right ones, and what a wrong one looks like."""

from __future__ import annotations

import numpy as np

from deeplinear.exercises._reading import Numbers
from deeplinear.exercises._words import form

__all__ = ["number_fault", "number_miss"]


def number_miss(want: Numbers, got: Numbers, tolerance: float, digits: int) -> float:
    """The largest error in units of the one that is allowed: at most 1 if `got` is right; infinity for another form.

    >>> import numpy as np
    >>> from deeplinear.exercises._numbers import number_miss
    >>> number_miss(np.array(1 / 15), np.array(0.0667), 1e-6, digits=3) < 1
    True
    """
    same = _aligned(want, got)
    if same is None:
        return float("inf")
    return float((np.abs(same - want) / _room(want, tolerance, digits)).max(initial=0.0))


def number_fault(want: Numbers, got: Numbers, tolerance: float, digits: int) -> str:
    """What is wrong with `got`, without the right value."""
    room = _room(want, tolerance, digits)
    if want.ndim == 2 and got.shape == want.shape[::-1] and bool((np.abs(got.T - want) <= room).all()):
        return "This is the transpose of the right matrix."
    same = _aligned(want, got)
    if same is None:
        words = form(want.shape)
        return f"{words[0].upper()}{words[1:]} is expected, this is {form(got.shape)}."
    if (np.abs(same + want) <= room).all():
        return "The sign is the opposite one."
    return _entries_fault(want, same, room) if want.size > 1 else _scalar_fault(want.item(), same.item(), room.item())


def _scalar_fault(want: float, got: float, room: float) -> str:
    if want and abs(got - 100 * want) <= 100 * room:
        return "Your value is a hundred times too large: is it a percentage?"
    if want and abs(got * want - 1) <= room / abs(want):
        return "That is the reciprocal: the quotient stands upside down."
    near = abs(got - want) <= 0.1 * abs(want) and not _whole(np.asarray(want))
    return f"Your value is too {'large' if got > want else 'small'}{', but within a tenth: check the rounding' * near}."


def _entries_fault(want: Numbers, got: Numbers, room: Numbers) -> str:
    energy = float((want * want).sum())
    factor = float((got * want).sum()) / energy if energy else 0.0
    if (
        factor
        and np.isfinite(factor)
        and np.count_nonzero(want) > 1
        and (np.abs(got - factor * want) <= room * abs(factor)).all()
    ):
        return f"Every entry is {factor:.4g} times what it should be."
    order = np.argsort(want, axis=None)
    if (np.abs(np.sort(got, axis=None) - want.ravel()[order]) <= room.ravel()[order]).all():
        return "The entries are right, their order is not."
    wrong = np.argwhere(np.abs(got - want) > room)
    first = tuple(int(i) for i in wrong[0])
    return f"{len(wrong)} of {want.size} entries differ, the first at index {first if len(first) > 1 else first[0]}."


def _room(want: Numbers, tolerance: float, digits: int) -> Numbers:
    """The error that each entry may have: half a unit of its last digit, or `tolerance` times the largest entry."""
    room = np.full(want.shape, tolerance * (np.abs(want).max(initial=0.0) or 1.0))
    if _whole(want) or not digits:
        return room
    with np.errstate(divide="ignore"):
        unit: Numbers = 10.0 ** (np.floor(np.log10(np.abs(want))) + 1 - digits)
    room[...] = np.maximum(room, 0.5 * (1 + 1e-6) * unit)  # a hair more, for halves that are not exact in binary
    return room


def _whole(want: Numbers) -> bool:
    return bool((np.abs(want - np.rint(want)) <= 1e-9 * np.abs(want).max(initial=0.0)).all())


def _aligned(want: Numbers, got: Numbers) -> Numbers | None:
    """`got` in the form of `want`; a row or a column stands for a vector, a list of one number for the number."""
    vectors = all(sum(n != 1 for n in shape) < 2 for shape in (want.shape, got.shape))
    if got.shape == want.shape or (vectors and got.size == want.size):
        return got.reshape(want.shape)
    return None
