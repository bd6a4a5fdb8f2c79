"""Thousands of training runs at once, labelled: every depth × width × optimizer × start × learning rate × seed.

All runs of a sweep share the data, so one step of all of them costs two matrix–matrix products.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from deeplinear import _progress
from deeplinear._arrays import distinct, finite_array, whole_number
from deeplinear._version import __version__
from deeplinear.networks import Chain, Dense, NearZero, Network, Rule, Start
from deeplinear.problems import Problem
from deeplinear.training import _former
from deeplinear.training._stacks import checked_problem
from deeplinear.training.advancing import advance
from deeplinear.training.backends import Backend
from deeplinear.training.marks import recorded_steps
from deeplinear.training.optimizers import GradientDescent, Optimizer
from deeplinear.training.recording import Trajectories, Weights
from deeplinear.training.recording import named as named_observers
from deeplinear.training.run import Run
from deeplinear.training.schedules import Constant, Schedule

if TYPE_CHECKING:
    import xarray as xr
    from distributed import Client

__all__ = ["best_rate", "recorded_steps", "sweep"]

Steps = NDArray[np.int64]
T = TypeVar("T")


def sweep(
    problem: Problem,
    depth: int | Iterable[int] | None = None,
    learning_rate: ArrayLike = (1e-4,),
    steps: int = 10_000,
    *,
    width: int | Iterable[int] = 1,
    network: Network | Mapping[str, Network] | type[Network] | None = None,
    optimizer: Optimizer | Mapping[str, Optimizer] | None = None,
    schedule: Schedule | None = None,
    start: Start | Mapping[str, Start] | None = None,
    scale: float | None = None,
    seed: int | Iterable[int] = 0,
    method: str | None = None,
    weight_decay: float = 0.0,
    record: int | ArrayLike = 200,
    keep_weights: bool = False,
    observe: Sequence[Any] | Mapping[str, Any] = (),
    dtype: DTypeLike = np.float64,
    progress: bool = False,
    backend: str | Backend = "numpy",
    client: Client | None = None,
) -> xr.Dataset:
    """Full-batch training from every start, by every optimizer, for every network × learning rate × seed.

    Parameters
    ----------
    problem : Problem
        The loss.
    depth : int or ints, optional
        Numbers of layers, 1, 2 and 3 if neither `depth` nor `network` is given; depth 1 is the plain linear model.
    learning_rate : float or floats
        Each is run with each network. Rates are for the loss with its factor 1/p.
    steps : int
        Number of steps.
    width : int or ints
        Of every hidden layer. Several make an axis of the result.
    network : Network, mapping of names to networks, or a class such as ``dl.networks.Rule``
        What is trained. A class is made for every depth and width; a mapping makes an axis of the result in place of
        depth.
    optimizer : Optimizer or mapping of names to optimizers, optional
        Gradient descent if not given. A mapping makes an axis of the result.
    schedule : Schedule, optional
        A factor on the learning rate; constant if not given.
    start : Start or mapping of names to starts, optional
        Near zero if not given. A mapping makes an axis of the result.
    scale : float, optional
        Standard deviation of the weights near zero, 0.01 if not given; in place of `start`.
    seed : int or ints
        Each draws its own start; the first layer's draw is the same for all depths of width 1.
    method
        The former name of a class for `network`; to be left out.
    weight_decay : float
        λ on the layers.
    record : int or ints
        The steps at which the loss is kept (the last step always is), or how many log-spaced ones.
    keep_weights : bool
        Keep the end-to-end weights at these steps too.
    observe : observers, or mapping of names to functions
        What else to keep at these steps; see :mod:`deeplinear.training.recording`.
    dtype : numpy dtype
        ``float64``, or ``float32`` for twice the speed and half the digits.
    progress : bool
        Show a progress bar.
    backend : "numpy", "jax" or a Backend
        What does the arithmetic.
    client : distributed.Client, optional
        A Dask cluster that shares the work, in blocks of runs.

    Returns
    -------
    xarray.Dataset
        ``loss`` over (depth, learning_rate, seed, step), with the axes width, optimizer and start after depth where
        there are several, or network in place of depth; ``inf`` from the step on at which a run has diverged.
        ``diverged_at`` is that step, or −1: the first at which the squared length of the gradient is no longer a finite
        number. With `keep_weights` also ``weights`` over (…, step, feature), NaN from there on. The attributes hold
        every setting.

    Raises
    ------
    TypeError, ValueError
        If something that is handed in cannot be used, a rate is not positive, a value of an axis is given twice, or a
        step to record lies outside the run; before any work is done.

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
    problem = checked_problem(problem)
    if method is not None:
        network = _former.network_of(method)
    axes: dict[str, Mapping[Any, Any]] = {
        **_network_axes(network, depth, width),
        "optimizer": _named(GradientDescent() if optimizer is None else optimizer, "optimizer"),
        "start": {name: _former.start_of(one) for name, one in _named(_default_start(start, scale), "start").items()},
        "learning_rate": {rate: rate for rate in rates.tolist()},
        "seed": _axis(distinct(seed, 0, "seed")),
    }
    common = {"schedule": Constant() if schedule is None else schedule, "weight_decay": weight_decay}
    runs = []
    for values in itertools.product(*(axis.values() for axis in axes.values())):
        settings = dict(zip(axes, values, strict=True)) | common
        make, layout = settings.pop("network", None), (settings.pop("depth", None), settings.pop("width", None))
        runs.append(Run(network=make if layout == (None, None) else _made(make or network, *layout), **settings))
    fingerprint = problem.fingerprint()  # one that has none is refused before the work
    for run in {(run.network, run.start): run for run in runs}.values():
        run.layers(problem.shape)  # a start that does not fit the problem is refused here
    observers = named_observers(observe)
    taken = {"loss", "diverged_at", "step", *axes, *(("weights", "output", "feature") if keep_weights else ())}
    if clash := sorted(taken & observers.keys()):
        raise ValueError(f"observe holds {clash[0]!r}, which the result has already: give it another name")
    observers = ({"weights": Weights()} if keep_weights else {}) | observers
    if client is not None:
        from deeplinear.training.backends import Dask

        backend = Dask(client, backend)
    with _progress.bar(len(runs), steps) if progress else contextlib.nullcontext() as tell:
        result = advance(problem, runs, marks, backend=backend, dtype=dtype, observe=observers, progress=tell)
    if keep_weights and "weights" not in result.recorded:  # every run has diverged before the first mark
        result.recorded["weights"] = np.full((len(runs), len(marks), *problem.shape), np.nan)
    attributes: dict[str, Any] = {
        "problem": repr(problem),
        "fingerprint": fingerprint,
        "network": _said(axes.get("network", {"": network or ("Chain" if axes["width"] == {1: 1} else "Dense")})),
        "width": " ".join(map(str, axes.get("width", ()))),
        "optimizer": _said(axes["optimizer"]),
        "start": _said(axes["start"]),
        "schedule": repr(common["schedule"]),
        "weight_decay": float(weight_decay),
        "steps": int(steps),
        "dtype": np.dtype(dtype).name,
        "backend": str(backend),
        "version": f"deeplinear {__version__}",
    }
    return _labelled(result, axes, attributes)


