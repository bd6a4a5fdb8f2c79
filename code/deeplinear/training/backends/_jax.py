"""JAX: the same batches, each compiled whole, from mark to mark without coming back; on a GPU where JAX has one.

Networks, optimizers and problems are those of every backend: JAX follows what they do with arrays of its own. What is
done with NumPy's functions alone cannot be followed, and is refused by name.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.problems import LpRegression, Problem
from deeplinear.training.backends._backend import Backend
from deeplinear.training.backends._tracing import Programme, imported
from deeplinear.training.checkpoint import Checkpoint, identified
from deeplinear.training.loop import Batch
from deeplinear.training.oracles import GramOracle, Oracle, ProblemOracle, computes_as
from deeplinear.training.recording import Snapshot, Trajectories
from deeplinear.training.run import Run

__all__ = ["Jax"]

_LONGEST = 4096  # steps before the loop comes back to report, at most; also the rows of a table of schedules
_PATIENCE = 0.25  # seconds; a leap that takes less is doubled the next time

_PRECISIONS: list[str] = []  # that this process has computed in last, at most one


@dataclass(frozen=True)
class Jax(Backend):
    """Runs on JAX, in double precision whatever JAX is set to elsewhere; also in single.

    Runs that diverge are kept in their places, so that nothing is compiled anew: they cost as much as the others. Every
    call compiles its runs, which takes a second or more, and pays on large problems and on a GPU.

    Parameters
    ----------
    device : str, optional
        ``"cpu"``, ``"gpu"`` or another kind that JAX knows; JAX's first choice if not given.

    Raises
    ------
    ImportError
        By `advance`, if JAX is missing or broken.
    TypeError
        By `advance`, if JAX cannot follow the problem, a network, an optimizer or a schedule; the message names it.
    """

    device: str | None = None

    def advance(
        self,
        problem: Problem,
        runs: Sequence[Run],
        marks: NDArray[np.int64],
        *,
        dtype: np.dtype[Any],
        observe: Mapping[str, Callable[[Snapshot], Any]],
        progress: Callable[[int], object],
        checkpoint: Path | None,
    ) -> Trajectories:
        """See :func:`deeplinear.advance`."""
        jax = imported()
        result, saved = Trajectories.blank(len(runs), marks), None
        if not runs:
            return result
        if checkpoint is not None:
            # A name of its own: a state that another backend has left is in other coordinates.
            mark = identified(problem, runs, marks, dtype, observe)
            saved = Checkpoint(checkpoint.with_name(f"{checkpoint.name}-jax.npz"), mark)
        starts = [run.layers(problem.shape) for run in runs]
        with _set_up(jax, dtype, self.device):
            batch = _JaxBatch(problem, _oracle(problem, dtype), runs, starts, np.arange(len(runs)), dtype)
            result.seconds = batch.advance(result, observe, progress, saved)
        if saved is not None:
            saved.file.unlink(missing_ok=True)
        return result


def _oracle(problem: Problem, dtype: np.dtype[Any]) -> Oracle:
    """Least squares costs the same for any number of examples;
    everything else goes through the problem's own methods.
    """
    if computes_as(problem, LpRegression) and isinstance(problem, LpRegression) and problem.p == 2:
        return GramOracle(problem, dtype)
    return ProblemOracle(problem, dtype)


@contextlib.contextmanager
def _set_up(jax: Any, dtype: np.dtype[Any], device: str | None) -> Iterator[None]:
    """Precision and device for this thread and this block; what the user has set elsewhere stays as it is."""
    from jax import experimental  # where the switch was before JAX 0.8

    double = jax.enable_x64 if hasattr(jax, "enable_x64") else experimental.enable_x64
    where = contextlib.nullcontext() if device is None else jax.default_device(jax.devices(device)[0])
    # JAX keeps what it has worked out of an array that a network or an optimizer of one's own holds, in the precision
    # of that day, and gives it back in another one, where it fits nothing.
    if _PRECISIONS not in ([], [dtype.name]):
        jax.clear_caches()
    _PRECISIONS[:] = [dtype.name]
    # Some GPUs would multiply single precision with ten bits of mantissa.
    with double(dtype == np.float64), jax.default_matmul_precision("highest"), where:
        yield


class _JaxBatch(Batch):
    """All runs of one problem; those that have diverged stay in their rows, and no longer move."""

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
        programme = Programme(self.problem, self.oracle, self.squads, _LONGEST)
        state = programme.first_state(result.diverged_at[self.members()])
        place = {int(step): index for index, step in enumerate(result.marks)}
        last, told, leap = int(result.marks[-1]), self.step, 64
        progress(told * len(self.all))  # what an earlier attempt has done
        while True:
            if (mark := place.get(self.step)) is not None:
                state = self._look(programme, state, mark, result, observe)
            if self.step >= last or (result.diverged_at[self.all] >= 0).all():
                break
            following = int(result.marks[np.searchsorted(result.marks, self.step, side="right")])
            until, start = min(following, self.step + leap), time.monotonic()
            state = programme.leap(state, self.step, until)
            self.step = until
            result.diverged_at[self.members()] = np.asarray(state[2])
            leap = _next_leap(leap, time.monotonic() - start)
            progress((self.step - told) * len(self.all))
            told = self.step
            if checkpoint is not None and checkpoint.due():
                self.seconds = time.monotonic() - begin
                self._save(checkpoint, state, result)
        self.seconds = time.monotonic() - begin
        if checkpoint is not None:
            self._save(checkpoint, state, result)
        progress((last - told) * len(self.all))
        return self.seconds

    def _save(self, checkpoint: Checkpoint, state: Any, result: Trajectories) -> None:
        """As NumPy's arrays, where the checkpoint looks for them."""
        for squad, flat, memories in zip(self.squads, *state[:2], strict=True):
            squad.flat = np.asarray(flat)
            squad.states = [tuple(np.asarray(part) for part in memory) for memory in memories]
        checkpoint.save(self, result)

    def _look(
        self,
        programme: Programme,
        state: Any,
        mark: int,
        result: Trajectories,
        observe: Mapping[str, Callable[[Snapshot], Any]],
    ) -> Any:
        """Keep what is asked for at a mark; the state knows afterwards who has diverged here."""
        state, weights, losses = programme.look(state, self.step)
        members, diverged_at = self.members(), np.asarray(state[2])
        result.diverged_at[members], alive = diverged_at, diverged_at < 0
        with np.errstate(over="ignore", invalid="ignore"):  # of those that have diverged
            losses = self.exact(weights, losses)
        result.loss[members[alive], mark] = losses[alive]
        for squad, flat, span in zip(self.squads, state[0], self._spans(), strict=True):
            here = alive[span]
            if not observe or not here.any():
                continue
            networks = [network for network, lives in zip(squad.networks, here, strict=True) if lives]
            of = (squad.split(np.asarray(flat)[here]), squad.depths[here], weights[span][here], losses[span][here])
            snapshot = Snapshot(self.problem, networks, *of, self.step)
            for name, observer in observe.items():
                result.keep(name, squad.members[here], mark, observer(snapshot))
        return state


def _next_leap(leap: int, seconds: float) -> int:
    """Long enough that the way back costs nothing, short enough that a progress bar moves."""
    if seconds < _PATIENCE:
        return min(2 * leap, _LONGEST)
    return max(leap // 2, 1) if seconds > 8 * _PATIENCE else leap
