"""The loop itself: all runs that share one oracle, from step to step.

A run that diverges leaves its squad, and the others no longer pay for it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deeplinear._fingerprints import fingerprint
from deeplinear.networks._network import Layers, matrix_shape
from deeplinear.problems import Problem
from deeplinear.training import _compiled
from deeplinear.training.checkpoint import Checkpoint
from deeplinear.training.oracles import Oracle, SpectralOracle
from deeplinear.training.recording import Snapshot, Trajectories, read_only
from deeplinear.training.run import Run
from deeplinear.training.squads import Squad, squads

__all__ = ["Batch", "CompiledBatch"]

Array = NDArray[np.float64]
Steps = NDArray[np.int64]

_REPORT_EVERY = 64  # steps between reports of progress
_LEAP = 20_000  # steps that the compiled way takes before it comes back to report


class Batch:
    """All runs of one oracle, squad after squad."""

    def __init__(
        self,
        problem: Problem,
        oracle: Oracle,
        runs: Sequence[Run],
        starts: Sequence[Layers],
        members: Steps,
        dtype: DTypeLike,
    ) -> None:
        self.problem, self.oracle, self.all, self.step, self.seconds = problem, oracle, members, 0, 0.0
        if oracle.basis is not None:
            turn = oracle.basis.T
            starts = [(first @ turn, *rest) for first, *rest in starts]
        self.squads: list[Squad] = squads(runs, starts, members, matrix_shape(problem.shape), dtype)
        #: In which the layers are, and so a checkpoint: another processor or library may turn the eigenbasis.
        self.coordinates = fingerprint(oracle.basis)
        self.needs_loss = any(run.schedule.needs_loss for run in runs)

    def advance(
        self,
        result: Trajectories,
        observe: Mapping[str, Callable[[Snapshot], Any]],
        progress: Callable[[int], object],
        checkpoint: Checkpoint | None,
    ) -> float:
        """To the last mark, or until every run has diverged; what is kept goes into `result`.
        Returns the seconds it took.
        """
        if checkpoint is not None:
            checkpoint.load(self, result)
        begin = time.monotonic() - self.seconds
        place = {int(step): index for index, step in enumerate(result.marks)}
        last, told = int(result.marks[-1]), self.step
        progress(told * len(self.all))  # what an earlier attempt has done
        following = iter(result.marks[result.marks > self.step].tolist())
        limit = next(following, last)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            while self.squads:
                weights, mark = self._weights(), place.get(self.step)
                slopes, losses = self.oracle(weights, with_loss=self.needs_loss or mark is not None)
                alive = np.isfinite(np.vecdot(slopes, slopes).sum(axis=1))
                if not alive.all():
                    result.diverged_at[self.members()[~alive]] = self.step
                    self.keep(alive)
                    weights, slopes, losses = weights[alive], slopes[alive], None if losses is None else losses[alive]
                if mark is not None and losses is not None:
                    self._record(mark, result, observe, weights, losses)
                if self.step >= last or not self.squads:
                    break
                if self.step >= limit:
                    limit = next(following)
                self._advance(slopes, losses, limit, result)
                if self.step - told >= _REPORT_EVERY:
                    progress((self.step - told) * len(self.all))
                    told = self.step
                if checkpoint is not None and checkpoint.due():
                    self.seconds = time.monotonic() - begin
                    checkpoint.save(self, result)
        self.seconds = time.monotonic() - begin
        if checkpoint is not None:
            checkpoint.save(self, result)
        progress((last - told) * len(self.all))
        return self.seconds

    def members(self) -> Steps:
        """Which runs are alive, in the order of their rows."""
        return np.concatenate([squad.members for squad in self.squads] or [np.empty(0, np.int64)])

    def keep(self, alive: NDArray[np.bool_]) -> None:
        """Drop the other rows."""
        for squad, span in zip(self.squads, self._spans(), strict=True):
            squad.keep(alive[span])
        self.squads = [squad for squad in self.squads if len(squad.members)]

    def _advance(self, slopes: Array, losses: Array | None, limit: int, result: Trajectories) -> None:
        """One step."""
        for squad, span in zip(self.squads, self._spans(), strict=True):
            squad.step(slopes[span], self.step, None if losses is None else losses[span])
        self.step += 1

    def _weights(self) -> Array:
        if len(self.squads) == 1:
            return self.squads[0].weights()
        return np.concatenate([squad.weights() for squad in self.squads])

    def _spans(self) -> list[slice]:
        ends = np.cumsum([0, *(len(squad.members) for squad in self.squads)]).tolist()
        return [slice(a, b) for a, b in itertools.pairwise(ends)]

    def _record(
        self,
        mark: int,
        result: Trajectories,
        observe: Mapping[str, Callable[[Snapshot], Any]],
        weights: Array,
        losses: Array,
    ) -> None:
        back = self.oracle.basis
        losses = self.exact(weights, losses)
        result.loss[self.members(), mark] = losses
        if not observe:
            return
        for squad, span in zip(self.squads, self._spans(), strict=True):
            layers, here = squad.layers(), weights[span]
            if back is not None:
                layers, here = (layers[0] @ back, *layers[1:]), here @ back
            layers, (here, loss) = read_only(layers), read_only((here, losses[span]))
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

    def _advance(self, slopes: Array, losses: Array | None, limit: int, result: Trajectories) -> None:
        (squad,) = self.squads
        until = min(limit, self.step + _LEAP)
        terms = (squad.rates[:, 0], squad.weight_decay[:, 0, 0], self.oracle.curvature, self.oracle.pull[0])
        ends = _compiled.descend(squad.flat, squad.depths.astype(np.int64), *terms, self.step, until)
        result.diverged_at[squad.members] = ends
        self.step = until
        if (ends >= 0).any():
            self.keep(ends < 0)
