"""Runs in blocks that a core's cache holds, on all cores: where the gradient of a run is its own affair."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from deeplinear import _threads
from deeplinear._settings import is_ours
from deeplinear.problems import Problem
from deeplinear.training._paced import paced
from deeplinear.training.loop import QUIET, Batch, Look, longer
from deeplinear.training.oracles import Oracle
from deeplinear.training.recording import Trajectories
from deeplinear.training.run import Run
from deeplinear.training.squads import Squad

__all__ = ["BlockBatch"]

_Answer = TypeVar("_Answer")

_LONGEST, _PATIENCE = 4096, 0.005  # steps, and seconds, until it comes back to report and to be measured


class BlockBatch(Batch):
    """Squads that know nothing of each other, some on each core.

    How many cores is measured. What the reader has written may not bear two threads, and is done on one.
    """

    #: A few arrays of this size stay in the last cache; fresh memory would cost more than the sums.
    room = 2.0**21
    leap = 1

    def __init__(self, problem: Problem, oracle: Oracle, runs: Sequence[Run], *of: Any) -> None:
        super().__init__(problem, oracle, runs, *of)
        parts = {type(part) for run in runs for part in (problem, run.network, run.optimizer, run.schedule)}
        self.cores = min(_threads.blas_threads(), len(self.squads)) if all(map(is_ours, parts)) else 1
        self.crew = _threads.Crew((1, self.cores) if self.cores > 1 else (1,))
        self.others = ThreadPoolExecutor(max(self.cores - 1, 1))
        if self.cores == 1:  # then matrix products may have all threads
            self.oracle = paced(oracle)

    def _looks(self, with_loss: bool) -> list[Look]:
        return self._each(lambda squad: Look.at(self.oracle, squad.weights(), with_loss), self.squads)

    def _advance(self, limit: int, result: Trajectories) -> None:
        begin, until = time.perf_counter(), min(limit, self.step + self.leap)
        pairs = list(zip(self.squads, self.looks, strict=True))
        taken: list[int] = self._each(lambda pair: self._go(pair[0], pair[1], until, result), pairs)
        seconds = time.perf_counter() - begin
        self.crew.took(seconds, sum(taken))
        self.leap = longer(self.leap, seconds, _PATIENCE, _LONGEST)
        self.step, self.squads = until, [squad for squad in self.squads if len(squad.members)]

    def _go(self, squad: Squad, look: Look, until: int, result: Trajectories) -> int:
        """A squad goes on from where it has been looked at, and who diverges on the way leaves it;
        returns how many steps of a run it took.
        """
        taken = 0
        for step in range(self.step, until):
            if step > self.step:
                look = Look.at(self.oracle, squad.weights(), self.needs_loss)
            if not look.alive.all():
                result.diverged_at[squad.members[~look.alive]] = step
                squad.keep(look.alive)
                look = look.of(look.alive)
            if not len(squad.members):
                break
            squad.step(look.slopes, step, look.losses)
            taken += len(squad.members)
        return taken

    def _each(self, work: Callable[[Any], _Answer], things: Sequence[Any]) -> list[_Answer]:
        """`work` on each of them, in their order; every core has its share."""
        n = self.crew.threads
        later = [self.others.submit(_share, work, things[core::n]) for core in range(1, n)]
        shares = [_share(work, things[::n]), *(share.result() for share in later)]
        return [shares[i % n][i // n] for i in range(len(things))]


def _share(work: Callable[[Any], _Answer], things: Sequence[Any]) -> list[_Answer]:
    with np.errstate(**QUIET):  # a thread begins with none of it
        return [work(thing) for thing in things]
