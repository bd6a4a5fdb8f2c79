"""The gain law: how much longer a step depth allows at the target, for a loss that flattens out there.

One weight w with target y and loss ``(w − y)^p/p`` is trained as N factors, by the rule

    w⁺ = w + η N w^a (y − w)^{p−1},        a = 2 − 2/N,

or by gradient descent on N equal layers, ``u⁺ = u + η u^{N−1} (y − u^N)^{p−1}``. A rate is *monotone* if no start
between 0 and y is taken beyond y. While w is at its target, a further weight that is still small moves across w, at the
rate ``η y^a``. This rate at the largest monotone η, over the one of gradient descent on w itself, is the gain:

    G(N, p)   = 1 / (N x^a (1 − x)^{p−2}),   x = a/(a + p − 2),                          of the rule;
    G_f(N, p) = 1 / sup_{0<u<1} u^{N−1} (1 − u^N)^{p−1} / (1 − u)  ≤  G(N, p),           of the layers.

Both are this book's, as are their proofs; see the chapter *When depth accelerates*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from deeplinear._arrays import real_above, real_at_least, whole_number
from deeplinear.problems import TwoPoint

__all__ = ["arrivals", "gain", "monotone_rate", "robust"]

WINDOW = 1.25  # how far to both sides of a robust rate all rates have to work


def gain(depth: float, p: float, method: Literal["rule", "factors"] = "rule") -> float:
    """``G(N, p)`` of the rule, or ``G_f(N, p)`` of gradient descent on the layers.

    Parameters
    ----------
    depth : float
        The number of factors N, from 1 on; it need not be whole for the rule.
    p : float
        The power of the loss, from 2 on.
    method : "rule" or "factors"
        What is trained.

    Examples
    --------
    >>> import deeplinear as dl
    >>> round(dl.gain(2, 4), 12), round(27 * dl.gain(2, 4, method="factors"), 12)       # 27/8, and 64/27
    (3.375, 64.0)
    >>> round(1 / dl.gain(3, 2), 12)                                  # on a quadratic depth costs a factor of N
    3.0
    """
    return 1.0 / _steepest(_depth(depth, method), real_at_least(p, 2.0, "p"), method)


def monotone_rate(depth: float, p: float, target: float = 1.0, method: Literal["rule", "factors"] = "rule") -> float:
    """The largest η at which no start between 0 and the target is taken beyond it: ``1/(y^{a+p−2} N x^a (1−x)^{p−2})``.

    Examples
    --------
    >>> from deeplinear.theory.gain import monotone_rate
    >>> round(monotone_rate(1, 4, target=100.0) * 100.0**2, 12), round(monotone_rate(2, 4, target=2.0), 12)
    (1.0, 0.421875)
    """
    y = real_above(target, 0.0, "target")
    return float(gain(depth, p, method) / y ** (2 - 2 / depth + p - 2))


def arrivals(
    problem: TwoPoint,
    depth: int,
    rates: ArrayLike,
    starts: ArrayLike,
    reached: Callable[[Any], Any],
    steps: int,
    method: Literal["rule", "factors"] = "rule",
) -> NDArray[np.float64]:
    """How many steps until `reached` holds and goes on holding, for every rate from every start; inf if it does not.

    Parameters
    ----------
    problem : TwoPoint
        The loss.
    depth, method
        What is trained: the rule, or `depth` balanced layers of one number each but the first.
    rates : (r,) array
        Learning rates.
    starts : (s, d) array
        Weights to start from; not zero beyond depth 1.
    reached : function
        From weights (r, s, d) to booleans (r, s).
    steps : int
        How many are tried.

    Returns
    -------
    (r, s) array

    Examples
    --------
    >>> import deeplinear as dl
    >>> from deeplinear.theory.gain import arrivals
    >>> arrivals(dl.TwoPoint((1.0, 0.5)), 1, [0.5, 3.0], [[0.0, 0.0]], lambda w: abs(w[..., 0] - 1) < 0.1, 50)
    array([[ 4.],
           [inf]])
    """
    eta = np.asarray(rates, dtype=float)[:, None, None]
    w = np.broadcast_to(np.asarray(starts, dtype=float), (len(eta), *np.shape(starts))).copy()
    size = np.linalg.norm(w, axis=-1, keepdims=True)
    s = size ** (1 / depth)  # the layers of one number, and the first layer
    v = w / s ** (depth - 1) if depth > 1 else w
    last = np.zeros(w.shape[:2])
    far = ~reached(w)
    with np.errstate(all="ignore"):  # runs that diverge
        for step in range(1, steps + 1):
            g = problem.gradient(w)
            if depth == 1:
                w = w - eta * g
            elif method == "rule":
                square = (w * w).sum(axis=-1, keepdims=True)
                along = (depth - 1) * (g * w).sum(axis=-1, keepdims=True) / square
                w = w - eta * square ** (1 - 1 / depth) * (g + along * w)
            else:
                slope = (g * v).sum(axis=-1, keepdims=True)
                v, s = v - eta * s ** (depth - 1) * g, s - eta * s ** (depth - 2) * slope
                w = v * s ** (depth - 1)
            last[far] = step
            far = ~reached(w)
            if step % 500 == 0 and not (far & np.isfinite(w).all(axis=-1)).any():
                break
    return np.where(far, np.inf, last)


def robust(rates: ArrayLike, counts: ArrayLike) -> NDArray[np.float64]:
    """The `counts` of the rates η for which all tried rates in [η/1.25, 1.25 η] have a finite count, inf for others.

    A rate is robust only if rates were tried at least as far as its window reaches. `rates` rise.

    Examples
    --------
    >>> from deeplinear.theory.gain import robust
    >>> robust([1.0, 1.2, 1.4, 1.6, 1.8], [9.0, 8.0, 7.0, 6.0, float("inf")])
    array([inf, inf,  7., inf, inf])
    """
    eta, counts = np.asarray(rates, dtype=float), np.asarray(counts, dtype=float)
    low, high = eta[:, None] / WINDOW, eta[:, None] * WINDOW
    works = np.isfinite(counts) | (eta < low) | (eta > high)
    tried = (eta[0] <= low[:, 0]) & (high[:, 0] <= eta[-1])
    return np.where(tried & works.all(axis=1), counts, np.inf)


def _steepest(depth: float, p: float, method: str) -> float:
    """How far a step of rate 1 goes, over the way to the target y = 1, at its farthest."""
    a = 2 - 2 / depth
    if depth == 1:
        return 1.0  # (1 − w)^{p−2}, at w = 0
    if method == "rule":
        x = a / (a + p - 2)
        return float(depth * x**a * (1 - x) ** (p - 2))

    N = int(depth)

    def layers(u: float) -> float:
        return sum(u**j for j in range(N))  # (1 − u^N)/(1 − u)

    def climbs(u: float) -> float:
        """A positive multiple of the slope at u; its only zero, since Σ_k u^{−k} (N−1 − (N−2)u) falls to N at 1."""
        return (N - 1 - (N - 2) * u) * layers(u) - (p - 1) * N * u**N

    u = brentq(climbs, 0.0, 1.0, xtol=1e-15)
    short = max(1 - u**N, 1e-16)  # as p → 2 the farthest step starts at the target, and 0^0 is meant as its limit
    return float(u ** (N - 1) * short ** (p - 2) * layers(u))


def _depth(depth: float, method: str) -> float:
    if method == "rule":
        return real_at_least(depth, 1.0, "depth")
    if method == "factors":
        return float(whole_number(depth, 1, "depth"))  # type: ignore[arg-type]
    raise ValueError(f"method is {method!r}, it must be 'rule' or 'factors'")
