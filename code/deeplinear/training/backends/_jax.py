"""JAX: the same batches, each compiled whole, from mark to mark without coming back; on a GPU where JAX has one.

Networks, optimizers and problems are those of every backend: JAX follows what they do with arrays of its own. What is
done with NumPy's functions alone cannot be followed, and is refused by name.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.problems import LpRegression, Problem
from deeplinear.training.backends._backend import Backend
from deeplinear.training.backends._tracing import Programme, imported
from deeplinear.training.checkpoint import Checkpoint, identified
from deeplinear.training.loop import Batch, longer
from deeplinear.training.oracles import GramOracle, Oracle, ProblemOracle, computes_as
from deeplinear.training.recording import Observers, Snapshot, Trajectories
from deeplinear.training.run import Run

__all__ = ["Jax"]

_LONGEST = 4096  # steps before the loop comes back to report, at most; also the rows of a table of schedules

_PATIENCE = 0.25  # seconds between reports, or somewhat more

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
        observe: Observers,
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

    def _begin(self, result: Trajectories) -> None:
        self.programme = Programme(self.problem, self.oracle, self.squads, _LONGEST)
        self.state, self.leap = self.programme.first_state(result.diverged_at[self.members()]), 64

    def _goes_on(self, result: Trajectories) -> bool:
        return bool((result.diverged_at[self.all] < 0).any())

    def _advance(self, limit: int, result: Trajectories) -> None:
        until, start = min(limit, self.step + self.leap), time.monotonic()
        self.state = self.programme.leap(self.state, self.step, until)
        self.step, self.leap = until, longer(self.leap, time.monotonic() - start, _PATIENCE, _LONGEST)
        result.diverged_at[self.members()] = np.asarray(self.state[2])

    def _save(self, checkpoint: Checkpoint, result: Trajectories, seconds: float) -> None:
        """As NumPy's arrays, where the checkpoint looks for them."""
        for squad, flat, memories in zip(self.squads, *self.state[:2], strict=True):
            squad.flat = np.asarray(flat)
            squad.states = [tuple(np.asarray(part) for part in memory) for memory in memories]
        super()._save(checkpoint, result, seconds)

    def _look(self, mark: int | None, result: Trajectories, observe: Observers) -> None:
        """Keep what is asked for at a mark; the state knows afterwards who has diverged here."""
        if mark is None:
            return
        self.state, weights, losses = self.programme.look(self.state, self.step)
        members, diverged_at = self.members(), np.asarray(self.state[2])
        result.diverged_at[members], alive = diverged_at, diverged_at < 0
        losses = self.exact(weights, losses)
        result.loss[members[alive], mark] = losses[alive]
        for squad, flat, span in zip(self.squads, self.state[0], self._spans(), strict=True):
            here = alive[span]
            if not observe or not here.any():
                continue
            networks = [network for network, lives in zip(squad.networks, here, strict=True) if lives]
            of = (squad.split(np.asarray(flat)[here]), squad.depths[here], weights[span][here], losses[span][here])
            snapshot = Snapshot(self.problem, networks, *of, self.step)
            for name, observer in observe.items():
                result.keep(name, squad.members[here], mark, observer(snapshot))
