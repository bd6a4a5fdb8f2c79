"""How the rates of the book's first records were found: their lattice, and the rule that chooses from them.

Later records say in their provenance by which rule they are read.
"""

from __future__ import annotations

from typing import TypedDict

from deeplinear.training.tuning.rule import SURVIVAL, Neighbours

__all__ = ["RULE", "Reading", "rate"]


class Reading(TypedDict):
    """The settings of :func:`deeplinear.training.tuning.choose` that a record is read with."""

    survival: float
    neighbours: Neighbours
    edges: bool


#: The lowest loss of the first seed, and not one above a rate that has diverged by then.
RULE: Reading = {"survival": SURVIVAL, "neighbours": "below", "edges": True}


def rate(index: int) -> float:
    """The rate with this index on the lattice, nine a decade: ``10^{index/9}``, rounded to four digits.

    Examples
    --------
    >>> from deeplinear.replication.first_edition import rate
    >>> [rate(index) for index in (-9, -8, -7, 0)]
    [0.1, 0.1292, 0.1668, 1.0]
    """
    return float(f"{10 ** (index / 9):.3e}")
