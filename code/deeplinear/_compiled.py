"""The two loops that are worth compiling with Numba; without it the engine does the same in NumPy.

:func:`descend` takes whole runs of gradient descent on least squares through the processor's first cache, one after another, at
a few dozen nanoseconds a step. :func:`power_gradients` makes the gradients of ℓp regression for many runs, a tile of the data
at a time, so that residuals never leave the second cache.
"""

from __future__ import annotations

import contextlib
import importlib.util
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["available", "descend", "one_blas_thread", "power_gradients", "threads"]

Array = NDArray[np.float64]

# Numba's plainest pool of threads may be used from one thread at a time.
_ONE_AT_A_TIME = threading.Lock()


def available() -> bool:
    """Whether Numba is installed, and with it what keeps the threads of matrix products out of its own."""
    return all(importlib.util.find_spec(name) for name in ("numba", "threadpoolctl"))


def descend(
    parameters: Array,
    depths: NDArray[np.int64],
    rates: Array,
    decay: Array,
    curvature: Array,
    pull: Array,
    first: int,
    last: int,
) -> NDArray[np.int64]:
    """Advance chains (see :class:`deeplinear.parametrizations.Chains`) in place from step `first` to `last`.

    Returns the step at which each run's gradient is no longer finite, or −1.
    """
    with _ONE_AT_A_TIME:
        ends: NDArray[np.int64] = _descent_kernel()(parameters, depths, rates, decay, curvature, pull, first, last)
    return ends


@cache
def _descent_kernel() -> Any:
    from numba import njit, prange

    # Sums may be reordered, so that they use the processor's vectors; infinities and NaN keep their meaning.
    @njit(parallel=True, cache=True, fastmath={"reassoc", "contract"})  # type: ignore[untyped-decorator, unused-ignore]
    def kernel(parameters, depths, rates, decay, curvature, pull, first, last):  # type: ignore[no-untyped-def]
        runs, d = len(parameters), len(curvature)
        ends = np.full(runs, -1, np.int64)
        for run in prange(runs):
            v = parameters[run, :d].copy()
            scalars = parameters[run, d : d + depths[run] - 1].copy()
            others = np.ones_like(scalars)
            eta, shrink = rates[run], 1.0 - rates[run] * decay[run]
            for step in range(first, last):
                s = 1.0
                for j in range(len(scalars)):
                    s *= scalars[j]
                slope = 0.0  # ⟨v, g⟩
                squared = 0.0  # ‖g‖²
                for i in range(d):
                    g = curvature[i] * (s * v[i]) - pull[i]
                    slope += v[i] * g
                    squared += g * g
                    v[i] = shrink * v[i] - eta * s * g
                if not np.isfinite(squared):
                    ends[run] = step
                    break
                for j in range(len(scalars)):
                    others[j] = 1.0
                    for i in range(len(scalars)):
                        if i != j:
                            others[j] *= scalars[i]
                for j in range(len(scalars)):
                    scalars[j] = shrink * scalars[j] - eta * slope * others[j]
            parameters[run, :d] = v
            parameters[run, d : d + depths[run] - 1] = scalars
        return ends

    return kernel


def power_gradients(
    rows: Array, design: Array, inputs: Array, p: float, scratch: Array, partial: Array, losses: Array, with_loss: bool
) -> None:
    """Gradients and losses of ℓp regression for all runs: every core takes its share of the examples.

    The examples come in small tiles, and the runs a few at a time, so that a tile of residuals is made, raised to its power
    and used up while it is in the core's own cache, by matrix products that are too small to be copied about first.

    Parameters
    ----------
    rows : (runs, d + 1)
        End-to-end weights, and the weight of the targets.
    design : (threads, tiles, d + 1, width) and inputs : (threads, tiles, width, d)
        The examples, targets included, and the examples over their number.
    scratch : (threads, few, width), partial : (threads, 2, runs, d), losses : (threads, runs)
        Room. ``partial[:, 0]`` and `losses` are, summed over threads, the gradients and the sums of ``|r|^p``.
    """
    with _ONE_AT_A_TIME:
        _gradients_kernel()(rows, design, inputs, p, scratch, partial, losses, with_loss)


def threads() -> int:
    """How many cores a kernel uses."""
    import numba

    return int(numba.get_num_threads())


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Matrix products inside a kernel's threads are to have none of their own."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield


@cache
def _gradients_kernel() -> Any:
    from numba import njit, prange

    @njit(parallel=True, cache=True, fastmath={"reassoc", "contract"})  # type: ignore[untyped-decorator, unused-ignore]
    def kernel(rows, design, inputs, p, scratch, partial, losses, with_loss):  # type: ignore[no-untyped-def]
        (runs, _), (parts, tiles, _, width), few = rows.shape, design.shape, scratch.shape[1]
        for part in prange(parts):
            losses[part] = 0
            for first in range(0, runs, few):
                last = min(first + few, runs)
                tile = scratch[part, : last - first]
                for k in range(tiles):
                    np.dot(rows[first:last], design[part, k], tile)
                    for run in range(first, last):
                        r = tile[run - first]
                        total = 0.0
                        if p == 4:
                            for i in range(width):
                                slope = r[i] * r[i] * r[i]
                                if with_loss:
                                    total += slope * r[i]
                                r[i] = slope
                        else:
                            for i in range(width):
                                slope = np.copysign(np.abs(r[i]) ** (p - 1), r[i])
                                if with_loss:
                                    total += slope * r[i]
                                r[i] = slope
                        losses[part, run] += total
                    if k == 0:
                        np.dot(tile, inputs[part, k], partial[part, 0, first:last])
                    else:
                        np.dot(tile, inputs[part, k], partial[part, 1, first:last])
                        partial[part, 0, first:last] += partial[part, 1, first:last]

    return kernel
