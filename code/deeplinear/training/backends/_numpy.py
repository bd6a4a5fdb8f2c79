"""NumPy on the cores of this machine, with Numba where it is installed:
every run by the fastest oracle that fits it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deeplinear import _threads
from deeplinear._settings import is_ours
from deeplinear.networks import AdaptiveStep, Chain
from deeplinear.networks._network import matrix_shape
from deeplinear.problems import LpRegression, Problem
from deeplinear.training import _compiled, oracles
from deeplinear.training._paced import paced
from deeplinear.training.backends._backend import Backend
from deeplinear.training.blocks import BlockBatch
from deeplinear.training.checkpoint import Checkpoint, identified
from deeplinear.training.loop import Batch, CompiledBatch
from deeplinear.training.optimizers import GradientDescent
from deeplinear.training.recording import Observers, Trajectories
from deeplinear.training.run import Run
from deeplinear.training.schedules import Constant

__all__ = ["NumPy"]

_WORTH_COMPILING = 2**15  # entries of the inputs; below, a run is over before the compiler is

_Maker = Callable[[Any, DTypeLike], oracles.Oracle]


class NumPy(Backend):
    """The engine of this package: all runs that share an oracle take their step together."""

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
        result = Trajectories.blank(len(runs), marks)
        mark = "" if checkpoint is None else identified(problem, runs, marks, dtype, observe)
        starts = [run.layers(problem.shape) for run in runs]
        saved = []
        for number, ((make, compiled), members) in enumerate(_partition(problem, runs, dtype).items()):
            kind = CompiledBatch if compiled else BlockBatch if make is oracles.ProblemOracle else Batch
            of = np.array(members)
            oracle = paced(make(problem, dtype)) if kind is Batch else make(problem, dtype)
            batch = kind(problem, oracle, [runs[i] for i in of], [starts[i] for i in of], of, dtype)
            if checkpoint is not None:
                saved.append(Checkpoint(checkpoint.with_name(f"{checkpoint.name}-{number}.npz"), mark))
            alone = make is oracles.CompiledPowerOracle or (isinstance(batch, BlockBatch) and batch.cores > 1)
            with _compiled.own_threads(), _threads.one_blas_thread() if alone else contextlib.nullcontext():
                result.seconds += batch.advance(result, observe, progress, saved[-1] if saved else None)
        for one in saved:
            one.file.unlink(missing_ok=True)
        return result


def _partition(problem: Problem, runs: Sequence[Run], dtype: DTypeLike) -> dict[tuple[_Maker, bool], list[int]]:
    """The oracle that each run needs, and whether the compiled way is open to it."""
    parts: dict[tuple[_Maker, bool], list[int]] = {}
    for i, run in enumerate(runs):
        parts.setdefault(_way(problem, run, np.dtype(dtype)), []).append(i)
    return parts


def _way(problem: Problem, run: Run, dtype: np.dtype[Any]) -> tuple[_Maker, bool]:
    if not oracles.computes_as(problem, LpRegression):
        return oracles.ProblemOracle, False
    assert isinstance(problem, LpRegression)
    if problem.p != 2:
        worth = problem.inputs.size >= _WORTH_COMPILING and _compiled.can_make_gradients(dtype)
        return oracles.CompiledPowerOracle if worth else oracles.PowerOracle, False
    # Where only the step changes with time, a coordinate of the eigenbasis can come to rest exactly, and then stays
    # at rest under steps that are far too long for it. Rounding errors, which do not rest, keep it moving.
    constant = type(run.schedule) is Constant
    rests = isinstance(run.network, AdaptiveStep) or not constant
    turns = _equivariant(run.optimizer) and _equivariant(run.network)
    if rests or not turns:
        return oracles.GramOracle, False
    shape = matrix_shape(problem.shape)
    plain = type(run.optimizer) is GradientDescent and run.network.key(shape) is Chain
    return oracles.SpectralOracle, plain and dtype == np.float64 and _compiled.can_descend()


def _equivariant(thing: Any) -> bool:
    """Whether it says so of itself: a subclass of one's own has to say it anew, whatever it changes."""
    line = type(thing).__mro__
    said = next(i for i, kind in enumerate(line) if "rotation_equivariant" in vars(kind))
    return bool(thing.rotation_equivariant) and all(map(is_ours, line[:said]))
