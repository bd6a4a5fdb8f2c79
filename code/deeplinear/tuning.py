"""A learning rate of its own for every method, from one lattice of rates, and never at the edge of what was tried.

The lattice has nine rates a decade, a factor of 1.29 apart. A search begins with every fourth of them over almost three
decades, goes on below or above while the best is the first or the last, and then halves the gaps beside the best until its
neighbours on the lattice have been tried. "Best" is the lowest loss at the end of the full run; a run that has diverged by
then is the worst there is, and a rate is not recommended if the next smaller one diverges.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from deeplinear.runs import Run

__all__ = ["Search", "rate", "tune"]

COARSE = tuple(range(-32, -7, 4))  # 2.8e-4 to 0.13
PROBE = (0, 8, 16, 24, 36)  # 1 to 10,000, for runs that no rate has moved
LIMIT = 63  # 1e-7 to 1e7


def rate(index: int) -> float:
    """The rate with this index on the lattice, ``10^{index/9}``, rounded to four digits.

    Examples
    --------
    >>> from deeplinear.tuning import rate
    >>> [rate(index) for index in (-9, -8, -7, 0)]
    [0.1, 0.1292, 0.1668, 1.0]
    """
    return float(f"{10 ** (index / 9):.3e}")


@dataclass
class Search:
    """What one search has seen, the final loss for each index, and what it wants to see next.

    Examples
    --------
    >>> from deeplinear.tuning import Search
    >>> search, rounds = Search(), 0
    >>> while wanted := search.wanted():
    ...     search.finals |= {index: (index + 17) ** 2 if index < -14 else float("inf") for index in wanted}
    ...     rounds += 1
    >>> search.best, rounds, sorted(search.finals)
    (-17, 3, [-32, -28, -24, -20, -19, -18, -17, -16, -14, -12, -8])
    """

    finals: dict[int, float] = field(default_factory=dict)

    @property
    def best(self) -> int:
        """The index of the lowest final loss, among those whose next smaller rate has survived too.

        A survivor among rates that diverge owes its life to chance, and is no rate to recommend.
        """
        tried = sorted(self.finals)
        tame = [tried[0]] + [above for below, above in itertools.pairwise(tried) if math.isfinite(self.finals[below])]
        return min(tame, key=lambda index: (self.finals[index], index))

    @property
    def stuck(self) -> bool:
        """Whether the rates that survive, the smallest among them, end alike: a run that does not leave its start."""
        alive = [final for final in self.finals.values() if math.isfinite(final)]
        smallest_lives = math.isfinite(self.finals[min(self.finals)])
        return smallest_lives and len(alive) > 2 and max(alive) - min(alive) < 1e-6 * max(alive)

    def wanted(self) -> list[int]:
        """The indices to try next; none when the search is over.

        Raises
        ------
        ValueError
            If the best rate runs away beyond 1e-7 or 1e7.
        """
        if not self.finals:
            return list(COARSE)
        if self.stuck and (probe := [index for index in PROBE if index not in self.finals]):
            return probe
        tried, best = sorted(self.finals), self.best
        if abs(best) >= LIMIT:
            raise ValueError(f"the best rate has gone beyond {rate(best):.0e}: is the loss of the right scale?")
        if best in (tried[0], tried[-1]):
            if self.stuck:
                return []
            return [best - 8, best - 4] if best == tried[0] else [best + 4, best + 8]
        place = tried.index(best)
        gaps = [(tried[place - 1], best), (best, tried[place + 1])]
        return [(low + high) // 2 for low, high in gaps if high - low > 1]


def tune(
    configurations: Mapping[str, Run], train: Callable[[Sequence[Run]], Iterable[float]], seeds: Sequence[int]
) -> dict[str, Run]:
    """The best of every configuration, all searches advancing together.

    Parameters
    ----------
    configurations : mapping of names to runs
        Their learning rate and seed do not matter.
    train : callable
        Takes runs and returns their final losses, ``inf`` where they have diverged.
    seeds : ints
        The first is searched with; at the best rate the others are run too.

    Returns
    -------
    dict
        Each configuration with its best rate, and the first seed.
    """
    searches = {name: Search() for name in configurations}
    repeated: set[str] = set()
    while True:
        wanted = [(name, index, seeds[0]) for name, search in searches.items() for index in search.wanted()]
        found = [name for name in searches if name not in repeated and not searches[name].wanted()]
        repeated.update(found)  # their other seeds go along with what the other searches want
        again = [(name, searches[name].best, seed) for name in found for seed in seeds[1:]]
        if not wanted and not again:
            break
        runs = [replace(configurations[name], learning_rate=rate(index), seed=seed) for name, index, seed in wanted + again]
        for (name, index, seed), final in zip(wanted + again, train(runs), strict=True):
            if seed == seeds[0]:
                searches[name].finals[index] = final
    return {name: replace(run, learning_rate=rate(searches[name].best), seed=seeds[0]) for name, run in configurations.items()}
