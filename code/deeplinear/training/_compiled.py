"""The two loops that are worth compiling with Numba; without it the engine does the same in NumPy.

:func:`descend` takes whole runs of gradient descent on least squares through the processor's first cache, one after
another, at a few dozen nanoseconds a step. :func:`power_gradients` makes the gradients of ℓp regression for many runs,
a tile of the data at a time, so that residuals never leave the second cache.

A Numba that is there and does not work is passed over: each loop is tried on the smallest input before anything depends
on it, with its compiled form kept on disk, then without, and if neither works NumPy does the work after one warning.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deeplinear import _threads

__all__ = [
    "available",
    "can_descend",
    "can_make_gradients",
    "descend",
    "own_threads",
    "power_gradients",
    "threads",
    "use_threads",
]

Array = NDArray[np.float64]
Steps = NDArray[np.int64]

# Numba's plainest pool of threads may be used from one thread at a time.
_ONE_AT_A_TIME = threading.Lock()

_PASSED_OVER: list[BaseException] = []

# Sums may be reordered, so that they use the processor's vectors; infinities and NaN keep their meaning.
_FASTMATH = {"reassoc", "contract"}


@cache
def available() -> bool:
    """Whether Numba can be imported, and with it what keeps the threads of matrix products out of its own."""
    if not all(importlib.util.find_spec(name) for name in ("numba", "threadpoolctl")):
        return False
    try:
        import numba  # noqa: F401
        import threadpoolctl  # noqa: F401
    except Exception as error:  # a broken package raises what it likes
        _pass_over(error)
        return False
    return True


def can_descend() -> bool:
    """Whether :func:`descend` works here."""
    return available() and _descent_kernel() is not None


def can_make_gradients(dtype: DTypeLike) -> bool:
    """Whether :func:`power_gradients` works here, in this precision."""
    return available() and _gradients_kernel(np.dtype(dtype)) is not None


def _pass_over(error: BaseException) -> None:
    """One warning a process, for whichever trouble came first."""
    if not _PASSED_OVER:
        _PASSED_OVER.append(error)
        warnings.warn(
            f"Numba is installed and cannot be used ({type(error).__name__}: {error}): NumPy does the work, more "
            "slowly. Mend Numba, or uninstall it to hear no more of this",
            RuntimeWarning,
            stacklevel=2,
        )


def _tried(compile_: Callable[..., Any], trial: Callable[[Any], object]) -> Any:
    """A kernel that has passed its trial: kept on disk where that can be done, else made for this process;
    else None.
    """
    for kept in (True, False):
        try:
            kernel = compile_(cache=kept)
            with _ONE_AT_A_TIME:
                trial(kernel)
        except Exception as error:  # no place to keep it, a full disk, no threads, a compiler of another version …
            trouble = error
        else:
            return kernel
    _pass_over(trouble)
    return None


def descend(
    parameters: Array, depths: Steps, rates: Array, decay: Array, curvature: Array, pull: Array, first: int, last: int
) -> Steps:
    """Advance chains (see :class:`deeplinear.networks.Chain`) in place from step `first` to `last`.

    Returns the step at which each run's gradient is no longer finite, or −1.
    """
    kernel = _descent_kernel()  # its trial, the first time, takes the lock itself
    with _ONE_AT_A_TIME:
        ends: Steps = kernel(parameters, depths, rates, decay, curvature, pull, first, last)
    return ends


@cache
def _descent_kernel() -> Any:
    from numba import njit, prange

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

    def trial(kernel: Any) -> None:
        kernel(np.zeros((1, 1)), np.ones(1, np.int64), np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1), 0, 1)

    return _tried(functools.partial(njit, kernel, parallel=True, fastmath=_FASTMATH), trial)


def power_gradients(
    rows: Array, design: Array, inputs: Array, p: float, scratch: Array, partial: Array, losses: Array, with_loss: bool
) -> None:
    """Gradients and losses of ℓp regression for all runs: every core takes its share of the examples.

    The examples come in small tiles, and the runs a few at a time, so that a tile of residuals is made, raised to its
    power and used up while it is in the core's own cache, by matrix products that are too small to be copied about
    first.

    Parameters
    ----------
    rows : (runs, d + 1)
        End-to-end weights, and the weight of the targets.
    design : (threads, tiles, d + 1, width) and inputs : (threads, tiles, width, d)
        The examples, targets included, and the examples over their number.
    scratch : (threads, few, width), partial : (threads, 2, runs, d), losses : (threads, runs)
        Room. ``partial[:, 0]`` and `losses` are, summed over threads, the gradients and the sums of ``|r|^p``.
    """
    kernel = _gradients_kernel(rows.dtype)  # its trial, the first time, takes the lock itself
    with _ONE_AT_A_TIME:
        kernel(rows, design, inputs, p, scratch, partial, losses, with_loss)


def threads() -> int:
    """How many cores a kernel uses."""
    import numba

    return int(numba.get_num_threads())


def use_threads(number: int) -> None:
    """Let the kernels that are called from here on use `number` of them."""
    import numba

    numba.set_num_threads(number)


@contextlib.contextmanager
def own_threads() -> Iterator[None]:
    """Whatever is chosen inside, afterwards the kernels and matrix products have the threads that they had before.

    Either may be there without the other.
    """
    products = [library.num_threads for library in _threads.libraries()]
    before = _numba_threads()
    try:
        yield
    finally:
        if _numba_threads():
            use_threads(before or sys.modules["numba"].config.NUMBA_NUM_THREADS)
        for library, number in zip(_threads.libraries(), products, strict=True):
            library.set_num_threads(number)


def _numba_threads() -> int:
    """How many threads Numba has now; 0 where it has not been imported, or is broken."""
    ask = getattr(sys.modules.get("numba"), "get_num_threads", None)
    return int(ask()) if ask is not None else 0


@cache
def _gradients_kernel(dtype: np.dtype[Any]) -> Any:
    from numba import njit, prange

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

    def trial(kernel: Any) -> None:
        rows, design, inputs, scratch, partial = (
            np.zeros(shape, dtype) for shape in [(1, 2), (1, 1, 2, 1), (1, 1, 1, 1), (1, 1, 1), (1, 2, 1, 1)]
        )
        kernel(rows, design, inputs, 2.0, scratch, partial, np.zeros((1, 1)), False)

    return _tried(functools.partial(njit, kernel, parallel=True, fastmath=_FASTMATH), trial)
