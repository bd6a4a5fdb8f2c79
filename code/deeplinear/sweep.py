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
Steps = NDArray[np.int64]


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
    keep_weights: bool = False,
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
        The steps at which the loss is kept (the last step always is), or how many log-spaced ones.
    keep_weights : bool
        Keep the end-to-end weights at these steps too.

    Returns
    -------
    xarray.Dataset
        ``loss`` over (depth, learning_rate, seed, step), ``inf`` from the step on at which a run has diverged;
        ``diverged_at`` over (depth, learning_rate, seed), that step, or −1: the first at which the squared length of the
        gradient is no longer a finite number. With `keep_weights` also ``weights`` over (…, step, feature), NaN from there on.

    Raises
    ------
    ValueError
        If the problem has several outputs, a rate is not positive, a depth, rate or seed is given twice, or a step to
        record lies outside the run.

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

    depths, seeds = _distinct(depth, 1, "depth"), _distinct(seed, 0, "seed")
    rates = np.atleast_1d(finite_array(learning_rate, "learning_rate", dimensions=(0, 1)))
    if not rates.size or (rates <= 0).any() or len(set(rates)) < len(rates):
        raise ValueError(f"learning_rate is {rates.tolist()}: give at least one, each positive and once")
    marks = _recorded_steps(record, whole_number(steps, 1, "steps"))
    real_above(scale, 0.0, "scale")
    if len(problem.shape) != 1:
        raise ValueError(f"the weights of {problem!r} have shape {problem.shape}: a sweep takes one output")
    if method not in ("factors", "rule"):
        raise ValueError(f"method is {method!r}, it must be 'factors' or 'rule'")

    N, eta = (axis.ravel() for axis in np.meshgrid(depths, rates, seeds, indexing="ij")[:2])
    vectors, scalars = _starts(problem.shape[0], depths, len(rates), seeds, scale)
    losses, weights, diverged = _descend(problem, vectors, scalars, N, eta, marks, method == "rule", keep_weights)

    axes = {"depth": list(depths), "learning_rate": rates, "seed": list(seeds)}
    shape = (len(depths), len(rates), len(seeds))
    variables = {"loss": ((*axes, "step"), losses.reshape(*shape, -1)), "diverged_at": (tuple(axes), diverged.reshape(shape))}
    if keep_weights:
        variables["weights"] = ((*axes, "step", "feature"), weights.reshape(*shape, *weights.shape[1:]))
    attributes = {"problem": repr(problem), "method": method, "scale": scale}
    return xr.Dataset(variables, coords={**axes, "step": marks}, attrs=attributes)


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


def _oracle(problem: Problem) -> tuple[Callable[[Array], Array], Callable[[Array], Array], Array | None]:
    """Gradient and loss of a batch of end-to-end weights, and the orthogonal basis (rows) of the coordinates they take."""
    if not isinstance(problem, LpRegression) or problem.p != 2:
        return problem.gradient, problem.loss, None
    examples, features = problem.inputs.shape
    _, scales, basis = np.linalg.svd(problem.inputs, full_matrices=examples < features)
    curvature = np.zeros(features)
    curvature[: len(scales)] = scales**2 / examples
    best, lowest = basis @ problem.optimum.weights, problem.optimum.loss
    return lambda W: curvature * (W - best), lambda W: lowest + (W - best) ** 2 @ curvature / 2, basis


def _starts(features: int, depths: tuple[int, ...], rates: int, seeds: tuple[int, ...], scale: float) -> tuple[Array, Array]:
    """The first layers ``(runs, d)`` and the scalars above them ``(deepest − 1, runs)``, ones where a run has no layer."""
    shape = (len(depths), rates, len(seeds))
    vectors, scalars = np.empty((*shape, features)), np.ones((max(depths) - 1, *shape))
    for i, depth in enumerate(depths):
        for j, seed in enumerate(seeds):
            first, *rest = near_zero((features, *[1] * depth), scale, seed)
            vectors[i, :, j] = first[0]
            scalars[: depth - 1, i, :, j] = np.reshape(rest, (depth - 1, 1))
    return vectors.reshape(-1, features), scalars.reshape(len(scalars), np.prod(shape))


def _descend(
    problem: Problem, vectors: Array, scalars: Array, N: Array, eta: Array, marks: Steps, by_rule: bool, keep_weights: bool
) -> tuple[Array, Array, Steps]:
    """Losses, weights and ends of all runs. A run that diverges is dropped, so the others do not pay for it."""
    gradient, loss, basis = _oracle(problem)
    active = np.arange(len(N))
    losses, diverged = np.full((len(N), len(marks)), np.inf), np.full(len(N), -1)
    weights = np.full((len(N), len(marks) if keep_weights else 0, vectors.shape[1]), np.nan)
    vectors = vectors if basis is None else vectors @ basis.T
    if by_rule:
        vectors, scalars = scalars.prod(axis=0)[:, None] * vectors, scalars[:0]
    rates = eta * (np.arange(2, len(scalars) + 2)[:, None] <= N)  # 0 for a scalar that the run does not have
    place = {int(step): index for index, step in enumerate(marks)}
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(marks[-1] + 1):
            W = scalars.prod(axis=0)[:, None] * vectors if len(scalars) else vectors
            G = gradient(W)
            alive = np.isfinite(np.vecdot(G, G))
            if not alive.all():
                diverged[active[~alive]] = step
                active, N, eta, rates = active[alive], N[alive], eta[alive], rates[:, alive]
                W, G, vectors, scalars = W[alive], G[alive], vectors[alive], scalars[:, alive]
            if step in place:
                losses[active, place[step]] = loss(W)
                if keep_weights:
                    weights[active, place[step]] = W if basis is None else W @ basis
            if by_rule:
                vectors = W - eta[:, None] * precondition_vector(W, G, N)
            else:
                vectors, scalars = _factor_step(vectors, scalars, G, eta, rates)
    return losses, weights, diverged


def _factor_step(vectors: Array, scalars: Array, G: Array, eta: Array, rates: Array) -> tuple[Array, Array]:
    """One step of gradient descent on the layers; `rates` holds a rate for every scalar of every run."""
    others = np.ones_like(scalars)  # ∏_{i≠j} s_i, without dividing by an s_j that may be 0
    for j, scalar in enumerate(scalars):
        others[:j] *= scalar
        others[j + 1 :] *= scalar
    slope = np.vecdot(vectors, G)
    return vectors - (eta * scalars.prod(axis=0))[:, None] * G, scalars - rates * others * slope


def _recorded_steps(record: int | ArrayLike, steps: int) -> Steps:
    if np.ndim(record) == 0:
        count = whole_number(record, 2, "record")  # type: ignore[arg-type]
        return np.unique(np.concatenate([[0], np.geomspace(1, steps, count - 1).round()])).astype(np.int64)
    marks = np.unique(np.asarray(record))
    if marks.dtype.kind not in "iu" or not marks.size or marks[0] < 0 or marks[-1] > steps:
        raise ValueError(f"record is {record!r}, it must hold whole steps from 0 to {steps}")
    return np.unique(np.append(marks, steps)).astype(np.int64)


def _distinct(values: int | Iterable[int], least: int, name: str) -> tuple[int, ...]:
    numbers = tuple(values) if isinstance(values, Iterable) else (values,)
    checked = tuple(whole_number(value, least, name) for value in numbers)
    if not checked or len(set(checked)) < len(checked):
        raise ValueError(f"{name} is {checked}: give at least one, each once")
    return checked
