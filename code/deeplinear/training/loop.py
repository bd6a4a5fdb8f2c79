"""The loop itself: all runs that share one oracle, from step to step.

A run that diverges leaves its squad, and the others no longer pay for it.
"""

from __future__ import annotations

import itertools
import math
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deeplinear._fingerprints import fingerprint
from deeplinear.networks._network import Layers, matrix_shape
from deeplinear.problems import Problem
from deeplinear.training import _compiled
from deeplinear.training.checkpoint import Checkpoint
from deeplinear.training.oracles import Oracle, SpectralOracle
from deeplinear.training.recording import Observers, Snapshot, Trajectories, read_only
from deeplinear.training.run import Run
from deeplinear.training.squads import Squad, squads

__all__ = ["QUIET", "Batch", "CompiledBatch", "Look", "longer"]

Array = NDArray[np.float64]
Steps = NDArray[np.int64]
_Starts = Sequence[Layers]

#: Runs that diverge may overflow; they are found by what they are then.
QUIET: Any = {"over": "ignore", "invalid": "ignore", "divide": "ignore"}

_REPORT_EVERY = 64  # steps between reports of progress
_LEAP = 20_000  # steps that the compiled way takes before it comes back to report


def longer(leap: int, seconds: float, patience: float, most: int) -> int:
    """How many steps to take at once, after so many took so long: the way back costs little, and is not far."""
    return min(2 * leap, most) if seconds < patience else max(leap // 2, 1) if seconds > 8 * patience else leap


class Look(NamedTuple):
    """Where the runs of a squad are: end-to-end weights and slopes (runs, k, d), losses if asked, and who is alive."""

    weights: Array
    slopes: Array
    losses: Array | None
    alive: NDArray[np.bool_]

    @classmethod
    def at(cls, oracle: Oracle, weights: Array, with_loss: bool) -> Look:
        """What the oracle says there."""
        slopes, losses = oracle(weights, with_loss)
        return cls(weights, slopes, losses, np.isfinite(np.vecdot(slopes, slopes).sum(axis=1)))

    def of(self, rows: Any) -> Look:
        """Some rows of it."""
        losses = None if self.losses is None else self.losses[rows]
        return Look(self.weights[rows], self.slopes[rows], losses, self.alive[rows])


class Batch:
    """All runs of one oracle, squad after squad; what a squad moves at once takes at most `room` bytes."""

    room: float = math.inf

    def __init__(
        self, problem: Problem, oracle: Oracle, runs: Sequence[Run], starts: _Starts, members: Steps, dtype: DTypeLike
    ) -> None:
        self.problem, self.oracle, self.all, self.step, self.seconds = problem, oracle, members, 0, 0.0
        if oracle.basis is not None:
            turn = oracle.basis.T
            starts = [(first @ turn, *rest) for first, *rest in starts]
        self.squads: list[Squad] = squads(runs, starts, members, matrix_shape(problem.shape), dtype, self.room)
        #: In which the layers are, and so a checkpoint: another processor or library may turn the eigenbasis.
        self.coordinates = fingerprint(oracle.basis)
        self.needs_loss = any(run.schedule.needs_loss for run in runs)

    def advance(
        self, result: Trajectories, observe: Observers, progress: Callable[[int], object], checkpoint: Checkpoint | None
    ) -> float:
        """To the last mark, or until every run has diverged; what is kept goes into `result`.
        Returns the seconds it took.
        """
        if checkpoint is not None:
            checkpoint.load(self, result)
        begin, marks, told = time.monotonic() - self.seconds, result.marks.tolist(), self.step
        progress(told * len(self.all))  # what an earlier attempt has done
        self._begin(result)
        with np.errstate(**QUIET):
            while self.squads:
                following = bisect_right(marks, self.step)
                self._look(following - 1 if self.step in marks[following - 1 : following] else None, result, observe)
                if self.step >= marks[-1] or not self._goes_on(result):
                    break
                self._advance(marks[following], result)
                if self.step - told >= _REPORT_EVERY:
                    progress((self.step - told) * len(self.all))
                    told = self.step
                if checkpoint is not None and checkpoint.due():
                    self._save(checkpoint, result, time.monotonic() - begin)
        self.seconds = time.monotonic() - begin
        if checkpoint is not None:
            self._save(checkpoint, result, self.seconds)
        progress((marks[-1] - told) * len(self.all))
        return self.seconds

    def members(self) -> Steps:
        """Which runs are alive, in the order of their rows."""
        return np.concatenate([squad.members for squad in self.squads] or [np.empty(0, np.int64)])

    def keep(self, alive: NDArray[np.bool_]) -> None:
        """Drop the other rows."""
        for squad, span in zip(self.squads, self._spans(), strict=True):
            squad.keep(alive[span])
        self.squads = [squad for squad in self.squads if len(squad.members)]

    def _begin(self, result: Trajectories) -> None:
        """What there is to do before the first step."""

    def _goes_on(self, result: Trajectories) -> bool:
        return bool(self.squads)

    def _save(self, checkpoint: Checkpoint, result: Trajectories, seconds: float) -> None:
        self.seconds = seconds
        checkpoint.save(self, result)

    def _look(self, mark: int | None, result: Trajectories, observe: Observers) -> None:
        """Who has diverged leaves, and at a mark what is asked for is kept of the others."""
        self.looks = self._looks(with_loss=self.needs_loss or mark is not None)
        alive = self.looks[0].alive if len(self.looks) == 1 else np.concatenate([look.alive for look in self.looks])
        if not alive.all():
            result.diverged_at[self.members()[~alive]] = self.step
            self.keep(alive)
            self.looks = [look.of(look.alive) for look in self.looks if look.alive.any()]
        if mark is not None:
            self._record(mark, result, observe)

    def _looks(self, with_loss: bool) -> list[Look]:
        """Where each squad is: one question to the oracle, for all."""
        if len(self.squads) == 1:
            return [Look.at(self.oracle, self.squads[0].weights(), with_loss)]
        whole = Look.at(self.oracle, np.concatenate([squad.weights() for squad in self.squads]), with_loss)
        return [whole.of(span) for span in self._spans()]

    def _advance(self, limit: int, result: Trajectories) -> None:
        """One step, or several: not beyond `limit`."""
        for squad, look in zip(self.squads, self.looks, strict=True):
            squad.step(look.slopes, self.step, look.losses)
        self.step += 1

    def _spans(self) -> list[slice]:
        ends = np.cumsum([0, *(len(squad.members) for squad in self.squads)]).tolist()
        return [slice(a, b) for a, b in itertools.pairwise(ends)]

    def _record(self, mark: int, result: Trajectories, observe: Observers) -> None:
        back = self.oracle.basis
        for squad, (here, _, losses, _) in zip(self.squads, self.looks, strict=True):
            assert losses is not None
            loss = self.exact(here, losses)
            result.loss[squad.members, mark] = loss
            layers = squad.layers()
            if back is not None:
                layers, here = (layers[0] @ back, *layers[1:]), here @ back
            layers, (here, loss) = read_only(layers), read_only((here, loss))
            snapshot = Snapshot(self.problem, squad.networks, layers, squad.depths, here, loss, self.step)
            for name, observer in observe.items():
                result.keep(name, squad.members, mark, observer(snapshot))

    def exact(self, weights: Array, losses: Array) -> Array:
        """The losses from the residuals, where the oracle's are rounded."""
        if not getattr(self.oracle, "rounds", False):
            return losses
        turned = weights if self.oracle.basis is None else weights @ self.oracle.basis
        found = np.asarray(self.problem.loss(turned.reshape(len(weights), *self.problem.shape)))
        return np.where(np.isfinite(found), found, losses)


class CompiledBatch(Batch):
    """Chains on least squares under plain gradient descent: from mark to mark without coming back."""

    oracle: SpectralOracle

    def _advance(self, limit: int, result: Trajectories) -> None:
        (squad,) = self.squads
        until = min(limit, self.step + _LEAP)
        terms = (squad.rates[:, 0], squad.weight_decay[:, 0, 0], self.oracle.curvature, self.oracle.pull[0])
        ends = _compiled.descend(squad.flat, squad.depths.astype(np.int64), *terms, self.step, until)
        result.diverged_at[squad.members] = ends
        self.step = until
        if (ends >= 0).any():
            self.keep(ends < 0)
