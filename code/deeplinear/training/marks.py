"""The steps at which something is kept of a run."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import whole_number

__all__ = ["checked_marks", "recorded_steps"]

Steps = NDArray[np.int64]


def recorded_steps(record: int | ArrayLike, steps: int) -> Steps:
    """The steps to keep: those given and the last, or `record` of them, log-spaced, with 0 and the last.

    Examples
    --------
    >>> from deeplinear.training.marks import recorded_steps
    >>> recorded_steps(6, 10_000)
    array([    0,     1,    10,   100,  1000, 10000])
    """
    if np.ndim(record) == 0:
        count = whole_number(record, 2, "record")  # type: ignore[arg-type]
        return np.unique(np.concatenate([[0], np.geomspace(1, steps, count - 1).round()])).astype(np.int64)
    marks = np.unique(np.asarray(record))
    if marks.dtype.kind not in "iu" or not marks.size or marks[0] < 0 or marks[-1] > steps:
        raise ValueError(f"record is {record!r}, it must hold whole steps from 0 to {steps}")
    return np.unique(np.append(marks, steps)).astype(np.int64)


def checked_marks(marks: ArrayLike) -> Steps:
    """`marks` as increasing steps from 0 on."""
    steps = np.atleast_1d(np.asarray(marks))
    if steps.dtype.kind not in "iu" or steps.ndim != 1 or not steps.size or steps[0] < 0 or (np.diff(steps) <= 0).any():
        raise ValueError(f"marks is {marks!r}, it must hold increasing whole steps from 0 on")
    return steps.astype(np.int64)
