"""Gradient flow, the limit of gradient descent as the learning rate goes to 0: on the factors, and on their product.

Time is measured in units of η·steps, so ``times = η * np.arange(steps + 1)`` lines a flow up with a run of descent.
Both flows are integrated by an eighth-order Runge–Kutta method at a relative tolerance of 1e-12: they serve as the
reference that the theorems are checked against.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, real_at_least, whole_number
from deeplinear.networks.factors import end_to_end, layer_gradients
from deeplinear.networks.preconditioning import precondition
from deeplinear.problems import Problem

__all__ = ["end_to_end_flow", "network_flow"]

Array = NDArray[np.float64]


def end_to_end_flow(
    problem: Problem, matrix: ArrayLike, depth: int, times: ArrayLike, weight_decay: float = 0.0
) -> Array:
    """The end-to-end flow of Theorem 1 from `matrix`, at `times` (units of η·steps), shape ``(len(times), k, d)``.

    The velocity is :func:`deeplinear.precondition`, for which singular values below ``eps · max(k, d)`` times the
    largest are zero: a direction that starts below that stays where it is, if no other moves it, although the exact
    flow would enlarge it in time. :func:`network_flow`, which takes no singular values, follows it.

    Parameters
    ----------
    problem : Problem
        The loss whose gradient drives the flow.
    matrix : (k, d) or (d,) array
        The start; a vector stands for one output.
    depth : int
        The number of factors N.
    times : array
        Increasing, from 0 or later.
    weight_decay : float
        ``λ`` on the factors, hence ``λN`` on the product.

    Raises
    ------
    RuntimeError
        If the flow cannot be followed to the last time, with the time reached.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.end_to_end_flow(dl.TwoPoint([1.0]), [[0.25]], depth=2, times=[0.0, 1.0]).round(4).ravel()
    array([0.25  , 0.7112])
    """
    W = np.atleast_2d(finite_array(matrix, "matrix", dimensions=(1, 2)))
    depth = whole_number(depth, 1, "depth")
    decay = real_at_least(weight_decay, 0.0, "weight_decay")

    def velocity(flat: Array) -> Array:
        here = flat.reshape(W.shape)
        nabla = _gradient(problem, here)
        return (-decay * depth * here - precondition(here, nabla, depth)).ravel()

    return _follow(velocity, W.ravel(), times).reshape(-1, *W.shape)


def network_flow(
    problem: Problem, factors: Sequence[ArrayLike], times: ArrayLike, weight_decay: float = 0.0
) -> list[tuple[Array, ...]]:
    """Gradient flow ``dW_j/dt = −λ W_j − ∂L/∂W_j`` on the factors themselves, at `times` (units of η·steps).

    Returns the factors at every time. No hypothesis is made: the start need not be balanced. Nothing is rounded to zero
    either, as it is in :func:`end_to_end_flow` and :func:`deeplinear.balanced`; the two flows of a start with singular
    values below rounding error can therefore part.

    Examples
    --------
    >>> import deeplinear as dl
    >>> path = dl.network_flow(dl.TwoPoint([1.0]), dl.balanced([[0.25]], depth=2), times=[0.0, 1.0])
    >>> dl.end_to_end(path[-1]).round(4)
    array([[0.7112]])
    """
    decay = real_at_least(weight_decay, 0.0, "weight_decay")
    start = [np.asarray(factor, dtype=float) for factor in factors]
    shapes = [factor.shape for factor in start]
    splits = np.cumsum([factor.size for factor in start])[:-1]

    def unpack(flat: Array) -> tuple[Array, ...]:
        return tuple(part.reshape(shape) for part, shape in zip(np.split(flat, splits), shapes, strict=True))

    def velocity(flat: Array) -> Array:
        here = unpack(flat)
        slopes = layer_gradients(here, _gradient(problem, end_to_end(here)))
        return np.asarray(-decay * flat - np.concatenate([slope.ravel() for slope in slopes]))

    path = _follow(velocity, np.concatenate([factor.ravel() for factor in start]), times)
    return [unpack(row) for row in path]


def _gradient(problem: Problem, W: Array) -> Array:
    """The problem's gradient at a ``(k, d)`` matrix, also where the problem counts one output as a vector."""
    nabla: Array = np.reshape(problem.gradient(W), W.shape)
    return nabla


def _follow(velocity: Callable[[Array], Array], start: Array, times: ArrayLike) -> Array:
    from scipy.integrate import solve_ivp

    grid = finite_array(times, "times", dimensions=(1,))
    if grid[0] < 0 or (np.diff(grid) <= 0).any():
        raise ValueError("times must start at 0 or later and increase")
    solution = solve_ivp(
        lambda _, y: velocity(y), (0.0, grid[-1]), start, method="DOP853", t_eval=grid, rtol=1e-12, atol=1e-14
    )
    if not solution.success:
        raise RuntimeError(
            f"the flow stopped at time {solution.t[-1] if len(solution.t) else 0.0:g}: {solution.message}"
        )
    return np.asarray(solution.y.T)
