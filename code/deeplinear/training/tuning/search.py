"""The search for a rate: where the rule has not enough to go by, it says which runs it wants to see.

>>> search, rounds = Search(seeds=range(20)), 0
>>> while wanted := search.wanted():
...     search.finals |= {(k, seed): (k + 17) ** 2 if k < -14 else float("inf") for k, seed in wanted}
...     rounds += 1
>>> search.best, rate(search.best), rounds, len(search.finals)
(-17, 0.02252, 4, 87)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.training.run import Run
from deeplinear.training.tuning.rule import SURVIVAL, Choice, Neighbours, choose

__all__ = ["COARSE", "Search", "rate", "search_together"]

COARSE = tuple(range(-36, -7, 4))  # 3.2e-4 to 0.17, a factor of 2.4 apart
PROBE = (0, 10, 20, 30, 41)  # 1 to 10,000, for runs that no rate has moved
LIMITS = (1e-7, 1e7)
_MOVED = 1e-6  # the least change of a loss, as a part of what it was at the start, of a run that has left its start
_ROUNDING = 1e-12  # of the loss at the start: what is left of it is the noise of rounding, no difference between rates
_FINE = 1e307  # the final loss that is hoped for where nothing is known: that of a survivor which is not wanted


def rate(index: int) -> float:
    """The rate with this index on the lattice, ``1.25**index``, rounded to four digits.

    Examples
    --------
    >>> [rate(index) for index in (-10, -9, -1, 0, 1)]
    [0.1074, 0.1342, 0.8, 1.0, 1.25]
    """
    return float(f"{1.25**index:.3e}")


@dataclass
class Search:
    """What one search has seen, and what it wants to see next, until :func:`choose` has enough to go by.

    It begins with every fourth rate of the lattice over almost three decades and a few seeds; goes on below or
    above while the best is the first or the last; halves the gaps beside the best until its neighbours on the
    lattice have been tried; and then wants all seeds of these three. Where the rule refuses the best for what they
    show, the next best takes its place. On the way it hopes: seeds not yet run do as those that were, neighbours
    not yet tried survive.

    Parameters
    ----------
    seeds : ints
        What `finals` calls them.
    few : int
        How many of them each new rate is tried with.
    survival, neighbours
        As for :func:`choose`.
    lattice : callable
        Rates of whole numbers, increasing.
    coarse, probe : ints
        Where a search begins, and where it looks if no rate moves the runs.
    finals : dict
        Final losses by (index, seed), ``inf`` where a run has diverged: to be filled with what is `wanted`.
    starts : dict
        Losses at step 0 by seed, not finite where the loss or its gradient is not. Without them no run is taken for
        one that does not leave its start, and no loss for the noise of rounding.
    """

    seeds: Sequence[int] = (0,)
    few: int = 3
    survival: float = SURVIVAL
    neighbours: Neighbours = "both"
    lattice: Callable[[int], float] = rate
    coarse: Sequence[int] = COARSE
    probe: Sequence[int] = PROBE
    finals: dict[tuple[int, int], float] = field(default_factory=dict)
    starts: dict[int, float] = field(default_factory=dict)

    @property
    def tried(self) -> list[int]:
        """The indices of which a run was made, in order."""
        return sorted({index for index, _ in self.finals})

    @property
    def choice(self) -> Choice:
        """What the rule says of the runs so far."""
        return self._choose(self.tried, self.table(self.tried))

    @property
    def best(self) -> int | None:
        """The index of the chosen rate; None if none is chosen."""
        return self._index(self.tried, self.choice)

    @property
    def stuck(self) -> bool:
        """Whether every run that survives, at the smallest rate and more than one other,
        ends at the loss it started from.
        """
        alive = self._surviving()
        if len(alive) < 3 or alive[0] != self.tried[0]:
            return False
        ends = [(loss, self.starts.get(seed, np.nan)) for (_, seed), loss in self.finals.items() if np.isfinite(loss)]
        return all(abs(end - start) <= _MOVED * abs(start) for end, start in ends)

    def wanted(self) -> list[tuple[int, int]]:
        """The runs to make next, as (index, seed); none when the search is over.

        Raises
        ------
        ValueError
            If the best rate runs away beyond 1e-7 or 1e7, or the loss or its gradient is not a number at any start.
        """
        if not self.finals:
            return self._new(self.coarse)
        if self.starts and not np.isfinite(list(self.starts.values())).any():
            raise ValueError("the loss or its gradient is not a finite number at the start")
        tried = self.tried
        if self.stuck:
            return self._new([index for index in self.probe if index not in tried] or self._brink())
        best = self._hoped()
        if best is None or best == tried[0]:
            return self._beyond(tried[0], (-8, -4), alive=best is not None)
        if best == tried[-1]:
            return self._beyond(tried[-1], (4, 8))
        place = tried.index(best)
        gaps = itertools.pairwise(tried[place - 1 : place + 2])
        if between := [(low + high) // 2 for low, high in gaps if high - low > 1]:
            return self._new(between)
        asked = (best - 1, best, best + 1) if self.neighbours == "both" else (best - 1, best)
        return [(index, seed) for index in asked for seed in self.seeds if (index, seed) not in self.finals]

    def _new(self, indices: Iterable[int]) -> list[tuple[int, int]]:
        return [(index, seed) for index in indices for seed in self.seeds[: self.few]]

    def _beyond(self, edge: int, steps: tuple[int, int], alive: bool = True) -> list[tuple[int, int]]:
        if not LIMITS[0] < self.lattice(edge) < LIMITS[1]:
            if not alive:
                raise ValueError(
                    f"every rate down to {self.lattice(edge):.2g} diverges: is the loss of the right scale, and its "
                    "gradient a finite number?"
                )
            raise ValueError(f"the best rate has gone beyond {self.lattice(edge):.2g}: is the loss of the right scale?")
        return self._new(edge + step for step in steps)

    def _brink(self) -> list[int]:
        """Halfway from the largest rate that survives to the next, which does not: what moves a run may lie between."""
        top = self._surviving()[-1]
        above = [index for index in self.tried if index > top + 1]
        return [(top + above[0]) // 2] if above and top + 1 not in self.tried else []

    def _surviving(self) -> list[int]:
        return [index for index in self.tried if np.isfinite(_median(self.table([index])[0]))]

    def _hoped(self) -> int | None:
        """The best index if all that is not known turns out well."""
        tried = self.tried
        known = dict(zip(tried, self.table(tried), strict=True))
        every = sorted({index + step for index in tried for step in (-1, 0, 1)})
        rows = [known.get(index, np.full(len(self.seeds), _FINE)) for index in every]
        filled = np.array([np.where(np.isnan(row), _median(row), row) for row in rows])
        return self._index(every, self._choose(every, filled))

    def table(self, indices: Sequence[int]) -> NDArray[np.float64]:
        """(indices, seeds) of final losses as they are compared, NaN where no run was made.

        A loss that is nearer to 0 than 1e-12 of the losses at the start is raised to that: it counts as no lower.
        """
        losses = np.array([[self.finals.get((index, seed), np.nan) for seed in self.seeds] for index in indices])
        starts = np.abs([start for start in self.starts.values() if np.isfinite(start)])
        floor = _ROUNDING * float(np.median(starts)) if len(starts) else 0.0
        return np.where(np.abs(losses) < floor, floor, losses)

    def _choose(self, indices: Sequence[int], finals: NDArray[np.float64]) -> Choice:
        rates = [self.lattice(index) for index in indices]
        return choose(rates, finals, survival=self.survival, neighbours=self.neighbours)

    def _index(self, indices: Sequence[int], choice: Choice) -> int | None:
        return next((index for index in indices if self.lattice(index) == choice.learning_rate), None)


def _median(row: NDArray[np.float64]) -> float:
    return float(np.median(row[~np.isnan(row)]))


def search_together(
    configurations: Mapping[str, Run],
    searches: Mapping[str, Search],
    train: Callable[[list[Run]], Iterable[float]],
    start: Callable[[Run], float] | None = None,
) -> None:
    """Bring all `searches` to their end, their runs made in common batches.

    Parameters
    ----------
    configurations : mapping of names to runs
        What is searched for; their learning rate and seed do not matter.
    searches : mapping of the same names to searches
        They may have begun before.
    train : callable
        Takes runs and returns their final losses, ``inf`` where they have diverged.
    start : callable, optional
        Takes a run that was made and returns its loss at step 0, for :attr:`Search.starts`.

    Raises
    ------
    ValueError
        If one of them is refused, see :meth:`Search.wanted`; the message names it, if it has a name.
    """
    while True:
        wanted: list[tuple[Any, tuple[int, int]]] = []
        for name, search in searches.items():
            try:
                wanted += [(name, run) for run in search.wanted()]
            except ValueError as error:
                raise ValueError(f"{name}: {error}" if name else str(error)) from None
        if not wanted:
            return
        runs = [
            replace(configurations[name], learning_rate=searches[name].lattice(index), seed=seed)
            for name, (index, seed) in wanted
        ]
        for (name, (index, seed)), run, final in zip(wanted, runs, train(runs), strict=True):
            searches[name].finals[index, seed] = np.inf if np.isnan(final) else float(final)
            if start is not None:
                searches[name].starts[seed] = float(start(run))
