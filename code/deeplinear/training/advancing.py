"""The one door to training: any number of runs, on any problem, together.

>>> import deeplinear as dl
>>> problem, network = dl.TwoPoint((10.0, 1.0), p=4), dl.networks.Chain(2)
>>> runs = [dl.Run(network=network, learning_rate=rate) for rate in (1e-3, 1e-1)]
>>> result = dl.advance(problem, runs, marks=[0, 1000])
>>> result.diverged_at
array([-1,  4])
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from deeplinear._door import checked_file, listed
from deeplinear.problems import Problem
from deeplinear.training import backends
from deeplinear.training._stacks import checked_problem
from deeplinear.training._trial import tried
from deeplinear.training.marks import checked_marks
from deeplinear.training.recording import Trajectories, named
from deeplinear.training.run import Run

__all__ = ["advance"]

Steps = NDArray[np.int64]


def advance(
    problem: Problem,
    runs: Sequence[Run],
    marks: ArrayLike,
    *,
    backend: str | backends.Backend = "numpy",
    dtype: DTypeLike = np.float64,
    observe: Sequence[Any] | Mapping[str, Any] = (),
    progress: Callable[[int], object] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Trajectories:
    """Run all `runs` to the last of the steps in `marks`, keeping their losses at these steps.

    Parameters
    ----------
    problem : Problem
        The loss of the end-to-end weights. Least squares advances in the eigenbasis of the inputs, or through the Gram
        matrix if an optimizer or a network treats coordinates one by one or the step has a schedule: the same
        trajectories at O(d) or O(d²) a step.
    runs : sequence of Run
        In any mixture.
    marks : ints
        Increasing steps to keep.
    backend : "numpy", "jax" or a Backend
        What does the arithmetic, and where; see :mod:`deeplinear.training.backends`.
    dtype : numpy dtype
        ``float64`` or ``float32``, for all arithmetic.
    observe : observers, or mapping of names to functions
        What else to keep at the marks; see :mod:`deeplinear.training.recording`.
    progress : callable, optional
        Called with the number of steps taken since the last call, times the number of runs.
    checkpoint : path, optional
        A file that holds the state of the runs, rewritten whole every 20 seconds. If it is there, the runs go on from
        it; it is removed at the end.

    Raises
    ------
    TypeError, ValueError
        If something that is handed in cannot be used, before any work is done.

    Examples
    --------
    >>> import deeplinear as dl
    >>> run = dl.Run(learning_rate=0.5, start=dl.networks.NearZero(1e-9))
    >>> dl.advance(dl.TwoPoint((2.0, 1.0)), [run], marks=[0, 1, 2]).loss.round(4)
    array([[2.5   , 0.625 , 0.1562]])
    """
    problem = checked_problem(problem)
    runs = listed(runs, Run)
    steps = checked_marks(marks)
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = repr(dtype)
    if name not in ("float64", "float32"):
        raise ValueError(f"dtype is {name}, it must be float64 or float32")
    file = checked_file(checkpoint, "checkpoint")
    chosen = backends.named(backend)
    tried(problem, runs)
    return chosen.advance(
        problem,
        runs,
        steps,
        dtype=np.dtype(dtype),
        observe=named(observe),
        progress=progress or (lambda taken: None),
        checkpoint=file,
    )
