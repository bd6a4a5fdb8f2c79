"""The fair-rate rule: which of the learning rates that were tried a method may be judged by.

Survivors by luck and best rates at the edge of a grid are what makes comparisons of optimizers wrong, so both are
refused, aloud.

>>> import numpy as np
>>> rates = [1e-3, 2e-3, 4e-3, 8e-3, 16e-3]
>>> finals = np.array([[5.0, 5.1], [4.0, 4.1], [3.0, 3.1], [1.0, np.inf], [np.inf, np.inf]])
>>> choice = choose(rates, finals)
>>> choice.learning_rate, choice.survival
(0.002, array([1. , 1. , 1. , 0.5, 0. ]))
>>> choice.refused[4e-3], choice.refused[8e-3]
('only 1 of 2 seeds survives at its neighbour 0.008', 'only 1 of 2 seeds survives')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import real_number

__all__ = ["DIGITS", "SURVIVAL", "Choice", "Neighbours", "choose", "to_digits"]

Array = NDArray[np.float64]
Neighbours = Literal["both", "below"]

#: The least fraction of seeds that must reach the horizon: 19 of 20.
SURVIVAL = 0.95

#: Significant digits of a loss that count; those after them are left to rounding, and differ from machine to machine.
DIGITS = 9


def to_digits(loss: float) -> float:
    """The loss as it is compared and kept, to nine significant digits.

    Examples
    --------
    >>> to_digits(0.12345678949), to_digits(float("inf"))
    (0.123456789, inf)
    """
    return float(f"{loss:.{DIGITS}g}")


@dataclass(frozen=True, eq=False)
class Choice:
    """What the rule says of a grid of rates.

    Attributes
    ----------
    learning_rate : float or None
        The chosen rate; None if no rate may be chosen.
    rates, median, survival : (rates,)
        In increasing order: the rates, the median of the final losses, and the fraction of the seeds that survive.
        NaN where a rate was not run.
    refused : dict
        Rates and why each may not be chosen, in words.
    beyond : "", "below" or "above"
        On which side of the grid a better rate may lie, where the lowest median is at its edge; then nothing is
        chosen.
    """

    learning_rate: float | None
    rates: Array
    median: Array
    survival: Array
    refused: dict[float, str]
    beyond: Literal["", "below", "above"] = ""


def choose(
    rates: ArrayLike,
    finals: ArrayLike,
    *,
    survival: float = SURVIVAL,
    neighbours: Neighbours = "both",
    edges: bool = False,
) -> Choice:
    """The best admissible learning rate, and why others are refused.

    The rule, in full. A rate is *tried* if at least one of its seeds was run; the others do not count at all. Order
    the tried rates by size. Of each,

    * the *survival* is the number of seeds whose final loss is finite, divided by the number of seeds that were run,
    * the *median* is that of the final losses of the seeds that were run, a diverged one being larger than all
      others; of an even number, the mean of the two in the middle; compared to nine significant digits,
    * the *neighbours* are the next smaller and the next larger tried rate.

    A rate is refused for the first of these reasons that holds:

    1. its survival is below `survival`;
    2. the survival of its smaller neighbour, if it has one, is below `survival`;
    3. the survival of its larger neighbour, if it has one, is below `survival` (with ``neighbours="both"`` only);
    4. it has no smaller neighbour, or no larger one: it is an edge (not with ``edges=True``).

    The rate of lowest median is chosen among those that are not refused; of equal ones, the smallest. If an edge
    (refused for reason 4) has a lower median than all of these, or an equal one and is the smaller, nothing is
    chosen: the best rate may lie outside what was tried. How fine the grid is, is its maker's affair: a search
    refines it to a factor of 1.25.

    Parameters
    ----------
    rates : (rates,)
        Positive, each once, in any order.
    finals : (rates, seeds)
        Loss at the horizon; ``inf`` of a run that diverged before, NaN of one that was not made.
    survival : float
        The least fraction; above one half, so that the median of what is chosen is finite, and at most 1.
    neighbours : "both" or "below"
        Which neighbours must survive. The records of the first edition ask for the smaller one alone.
    edges : bool
        Whether an edge may be chosen. It may in the records of the first edition.

    Raises
    ------
    ValueError
        If something is out of its range, or the shapes do not fit.

    Examples
    --------
    >>> choose([0.1, 0.2, 0.4], [[3.0], [2.0], [1.0]]).beyond
    'above'
    >>> choose([0.1, 0.2, 0.4], [[3.0], [2.0], [1.0]], edges=True).learning_rate
    0.4
    """
    eta, losses = _checked(rates, finals)
    if not 0.5 < real_number(survival, "survival") <= 1:
        raise ValueError(f"survival is {survival!r}, it must be above 0.5, so that medians are finite, and at most 1")
    if neighbours not in ("both", "below"):
        raise ValueError(f"neighbours is {neighbours!r}, it must be 'both' or 'below'")
    run, alive = (~np.isnan(losses)).sum(axis=1), np.isfinite(losses).sum(axis=1)
    median, surviving = np.full(len(eta), np.nan), np.full(len(eta), np.nan)
    tried = np.flatnonzero(run).tolist()
    for i in tried:
        median[i] = np.median(losses[i][~np.isnan(losses[i])])
        surviving[i] = alive[i] / run[i]

    def few(i: int) -> str:
        """What is wrong with the survival of rate `i`; nothing if nothing is."""
        if alive[i] >= survival * run[i] - 1e-9:
            return ""
        count = f"only {alive[i]}" if alive[i] else "none"
        return f"{count} of {run[i]} seeds survive{'s' if alive[i] < 2 else ''}"

    refused: dict[float, str] = {}
    best, best_side = -1, ""
    compared = [to_digits(loss) for loss in median.tolist()]
    for place, i in enumerate(tried):
        below = tried[place - 1] if place else None
        above = tried[place + 1] if place + 1 < len(tried) else None
        side = "below" if below is None else "above" if above is None else ""
        asked = (below, above) if neighbours == "both" else (below,)
        nearby = [f"{few(j)} at its neighbour {eta[j]:.4g}" for j in asked if j is not None and few(j)]
        reason = few(i) or (nearby[0] if nearby else "")
        if not reason and (best < 0 or compared[i] < compared[best]):
            best, best_side = i, side
        if not reason and side and not edges:
            reason = f"it is the {'smallest' if side == 'below' else 'largest'} rate that was tried"
        if reason:
            refused[float(eta[i])] = reason
    if best < 0:
        return Choice(None, eta, median, surviving, refused)
    if best_side and not edges:
        return Choice(None, eta, median, surviving, refused, "below" if best_side == "below" else "above")
    return Choice(float(eta[best]), eta, median, surviving, refused)


def _checked(rates: ArrayLike, finals: ArrayLike) -> tuple[Array, Array]:
    """Both in the order of increasing rates."""
    eta, losses = np.asarray(rates, dtype=float), np.asarray(finals, dtype=float)
    if eta.ndim != 1 or losses.ndim != 2 or len(eta) != len(losses):
        raise ValueError(
            f"rates has shape {eta.shape} and finals {losses.shape}: they must be (rates,) and (rates, seeds)"
        )
    if not (np.isfinite(eta).all() and (eta > 0).all()) or len(set(eta.tolist())) < len(eta):
        raise ValueError(f"rates is {eta.tolist()}: each must be positive and given once")
    if np.isneginf(losses).any():
        raise ValueError("finals holds -inf: a run that has diverged ends at inf, one that was not made at NaN")
    order = eta.argsort()
    return eta[order], losses[order]
