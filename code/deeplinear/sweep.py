"""Thousands of gradient-descent runs at once: every (depth, learning rate, seed) advances in the same matrix products.

All runs of a sweep share the data, so one step of all of them costs two matrix–matrix products. Hidden layers have width 1:
a run of depth N is a vector ``v`` and N − 1 scalars, and its end-to-end weights are their product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, real_above, whole_number
from deeplinear.end_to_end import precondition_vector
from deeplinear.factors import near_zero
from deeplinear.problems import LpRegression, Problem

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["best_rate", "sweep"]

Array = NDArray[np.float64]


def sweep(
    problem: Problem,
    depth: int | Iterable[int] = (1, 2, 3),
    learning_rate: ArrayLike = (1e-4,),
    steps: int = 10_000,
    *,
    seed: int | Iterable[int] = 0,
    scale: float = 0.01,
    method: Literal["factors", "rule"] = "factors",
    record: int | ArrayLike = 200,
) -> xr.Dataset:
    """Full-batch gradient descent from a near-zero start, for every depth × learning rate × seed.

    Parameters
    ----------
    problem : LpRegression (one output) or TwoPoint
        The loss. For ``p = 2`` the runs are advanced in the eigenbasis of the inputs: the same trajectories at O(d) a step.
    depth : int or ints
        Numbers of layers; depth 1 is the plain linear model.
    learning_rate : float or floats
        Each is run with each depth.
    steps : int
        Number of steps.
    seed : int or ints
        Each draws its own start, ``N(0, scale²)`` for every weight of every layer; the first layer's draw is the same for
        all depths and rates.
    scale : float
        Standard deviation of the starting weights.
    method : "factors" or "rule"
        Descend on the factors themselves, or by the end-to-end update rule (Claim 2) from the same end-to-end weights.
    record : int or ints
        The steps at which the loss is kept, or how many log-spaced ones.

    Returns
    -------
    xarray.Dataset
        ``loss`` over (depth, learning_rate, seed, step), ``inf`` from the step on at which a run has diverged;
        ``diverged_at`` over (depth, learning_rate, seed), that step, or −1; ``weights``, the last finite end-to-end weights.

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
    import xarray as xr

    depths = _whole_numbers(depth, 1, "depth")
    seeds = _whole_numbers(seed, 0, "seed")
    rates = np.atleast_1d(finite_array(learning_rate, "learning_rate", dimensions=(0, 1)))
    if len(problem.shape) != 1:
        raise ValueError(f"the weights of {problem!r} have shape {problem.shape}: a sweep takes one output")
    if not (rates > 0).all():
        raise ValueError(f"learning_rate holds {rates.min():g}: every rate must be positive")
    if method not in ("factors", "rule"):
        raise ValueError(f"method is {method!r}, it must be 'factors' or 'rule'")
    marks = _recorded_steps(record, whole_number(steps, 1, "steps"))
    real_above(scale, 0.0, "scale")

    gradient, loss, into, out_of = _oracle(problem)
    shape = (len(depths), len(rates), len(seeds))
    N, eta = (axis.ravel() for axis in np.meshgrid(depths, rates, seeds, indexing="ij")[:2])
    vectors, scalars = _starts(problem.shape[0], depths, seeds, len(rates), scale, int(N.max()))
    vectors = into(vectors)
    active = np.arange(len(N))
    losses = np.full((len(N), len(marks)), np.inf)
    diverged = np.full(len(N), -1)
    weights = scalars.prod(axis=1, keepdims=True) * vectors
    if method == "rule":
        vectors, scalars = weights.copy(), np.ones_like(scalars)
    layers = np.arange(1, int(N.max()))[None, :] < N[:, None]  # which scalars a run has

    place = {int(step): index for index, step in enumerate(marks)}
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(marks[-1] + 1):
            W = scalars.prod(axis=1, keepdims=True) * vectors
            if step in place:
                losses[active, place[step]] = loss(W)
            G = gradient(W)
            finite = np.isfinite(G).all(axis=1)
            if not finite.all():
                diverged[active[~finite]] = step
                losses[active[~finite], np.searchsorted(marks, step) :] = np.inf
                active, W, G = active[finite], W[finite], G[finite]
                vectors, scalars = vectors[finite], scalars[finite]
            weights[active] = W
            if method == "rule":
                vectors = W - eta[active, None] * precondition_vector(W, G, N[active])
                continue
            others = _products_of_others(scalars)
            slope = (vectors * G).sum(axis=1, keepdims=True)
            vectors = vectors - eta[active, None] * scalars.prod(axis=1, keepdims=True) * G
            scalars = scalars - eta[active, None] * layers[active] * others * slope

    axes = {"depth": list(depths), "learning_rate": rates, "seed": list(seeds)}
    return xr.Dataset(
        {
            "loss": ((*axes, "step"), losses.reshape(*shape, -1)),
            "diverged_at": (tuple(axes), diverged.reshape(shape)),
            "weights": ((*axes, "feature"), out_of(weights).reshape(*shape, -1)),
        },
        coords={**axes, "step": marks},
        attrs={"problem": repr(problem), "method": method, "scale": scale},
    )


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


