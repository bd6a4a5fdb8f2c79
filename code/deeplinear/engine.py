"""Advance any number of training runs together: one call of an oracle a step for all of them.

Here every run is given the fastest oracle that leaves its trajectory as it is; the loop is in :mod:`deeplinear.batches`.

>>> import deeplinear as dl
>>> from deeplinear.engine import advance
>>> from deeplinear.runs import Run
>>> problem = dl.TwoPoint((10.0, 1.0), p=4)
>>> result = advance(problem, [Run(2, 1e-3), Run(2, 1e-1)], marks=[0, 1000])
>>> result.diverged_at
array([-1,  4])
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from deeplinear import _compiled
from deeplinear.batches import Batch, CompiledBatch, Trajectories
from deeplinear.optimizers import GradientDescent
from deeplinear.oracles import CompiledPowerOracle, GramOracle, Oracle, PowerOracle, ProblemOracle, SpectralOracle
from deeplinear.problems import LpRegression, Problem
from deeplinear.runs import Run
from deeplinear.schedules import Constant

__all__ = ["Trajectories", "advance", "fingerprint"]

Steps = NDArray[np.int64]

_WORTH_COMPILING = 2**15  # entries of the inputs; below, a run is over before the compiler is


def advance(
    problem: Problem,
    runs: Sequence[Run],
    marks: ArrayLike,
    *,
    dtype: DTypeLike = np.float64,
    keep_weights: bool = False,
    progress: Callable[[int], object] | None = None,
    checkpoint: Path | None = None,
) -> Trajectories:
    """Run all `runs` to the last of the steps in `marks`, keeping their losses at these steps.

    Parameters
    ----------
    problem : LpRegression (one output) or TwoPoint
        The loss of the end-to-end weights. For ``p = 2`` the runs advance in the eigenbasis of the inputs, or through the Gram
        matrix if their optimizer treats coordinates one by one or their step has a schedule: the same trajectories at O(d) or
        O(d²) a step.
    runs : sequence of Run
        In any mixture.
    marks : ints
        Increasing steps to keep.
    dtype : numpy dtype
        ``float64`` or ``float32``, for all arithmetic.
    keep_weights : bool
        Keep the end-to-end weights too.
    progress : callable, optional
        Called with the number of steps taken since the last call, times the number of runs.
    checkpoint : Path, optional
        A file that holds the state of the runs, rewritten whole every 20 seconds. If it is there, the runs go on from it;
        it is removed at the end.

    Returns
    -------
    Trajectories

    Examples
    --------
    >>> import deeplinear as dl
    >>> from deeplinear.engine import advance
    >>> from deeplinear.runs import Run
    >>> advance(dl.TwoPoint((2.0, 1.0)), [Run(learning_rate=0.5, scale=1e-9)], marks=[0, 1, 2]).loss.round(4)
    array([[2.5   , 0.625 , 0.1562]])
    """
    steps = np.asarray(marks, dtype=np.int64)
    result = Trajectories(
        steps,
        np.full((len(runs), len(steps)), np.inf),
        np.full(len(runs), -1),
        np.full((len(runs), len(steps), *problem.shape), np.nan) if keep_weights else None,
    )
    mark = "" if checkpoint is None else fingerprint(problem, runs, steps, dtype, keep_weights)
    files = []
    for number, ((make, compiled), members) in enumerate(_partition(problem, runs, dtype).items()):
        file = None if checkpoint is None else checkpoint.with_name(f"{checkpoint.name}-{number}.npz")
        kind = CompiledBatch if compiled else Batch
        batch = kind(make(problem, dtype), [runs[i] for i in members], np.array(members), problem.shape[0], dtype)
        with _compiled.one_blas_thread() if make is CompiledPowerOracle else contextlib.nullcontext():
            result.seconds += batch.advance(result, progress or (lambda steps: None), file, mark)
        files.append(file)
    for file in files:
        if file is not None:
            file.unlink(missing_ok=True)
    return result


_Maker = Callable[[Any, DTypeLike], Oracle]


def _partition(problem: Problem, runs: Sequence[Run], dtype: DTypeLike) -> dict[tuple[_Maker, bool], list[int]]:
    """The oracle that each run needs, and whether the compiled way is open to it."""
    parts: dict[tuple[_Maker, bool], list[int]] = {}
    for i, run in enumerate(runs):
        oracle: _Maker
        if not isinstance(problem, LpRegression):
            oracle = ProblemOracle
        elif problem.p != 2:
            worth = problem.inputs.size >= _WORTH_COMPILING and _compiled.available()
            oracle = CompiledPowerOracle if worth else PowerOracle
        else:
            # Where only the step changes with time, a coordinate of the eigenbasis can come to rest exactly, and then stays
            # at rest under steps that are far too long for it. Rounding errors, which do not rest, break such a spell.
            spell = run.method == "adaptive-step" or not isinstance(run.schedule, Constant)
            oracle = SpectralOracle if run.optimizer.rotation_equivariant and not spell else GramOracle
        plain = isinstance(run.optimizer, GradientDescent) and isinstance(run.schedule, Constant) and run.method == "factors"
        narrow = run.width == 1 or run.depth == 1
        compiled = oracle is SpectralOracle and plain and narrow and np.dtype(dtype) == np.float64 and _compiled.available()
        parts.setdefault((oracle, compiled), []).append(i)
    return parts


def fingerprint(problem: Problem, runs: Sequence[Run], marks: Steps, dtype: DTypeLike, keep_weights: bool = False) -> str:
    """A digest of everything that the result depends on, data included."""
    digest = hashlib.sha256(repr((list(runs), marks.tolist(), np.dtype(dtype).name, keep_weights, repr(problem))).encode())
    with contextlib.suppress(AttributeError):  # the data themselves, where there are any
        digest.update(np.ascontiguousarray(problem.inputs).tobytes())  # type: ignore[attr-defined]
    digest.update(np.ascontiguousarray(problem.targets).tobytes())  # type: ignore[attr-defined]
    return digest.hexdigest()