def _network_axes(network: Any, depth: Any, width: Any) -> dict[str, Mapping[Any, Any]]:
    """The axis of networks, or those of depths and widths."""
    if network is not None and not (isinstance(network, type) and issubclass(network, Network)):
        if depth is not None or width != 1:
            raise ValueError(
                "network says what is trained: leave out depth and width, or give the class of the network"
            )
        return {"network": _named(network, "network")}
    depths: Any = (1, 2, 3) if depth is None else depth
    if network is not None and issubclass(network, Rule):  # for which a depth may be any number; it looks itself
        depths = tuple(depths) if isinstance(depths, Iterable) else (depths,)
        if len(set(depths)) < len(depths):
            raise ValueError(f"depth is {depths}: give each once")
    else:
        depths = distinct(depths, 1, "depth")
    return {"depth": _axis(depths), "width": _axis(distinct(width, 1, "width"))}


def _axis(values: Iterable[T]) -> dict[T, T]:
    return {value: value for value in values}


def _made(family: Any, depth: float, width: int) -> Network:
    if family is None:
        return Chain(int(depth)) if width == 1 else Dense(int(depth), width)
    if width != 1 and len(inspect.signature(family).parameters) < 2:
        raise ValueError(f"width is {width}, and {family.__name__} has none: leave it out")
    made: Network = family(depth) if width == 1 else family(depth, width)
    return made


def _default_start(start: Any, scale: float | None) -> Any:
    if start is None:
        return NearZero(0.01 if scale is None else scale)
    if scale is not None and not isinstance(start, (str, Mapping)):
        raise ValueError(f"start is {start!r}, which has a scale of its own: leave out scale={scale!r}")
    if isinstance(start, Mapping):
        return {name: _former.start_of(one, scale) for name, one in start.items()}
    return _former.start_of(start, scale)


def _said(axis: Mapping[Any, Any]) -> str:
    names = {name: one.__name__ if isinstance(one, type) else str(one) for name, one in axis.items()}
    return names[""] if set(names) == {""} else "; ".join(f"{name}: {said}" for name, said in names.items())


def _labelled(result: Trajectories, axes: Mapping[str, Mapping[Any, Any]], attributes: dict[str, Any]) -> xr.Dataset:
    import xarray as xr

    shape = [len(axis) for axis in axes.values()]
    variables: dict[str, Any] = {
        "loss": ((*axes, "step"), result.loss.reshape(*shape, -1)),
        "diverged_at": (tuple(axes), result.diverged_at.reshape(shape)),
    }
    for name, values in result.recorded.items():
        trail = values.shape[2:]
        inner = (
            ("output", "feature")[-len(trail) :] if name == "weights" else [f"{name} {i}" for i in range(len(trail))]
        )
        variables[name] = ((*axes, "step", *inner), values.reshape(*shape, *values.shape[1:]))
    labels = {name: list(axis) for name, axis in axes.items()}
    dataset = xr.Dataset(variables, coords={**labels, "step": result.marks}, attrs=attributes)
    single = [name for name in ("network", "width", "optimizer", "start") if name in axes and len(axes[name]) == 1]
    return dataset.squeeze(single, drop=True)


def best_rate(loss: xr.DataArray) -> xr.DataArray:
    """The former name of :func:`deeplinear.tuning.best_rates`."""
    from deeplinear.training import tuning

    return tuning.best_rates(loss)


def _named(values: T | Mapping[str, T], name: str) -> Mapping[str, T]:
    if not isinstance(values, Mapping):
        return {"": values}
    if not values:
        raise ValueError(f"{name} is an empty mapping: give at least one")
    return values