def _oracle(problem: Problem) -> tuple[Callable[[Array], Array], Callable[[Array], Array], Callable, Callable]:  # type: ignore[type-arg]
    """Gradient and loss of a batch of end-to-end weights, and the change of coordinates they work in."""
    if not (isinstance(problem, LpRegression) and problem.p == 2):
        return problem.gradient, problem.loss, _unchanged, _unchanged
    _, scales, right = np.linalg.svd(problem.inputs, full_matrices=True)
    curvature = np.zeros(problem.shape)
    curvature[: len(scales)] = scales**2 / len(problem.inputs)
    best = right @ problem.optimum.weights
    lowest = problem.optimum.loss
    return (
        lambda W: curvature * (W - best),
        lambda W: lowest + (curvature * (W - best) ** 2).sum(axis=-1) / 2,
        lambda W: W @ right.T,
        lambda W: W @ right,
    )


def _unchanged(W: Array) -> Array:
    return W


def _starts(
    features: int, depths: tuple[int, ...], seeds: tuple[int, ...], rates: int, scale: float, deepest: int
) -> tuple[Array, Array]:
    """The first layers ``(runs, d)`` and the scalars above them ``(runs, deepest − 1)``, ones where a run has no layer."""
    vectors, scalars = [], []
    for depth in depths:
        for _ in range(rates):
            for seed in seeds:
                first, *rest = near_zero((features, *[1] * depth), scale, seed)
                vectors.append(first[0])
                scalars.append([*(factor.item() for factor in rest), *[1.0] * (deepest - depth)])
    return np.array(vectors), np.array(scalars).reshape(len(vectors), deepest - 1)


def _products_of_others(scalars: Array) -> Array:
    """``∏_{i≠j} s_i`` for every j, without dividing by an s_j that may be 0."""
    ones = np.ones((len(scalars), 1))
    before = np.cumprod(np.hstack([ones, scalars[:, :-1]]), axis=1)
    after = np.cumprod(np.hstack([ones, scalars[:, :0:-1]]), axis=1)[:, ::-1]
    return np.asarray(before * after)[:, : scalars.shape[1]]


def _recorded_steps(record: int | ArrayLike, steps: int) -> NDArray[np.int64]:
    if isinstance(record, int):
        count = whole_number(record, 2, "record")
        return np.unique(np.concatenate([[0], np.geomspace(1, steps, count - 1).round()])).astype(np.int64)
    marks = np.unique(np.asarray(record))
    if marks.dtype.kind not in "iu" or marks[0] < 0 or marks[-1] > steps:
        raise ValueError(f"record must hold whole steps from 0 to {steps}, got {marks[0]} to {marks[-1]}")
    return np.unique(np.append(marks, steps)).astype(np.int64)


def _whole_numbers(values: int | Iterable[int], least: int, name: str) -> tuple[int, ...]:
    numbers = tuple(values) if isinstance(values, Iterable) else (values,)
    checked = tuple(whole_number(value, least, name) for value in numbers)
    if not checked or len(set(checked)) < len(checked):
        raise ValueError(f"{name} is {checked}: give at least one, each once")
    return checked
