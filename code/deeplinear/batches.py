"""The loop itself: squads of runs that share their parameters' layout, and batches of squads that share one oracle.

A run that diverges leaves its squad, and the others no longer pay for it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deeplinear import _compiled, _files
from deeplinear.factors import Factors
from deeplinear.optimizers import Optimizer, State
from deeplinear.oracles import Oracle, SpectralOracle
from deeplinear.parametrizations import Chains, EndToEnd, Networks, Parametrization
from deeplinear.runs import Run
from deeplinear.schedules import Constant

__all__ = ["Batch", "CompiledBatch", "Trajectories"]

Array = NDArray[np.float64]
Steps = NDArray[np.int64]

_SAVE_EVERY = 20.0  # seconds between checkpoints
_REPORT_EVERY = 64  # steps between reports of progress
_LEAP = 20_000  # steps that the compiled way takes before it comes back to report


@dataclass
class Trajectories:
    """What is kept of a batch of runs.

    `loss` is (runs, marks), ``inf`` from the step on at which a run has diverged; `diverged_at` (runs,) is that step or −1;
    `weights` is (runs, marks, d) or None, NaN where the loss is ``inf``; `seconds` is the time that all of it took, the time
    before an interruption included.
    """

    marks: Steps
    loss: Array
    diverged_at: Steps
    weights: Array | None = None
    seconds: float = 0.0


class Squad:
    """Runs in one array of parameters: the same layout, in the order of their optimizers and schedules."""

    def __init__(self, runs: Sequence[Run], networks: Sequence[Factors], members: Steps, dtype: DTypeLike) -> None:
        self.optimizers: list[Optimizer] = list(dict.fromkeys(run.optimizer for run in runs))
        self.schedules = list(dict.fromkeys(run.schedule for run in runs))
        kinds = [(self.optimizers.index(run.optimizer), self.schedules.index(run.schedule)) for run in runs]
        order = sorted(range(len(runs)), key=kinds.__getitem__)
        self.kinds = np.array(kinds)[order]
        self.members = members[order]
        self.rates = np.array([[runs[i].learning_rate] for i in order], dtype)
        self.decay = np.array([[runs[i].weight_decay] for i in order], dtype)
        self.decays = bool(self.decay.any())
        networks = [networks[i] for i in order]
        self.batch: Parametrization
        if runs[0].method != "factors":
            self.batch = EndToEnd(networks, runs[0].method, dtype)
        elif runs[0].width == 1 or runs[0].depth == 1:
            self.batch = Chains(networks, dtype)
        else:
            self.batch = Networks(networks, dtype)
        self._find_spans()
        self.states: list[State] = [method.initial_state(self.batch.parameters[span]) for method, span in self.optimizer_spans]

    @staticmethod
    def key(run: Run) -> Hashable:
        """Runs of equal key fit in one squad."""
        if run.method != "factors":
            return run.method
        return (run.depth, run.width) if run.depth > 1 < run.width else "chain"

    def step(self, slopes: Array, step: int, losses: Array | None) -> None:
        """One step of every run, from the gradients at the end-to-end weights."""
        gradient = self.batch.gradient(slopes)
        if self.decays:
            gradient += self.decay * self.batch.decay()
        rates = self.rates
        if self.schedule_spans:
            rates = rates.copy()
            for schedule, span in self.schedule_spans:
                now = np.zeros(span.stop - span.start) if losses is None else losses[span]
                rates[span, 0] *= schedule(step, now)
        parameters = self.batch.parameters
        if len(self.optimizer_spans) == 1:  # all rows: no need to copy them into place
            self.batch.parameters, self.states[0] = self.optimizer_spans[0][0].step(parameters, gradient, self.states[0], rates)
            return
        for i, (method, span) in enumerate(self.optimizer_spans):
            parameters[span], self.states[i] = method.step(parameters[span], gradient[span], self.states[i], rates[span])

    def keep(self, alive: NDArray[np.bool_]) -> None:
        """Drop the other runs."""
        kept = [
            (method, tuple(array[alive[span]] if array.ndim else array for array in state))
            for (method, span), state in zip(self.optimizer_spans, self.states, strict=True)
        ]
        self.batch.keep(alive)
        self.kinds, self.members = self.kinds[alive], self.members[alive]
        self.rates, self.decay = self.rates[alive], self.decay[alive]
        self._find_spans()
        left = {method for method, _ in self.optimizer_spans}
        self.states = [state for method, state in kept if method in left]

    def _find_spans(self) -> None:
        """Where each optimizer and each schedule that is not constant has its runs."""
        self.optimizer_spans = [
            (self.optimizers[kind], _span(self.kinds[:, 0] == kind)) for kind in np.unique(self.kinds[:, 0])
        ]
        self.schedule_spans = [
            (self.schedules[schedule], _span((self.kinds == (optimizer, schedule)).all(axis=1)))
            for optimizer, schedule in np.unique(self.kinds, axis=0)
            if not isinstance(self.schedules[schedule], Constant)
        ]


def _span(chosen: NDArray[np.bool_]) -> slice:
    places = np.flatnonzero(chosen)
    return slice(int(places[0]), int(places[-1]) + 1)


class Batch:
    """All runs of one oracle, squad after squad, from step to step."""

    def __init__(self, oracle: Oracle, runs: Sequence[Run], members: Steps, features: int, dtype: DTypeLike) -> None:
        self.oracle, self.all, self.step, self.seconds = oracle, members, 0, 0.0
        starts = [run.initial_factors(features) for run in runs]
        if oracle.basis is not None:
            starts = [(first @ oracle.basis.T, *rest) for first, *rest in starts]
        squads: dict[Hashable, list[int]] = {}
        for i, run in enumerate(runs):
            squads.setdefault(Squad.key(run), []).append(i)
        self.squads = [Squad([runs[i] for i in of], [starts[i] for i in of], members[of], dtype) for of in squads.values()]
        self.needs_loss = any(run.schedule.needs_loss for run in runs)

    def advance(self, result: Trajectories, progress: Callable[[int], object], file: Path | None, fingerprint: str) -> float:
        """To the last mark, or until every run has diverged; what is kept goes into `result`. Returns the seconds it took."""
        if file is not None and file.exists():
            self._load(file, fingerprint, result)
        begin = time.monotonic() - self.seconds
        place = {int(step): index for index, step in enumerate(result.marks)}
        last, saved, told = int(result.marks[-1]), time.monotonic(), self.step
        following = iter(result.marks[result.marks > self.step].tolist())
        limit = next(following, last)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            while self.squads:
                weights, mark = self._weights(), place.get(self.step)
                slopes, losses = self.oracle(weights, with_loss=self.needs_loss or mark is not None)
                alive = np.isfinite(np.vecdot(slopes, slopes))
                if not alive.all():
                    result.diverged_at[self._members()[~alive]] = self.step
                    self._keep(alive)
                    weights, slopes, losses = weights[alive], slopes[alive], None if losses is None else losses[alive]
                if mark is not None and losses is not None:
                    self._record(mark, result, weights, losses)
                if self.step >= last or not self.squads:
                    break
                if self.step >= limit:
                    limit = next(following)
                self._advance(slopes, losses, limit, result)
                if self.step - told >= _REPORT_EVERY:
                    progress((self.step - told) * len(self.all))
                    told = self.step
                if file is not None and time.monotonic() - saved > _SAVE_EVERY:
                    self.seconds = time.monotonic() - begin
                    self._save(file, fingerprint, result)
                    saved = time.monotonic()
        self.seconds = time.monotonic() - begin
        if file is not None:
            self._save(file, fingerprint, result)
        progress((last - told) * len(self.all))
        return self.seconds

    def _advance(self, slopes: Array, losses: Array | None, limit: int, result: Trajectories) -> None:
        """One step."""
        for squad, span in zip(self.squads, self._spans(), strict=True):
            squad.step(slopes[span], self.step, None if losses is None else losses[span])
        self.step += 1

    def _members(self) -> Steps:
        return np.concatenate([squad.members for squad in self.squads] or [np.empty(0, np.int64)])

    def _weights(self) -> Array:
        if len(self.squads) == 1:
            return self.squads[0].batch.weights()
        return np.concatenate([squad.batch.weights() for squad in self.squads])

    def _spans(self) -> list[slice]:
        ends = np.cumsum([0, *(len(squad.members) for squad in self.squads)]).tolist()
        return [slice(a, b) for a, b in itertools.pairwise(ends)]

    def _keep(self, alive: NDArray[np.bool_]) -> None:
        for squad, span in zip(self.squads, self._spans(), strict=True):
            squad.keep(alive[span])
        self.squads = [squad for squad in self.squads if len(squad.members)]

    def _record(self, mark: int, result: Trajectories, weights: Array, losses: Array) -> None:
        members = self._members()
        result.loss[members, mark] = losses
        if result.weights is not None:
            result.weights[members, mark] = weights if self.oracle.basis is None else weights @ self.oracle.basis

    def _save(self, file: Path, fingerprint: str, result: Trajectories) -> None:
        arrays: dict[str, Any] = {
            "step": self.step,
            "seconds": self.seconds,
            "loss": result.loss[self.all],
            "diverged_at": result.diverged_at[self.all],
        }
        if result.weights is not None:
            arrays["weights"] = result.weights[self.all]
        for number, squad in enumerate(self.squads):
            arrays[f"{number}-members"], arrays[f"{number}-parameters"] = squad.members, squad.batch.parameters
            arrays |= {f"{number}-state-{i}-{j}": part for i, state in enumerate(squad.states) for j, part in enumerate(state)}
        _files.save_arrays(file, fingerprint=fingerprint, **arrays)

    def _load(self, file: Path, fingerprint: str, result: Trajectories) -> None:
        with np.load(file) as saved:
            if saved["fingerprint"] != fingerprint:
                raise ValueError(f"{file} is a checkpoint of other runs than these: delete it to start anew")
            self.step, self.seconds = int(saved["step"]), float(saved["seconds"])
            result.loss[self.all], result.diverged_at[self.all] = saved["loss"], saved["diverged_at"]
            if result.weights is not None:
                result.weights[self.all] = saved["weights"]
            kept = [saved[key] for key in saved.files if key.endswith("-members")]
            self._keep(np.isin(self._members(), np.concatenate(kept) if kept else []))
            for number, squad in enumerate(self.squads):
                squad.batch.parameters = saved[f"{number}-parameters"]
                squad.states = [
                    tuple(saved[f"{number}-state-{i}-{j}"] for j in range(len(state))) for i, state in enumerate(squad.states)
                ]


class CompiledBatch(Batch):
    """Chains on least squares under plain gradient descent: from mark to mark without coming back."""

    oracle: SpectralOracle

    def _advance(self, slopes: Array, losses: Array | None, limit: int, result: Trajectories) -> None:
        (squad,) = self.squads
        assert isinstance(squad.batch, Chains)
        depths = 1 + squad.batch.present.sum(axis=1).astype(np.int64)
        until = min(limit, self.step + _LEAP)
        terms = (squad.rates[:, 0], squad.decay[:, 0], self.oracle.curvature, self.oracle.pull)
        ends = _compiled.descend(squad.batch.parameters, depths, *terms, self.step, until)
        result.diverged_at[squad.members] = ends
        self.step = until
        if (ends >= 0).any():
            self._keep(ends < 0)
