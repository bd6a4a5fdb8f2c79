"""Gradient descent on least squares in the eigenbasis, one run after another in the processor's first cache.

There a step costs a few dozen nanoseconds, so millions of steps are advanced while one waits; the batched NumPy way, which
does the same without Numba, spends its time moving rows through memory.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["available", "descend"]

Array = NDArray[np.float64]


def available() -> bool:
    """Whether Numba is installed."""
    return importlib.util.find_spec("numba") is not None


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
    ends: NDArray[np.int64] = _kernel()(parameters, depths, rates, decay, curvature, pull, first, last)
    return ends


@cache
def _kernel() -> Any:
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
