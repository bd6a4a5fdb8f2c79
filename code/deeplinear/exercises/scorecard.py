"""Answers to the exercises of *Scorecard*, read from the records."""

from __future__ import annotations

import numpy as np

from deeplinear.exercises._registry import answer
from deeplinear.replication import records

_DEPTHS = (1, 2, 3)


@answer("scorecard/criterion", remark="Directions survive, numbers do not.")
def _criterion() -> int:
    l2, l4 = records.read("figure-3-l2"), records.read("figure-3-l4")
    adaptive = records.read("figure-4-left")

    def within(ours: list[float], theirs: tuple[float, ...]) -> bool:
        return all(abs(mine / published - 1) <= 0.1 for mine, published in zip(ours, theirs, strict=True))

    def ends(record: records.Record) -> list[float]:
        return [float(record.median(f"depth {depth}")[-1]) for depth in _DEPTHS]

    crossings = [float(l4.crossing(f"depth {depth}", "depth 1") or np.inf) for depth in (2, 3)]
    return sum(
        (
            within(ends(l2), (0.00279, 0.00357, 0.00415)),
            within(ends(l4), (0.0367, 0.0168, 0.0064)),
            within(crossings, (260_000, 208_000)),
            within([float(adaptive.crossing("depth 3", "AdaDelta") or np.inf)], (508_000,)),
        )
    )


@answer("scorecard/seeds", tolerance=1e-2)
def _seeds() -> float:
    record, spreads = records.read("figure-3-l4"), []
    for depth in _DEPTHS:
        ends = [record.distance(run)[-1] for run in record.runs(f"depth {depth}")]
        spreads.append(np.ptp(ends) / np.median(ends))
    return float(max(spreads))


@answer("scorecard/equal-rates", remark="At one rate for all, the deepest has the longest steps.")
def _equal_rates() -> int:
    record, ends = records.read("figure-3-l4"), {}
    for depth in _DEPTHS:
        rates, distances = record.grid(f"depth {depth}")
        ends[depth] = float(distances[np.isclose(rates, 2.783e-4)][0])
    return min(ends, key=ends.__getitem__)


@answer("scorecard/budget", tolerance=1e-2, remark="Another budget, another winner.")
def _budget() -> float:
    record = records.read("figure-3-l4")
    return float(min(record.grid(f"depth {depth}", 10_000)[1].min() for depth in _DEPTHS))
