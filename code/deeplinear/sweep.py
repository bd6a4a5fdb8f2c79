"""Thousands of training runs at once, labelled: every depth × width × optimizer × start × learning rate × seed.

All runs of a sweep share the data, so one step of all of them costs two matrix–matrix products (:mod:`deeplinear.engine`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import itertools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from deeplinear import _progress
from deeplinear._arrays import finite_array, whole_number
from deeplinear.engine import Trajectories, advance
from deeplinear.optimizers import GradientDescent, Optimizer
from deeplinear.problems import Problem
from deeplinear.runs import Method, Run, Start
from deeplinear.schedules import Constant, Schedule

if TYPE_CHECKING:
    import xarray as xr
    from distributed import Client

__all__ = ["best_rate", "recorded_steps", "sweep"]

Steps = NDArray[np.int64]
T = TypeVar("T")


def sweep(
    problem: Problem,
    depth: int | Iterable[int] = (1, 2, 3),
    learning_rate: ArrayLike = (1e-4,),
    steps: int = 10_000,
    *,
    width: int | Iterable[int] = 1,
    optimizer: Optimizer | Mapping[str, Optimizer] | None = None,
    schedule: Schedule | None = None,
    start: Start | Mapping[str, Start] = "near-zero",
    scale: float = 0.01,
    seed: int | Iterable[int] = 0,
    method: Method = "factors",
    weight_decay: float = 0.0,
    record: int | ArrayLike = 200,
    keep_weights: bool = False,
    dtype: DTypeLike = np.float64,
    progress: bool = False,
    client: Client | None = None,
) -> xr.Dataset:
    """Full-batch training from every start, by every optimizer, for every depth × width × learning rate × seed.

    Parameters
    ----------
    problem : LpRegression (one output) or TwoPoint
        The loss. For ``p = 2`` the runs are advanced in the eigenbasis of the inputs: the same trajectories at O(d) a step.
    depth : int or ints
        Numbers of layers; depth 1 is the plain linear model.
    learning_rate : float or floats
        Each is run with each depth. Rates are for the loss with its factor 1/p.
    steps : int
        Number of steps.
    width : int or ints
        Of every hidden layer. Several make an axis of the result.
    optimizer : Optimizer or mapping of names to optimizers, optional
        Gradient descent if not given. A mapping makes an axis of the result.
    schedule : Schedule, optional
        A factor on the learning rate; constant if not given.
    start : "near-zero", "identity", "balanced", a tuple of end-to-end weights, or a mapping of names to these
        See :class:`deeplinear.runs.Run`. A mapping makes an axis of the result.
    scale : float
        Standard deviation of the starting weights, of every layer.
    seed : int or ints
        Each draws its own start; the first layer's draw is the same for all depths of width 1.
    method : "factors", "rule", "adaptive-step" or "amplification"
        Descend on the factors themselves, or by the end-to-end update rule (Claim 2), or by one of its parts.
    weight_decay : float
        λ on the factors.
    record : int or ints
        The steps at which the loss is kept (the last step always is), or how many log-spaced ones.
    keep_weights : bool
        Keep the end-to-end weights at these steps too.
    dtype : numpy dtype
        ``float64``, or ``float32`` for twice the speed and half the digits.
    progress : bool
        Show a progress bar.
    client : distributed.Client, optional
        A Dask cluster that shares the work, in blocks of runs.

    Returns
    -------
    xarray.Dataset
        ``loss`` over (depth, learning_rate, seed, step), with the axes width, optimizer and start after depth where there are
        several; ``inf`` from the step on at which a run has diverged. ``diverged_at`` is that step, or −1: the first at which
        the squared length of the gradient is no longer a finite number. With `keep_weights` also ``weights`` over
        (…, step, feature), NaN from there on.

    Raises
    ------
    ValueError
        If the problem has several outputs, a rate is not positive, a value of an axis is given twice, or a step to record
        lies outside the run; before any work is done.

    Examples
    --------
    >>> import deeplinear as dl
    >>> runs = dl.sweep(dl.TwoPoint((10.0, 1.0), p=4), depth=(1, 2), learning_rate=(1e-3, 1e-1), steps=1000)
    >>> runs.diverged_at.values.squeeze()
    array([[-1,  5],
           [-1,  4]])
    >>> runs.loss.sel(depth=2, learning_rate=1e-3, step=1000).item()
    0.01
    """
    rates = np.atleast_1d(finite_array(learning_rate, "learning_rate", dimensions=(0, 1)))
    if not rates.size or (rates <= 0).any() or len(set(rates)) < len(rates):
        raise ValueError(f"learning_rate is {rates.tolist()}: give at least one, each positive and once")
    marks = recorded_steps(record, whole_number(steps, 1, "steps"))
    if importlib.util.find_spec("xarray") is None:
        raise ImportError("sweep labels its result with xarray: pip install 'deeplinear[sweep]'")
    if len(problem.shape) != 1:
        raise ValueError(f"the weights of {problem!r} have shape {problem.shape}: a sweep takes one output")
    if np.dtype(dtype) not in (np.float64, np.float32):
        raise ValueError(f"dtype is {np.dtype(dtype)}, it must be float64 or float32")

    axes: dict[str, Mapping[Any, Any]] = {
        "depth": _distinct(depth, 1, "depth"),
        "width": _distinct(width, 1, "width"),
        "optimizer": _named(GradientDescent() if optimizer is None else optimizer, "optimizer"),
        "start": _named(start, "start"),
        "learning_rate": {rate: rate for rate in rates.tolist()},
        "seed": _distinct(seed, 0, "seed"),
    }
    common = Run(scale=scale, method=method, schedule=schedule or Constant(), weight_decay=weight_decay)
    grid = itertools.product(*(axis.values() for axis in axes.values()))
    runs = [dataclasses.replace(common, **dict(zip(axes, values, strict=True))) for values in grid]
    for run in {run.start: run for run in runs}.values():
        run.initial_factors(problem.shape[0])  # a start that does not fit the problem is refused here
    settings: dict[str, Any] = {"dtype": dtype, "keep_weights": keep_weights}
    if client is None:
        with _progress.bar(len(runs), steps) if progress else contextlib.nullcontext() as tell:
            result = advance(problem, runs, marks, progress=tell, **settings)
    else:
        from deeplinear.cluster import advance_on

        result = advance_on(client, problem, runs, marks, **settings)
    attributes = {"problem": repr(problem), "method": method, "scale": scale, "dtype": np.dtype(dtype).name}
    return _labelled(result, axes, attributes)


def _labelled(result: Trajectories, axes: Mapping[str, Mapping[Any, Any]], attributes: dict[str, Any]) -> xr.Dataset:
    import xarray as xr

    shape = [len(axis) for axis in axes.values()]
    variables = {
        "loss": ((*axes, "step"), result.loss.reshape(*shape, -1)),
        "diverged_at": (tuple(axes), result.diverged_at.reshape(shape)),
    }
    if result.weights is not None:
        variables["weights"] = ((*axes, "step", "feature"), result.weights.reshape(*shape, *result.weights.shape[1:]))
    labels = {name: list(axis) for name, axis in axes.items()}
    dataset = xr.Dataset(variables, coords={**labels, "step": result.marks}, attrs=attributes)
    single = [name for name in ("width", "optimizer", "start") if len(axes[name]) == 1]
    return dataset.squeeze(single, drop=True)


def best_rate(loss: xr.DataArray) -> xr.DataArray:
    """The learning rate of lowest loss at the last step, the median over seeds, for every depth.

    Raises
    ------
    ValueError
        If a best rate is the smallest or the largest of the grid: a fair comparison extends the grid instead.

    Examples
    --------
    >>> import deeplinear as dl
    >>> from deeplinear.sweep import best_rate
    >>> runs = dl.sweep(dl.TwoPoint((10.0, 1.0), p=4), (1, 2), (1e-3, 2e-3, 5e-3, 1e-2, 5e-2), steps=1000)
    >>> best_rate(runs.loss).values
    array([0.01 , 0.005])
    """
    final = loss.isel(step=-1).median("seed")
    best = final.idxmin("learning_rate")
    lowest, highest = loss.learning_rate.min().item(), loss.learning_rate.max().item()
    for depth, rate in zip(best.depth.values, best.values, strict=True):
        if not np.isfinite(final.sel(depth=depth)).any():
            raise ValueError(f"every learning rate diverges at depth {depth}: extend the grid below {lowest:g}")
        if rate in (lowest, highest):
            side = "below" if rate == lowest else "above"
            raise ValueError(f"the best learning rate at depth {depth} is {rate:g}, an edge of the grid: extend it {side}")
    return best


def recorded_steps(record: int | ArrayLike, steps: int) -> Steps:
    """The steps to keep: those given and the last, or `record` of them, log-spaced, with 0 and the last.

    Examples
    --------
    >>> from deeplinear.sweep import recorded_steps
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


def _distinct(values: int | Iterable[int], least: int, name: str) -> dict[int, int]:
    numbers = tuple(values) if isinstance(values, Iterable) else (values,)
    checked = tuple(whole_number(value, least, name) for value in numbers)
    if not checked or len(set(checked)) < len(checked):
        raise ValueError(f"{name} is {checked}: give at least one, each once")
    return {value: value for value in checked}


def _named(values: T | Mapping[str, T], name: str) -> Mapping[str, T]:
    if not isinstance(values, Mapping):
        return {"": values}
    if not values:
        raise ValueError(f"{name} is an empty mapping: give at least one")
    return values
