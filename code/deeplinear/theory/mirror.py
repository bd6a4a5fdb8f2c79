"""The mirror flow that one output follows by a clock of its own, and where that flow ends.

With the potential ``ψ(w) = ‖w‖^{1+1/N}`` the end-to-end flow of N layers with one output obeys

    d/dt ∇ψ(w) = −(1 + 1/N) ‖w‖^{1−1/N} ∇L(w),

a mirror flow whose clock runs at a speed that depends on w. A change of the clock changes no path, so on a loss of
``Xw`` all of ``∇ψ`` that is across the rows of X is kept. This says which of many solutions the flow finds: the
Bregman projection of the start. Both are this book's (cf. Azulay et al. 2021 for N = 2).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, real_at_least
from deeplinear.networks.preconditioning import length

__all__ = ["destination", "mirror_hessian", "mirror_map"]

Array = NDArray[np.float64]


def mirror_map(weights: ArrayLike, depth: float) -> Array:
    """``∇‖w‖^{1+1/N} = (1 + 1/N) ‖w‖^{1/N−1} w``, and 0 at ``w = 0``; shape ``(..., d)``.

    Examples
    --------
    >>> from deeplinear.theory.mirror import mirror_map
    >>> mirror_map([4.0, 0.0], depth=2)
    array([3., 0.])
    """
    w = np.asarray(weights, dtype=float)
    N = real_at_least(depth, 1.0, "depth")
    norm = length(w)
    return np.asarray((1 + 1 / N) * norm ** (1 / N) * (w / np.where(norm > 0, norm, 1.0)))


def mirror_hessian(weights: ArrayLike, depth: float) -> Array:
    """The Hessian of ``‖w‖^{1+1/N}``, the potential of the time-warped mirror flow, shape ``(d, d)``.

    ``P(w) · Hess = (1 + 1/N) ‖w‖^{1−1/N} I``: after a change of time, the end-to-end flow is a mirror flow (cf. Azulay
    et al. 2021 for N = 2), although F is no gradient.

    Examples
    --------
    >>> from deeplinear.theory.mirror import mirror_hessian
    >>> mirror_hessian([4.0, 0.0], depth=2)
    array([[0.375, 0.   ],
           [0.   , 0.75 ]])
    """
    w = finite_array(weights, "weights", dimensions=(1,))
    a = 1 + 1 / real_at_least(depth, 1.0, "depth")
    norm = float(length(w)[0])
    if norm == 0:
        raise ValueError("weights is 0: the potential has no Hessian there")
    direction = w / norm
    return np.asarray(a * norm ** (a - 2) * (np.eye(len(w)) + (a - 2) * np.outer(direction, direction)))


def destination(inputs: ArrayLike, targets: ArrayLike, start: ArrayLike, depth: float) -> Array:
    """Where the balanced flow of N layers with one output ends on least squares with many solutions, shape ``(d,)``.

    Across the rows of X, ``‖w‖^{1/N−1} w`` is kept. So the end is the least-norm solution ``w*`` plus
    ``(R/‖w⁰‖)^{1−1/N}`` times the part of the start that is across the rows, and its norm R is the one positive
    solution of ``R² = ‖w*‖² + κ² R^{2−2/N}``, with κ the norm of that part over ``‖w⁰‖^{1−1/N}``. The end is also the
    solution nearest to the start in the Bregman distance of ``‖w‖^{1+1/N}``.

    Parameters
    ----------
    inputs : (m, d) array
        X, one example a row; of any rank.
    targets : (m,) array
        One number an example. Where no weights fit all of them, the solutions are the minima of the squared error.
    start : (d,) array
        ``w⁰``. The flow goes to the destination if the start is not in the span of the rows of X, or if its loss is
        below that of 0; a flow from another start may end at 0, which from depth 2 on is stationary.
    depth : float
        ``N``, any real number from 1 on.

    Examples
    --------
    >>> from deeplinear.theory.mirror import destination
    >>> for depth in (1, 2, 4):
    ...     print(depth, destination([[2.0, 1.0]], [5.0], [0.0, 1.0], depth).round(4))
    1 [1.6 1.8]
    2 [1.3462 2.3076]
    4 [1.0792 2.8417]
    """
    X, y = finite_array(inputs, "inputs", dimensions=(2,)), finite_array(targets, "targets", dimensions=(1,))
    w = finite_array(start, "start", dimensions=(1,))
    N = real_at_least(depth, 1.0, "depth")
    if X.shape != (len(y), len(w)):
        raise ValueError(f"inputs has shape {X.shape}, for {len(y)} targets and a start of {len(w)} weights")
    size = float(length(w)[0])
    if size == 0 and N > 1:
        raise ValueError("start is 0, where a flow of more than one layer stays: give a start away from it")

    U, sigma, rows = np.linalg.svd(X, full_matrices=False)
    there = sigma > sigma.max(initial=0.0) * max(X.shape) * np.finfo(float).eps
    least = (U[:, there].T @ y / sigma[there]) @ rows[there]
    across = w - (rows[there] @ w) @ rows[there]
    share = float(length(across)[0]) / size if size else 0.0
    if share < 10 * max(X.shape) * np.finfo(float).eps:  # rounding; what it would add to the end is as small
        return np.asarray(least)
    return np.asarray(least + across * _growth(float(length(least)[0]) / size, share, N))


def _growth(least: float, share: float, N: float) -> float:
    """``(R/‖w⁰‖)^{1−1/N}``, with all lengths in units of the start's; logarithms, since ``share^N`` may underflow."""
    from scipy.optimize import brentq

    floor, a = math.log(least) if least > 0 else -math.inf, 2 - 2 / N

    def short(u: float) -> float:
        """How far u = log R is beyond what the equation makes of it."""
        return float(u - np.logaddexp(2 * floor, 2 * math.log(share) + a * u) / 2)

    # With either term of the sum alone u is `low`; both make up to log(2)/2 more, and `short` rises by 1/N or faster.
    low = max(floor, N * math.log(share))
    return math.exp(a / 2 * brentq(short, low - 1, low + N, xtol=1e-15, rtol=1e-15))
