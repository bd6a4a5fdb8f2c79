"""Theorem 2: the update of a deep network with one output is not the gradient of any regularized loss.

The end-to-end flow follows the field ``F(w) = ‖w‖^{2−2/N} (g + (N−1) ⟨g, w⟩ w / ‖w‖²)``, with ``g = ∇L(w)`` and ``F(0) = 0``.
Were F a gradient, its integral around every closed curve would vanish, and its Jacobian would be symmetric. Neither holds for
``N > 2`` when ``∇L(0) ≠ 0`` (Arora, Cohen & Hazan 2018, §6). The curl, and the fields that *are* gradients, are this book's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, real_above, real_at_least
from deeplinear.end_to_end import precondition_vector

__all__ = ["curl", "isotropic_regularizer", "line_integral", "linear_loss_integral", "mirror_hessian", "theorem_curve"]

Array = NDArray[np.float64]


def curl(weights: ArrayLike, gradient: ArrayLike, hessian: ArrayLike, depth: float) -> Array:
    """``∂_jF_i − ∂_iF_j = (N−1) ‖w‖^{−2/N} (w_i h_j − w_j h_i)`` with ``h = Hw + ((N−2)/N) g``, at index ``[i, j]``.

    F is locally a gradient where this matrix vanishes: iff ``h`` is parallel to ``w``.

    Parameters
    ----------
    weights, gradient : (d,) arrays
        ``w ≠ 0`` and ``g = ∇L(w)``.
    hessian : (d, d) array
        ``H``, the Hessian of the loss at `w`.
    depth : float
        ``N``, any real number from 1 on.

    Examples
    --------
    >>> import numpy as np
    >>> from deeplinear.regularizers import curl
    >>> w, H = np.array([3.0, 4.0]), np.diag([1.0, 5.0])
    >>> print(curl(w, H @ w, H, depth=2)[0, 1].round(12))     # 4xy/‖w‖
    9.6
    """
    w = finite_array(weights, "weights", dimensions=(1,))
    g = finite_array(gradient, "gradient", dimensions=(1,))
    H = finite_array(hessian, "hessian", dimensions=(2,))
    N = real_at_least(depth, 1.0, "depth")
    norm = float(np.linalg.norm(w))
    if norm == 0:
        raise ValueError("weights is 0: F is not differentiable there; take a point away from the origin")
    h = H @ w + (N - 2) / N * g
    return np.asarray((N - 1) * norm ** (-2 / N) * (np.outer(w, h) - np.outer(h, w)))


def theorem_curve(direction: ArrayLike, inner: float, outer: float, points: int = 400) -> Array:
    """The closed curve of the proof: ``−Re → −re``, half circle to ``re``, ``re → Re``, half circle back; shape ``(·, d)``.

    Both half circles pass on the same side, in the plane of `direction` and the axis that it is least along. The points are
    dense enough towards the ends for :func:`line_integral` with that many `points` a piece.

    Examples
    --------
    >>> from deeplinear.regularizers import theorem_curve
    >>> theorem_curve([1.0, 0.0], inner=0.5, outer=1.0, points=3).round(2).tolist()[:4]
    [[-1.0, 0.0], [-0.75, 0.0], [-0.5, 0.0], [-0.0, 0.5]]
    """
    e = finite_array(direction, "direction", dimensions=(1,))
    if len(e) < 2 or not e.any():
        raise ValueError(f"direction is {e.tolist()}: a non-zero vector of at least two entries is needed")
    r, R = real_above(inner, 0.0, "inner"), real_above(outer, inner, "outer")
    e = e / np.linalg.norm(e)
    across = np.zeros_like(e)
    across[np.argmin(np.abs(e))] = 1.0
    across -= (across @ e) * e
    across /= np.linalg.norm(across)
    turn = np.linspace(np.pi, 0, points)
    circle = np.outer(np.cos(turn), e) + np.outer(np.sin(turn), across)
    radius = np.linspace(R, r, points)
    pieces = [np.outer(-radius, e), r * circle, np.outer(radius[::-1], e), R * circle[::-1]]
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def line_integral(gradient: Callable[[Array], Array], curve: ArrayLike, depth: float) -> Array:
    """The running integral ``∫ ⟨F, dw⟩`` along `curve`, at each of its points; the last entry is the whole integral.

    Parameters
    ----------
    gradient : function
        From weights ``(n, d)`` to ``∇L`` at each, ``(n, d)``.
    curve : (n, d) array
        Points along the curve; each chord is integrated by three-point Gauss–Legendre quadrature.
    depth : float
        ``N``, any real number from 1 on.

    Examples
    --------
    >>> import numpy as np
    >>> from deeplinear.regularizers import line_integral, linear_loss_integral, theorem_curve
    >>> constant = lambda w: np.broadcast_to([2.0, 0.0], w.shape)
    >>> running = line_integral(constant, theorem_curve([1.0, 0.0], 0.5, 1.0), depth=3)
    >>> bool(abs(running[-1] / linear_loss_integral(2.0, 3, 0.5, 1.0) - 1) < 1e-4)
    True
    """
    points = finite_array(curve, "curve", dimensions=(2,))
    start, chord = points[:-1], np.diff(points, axis=0)
    total = np.zeros(len(chord))
    for node, weight in zip(*np.polynomial.legendre.leggauss(3), strict=True):
        here = start + (node + 1) / 2 * chord
        total += weight / 2 * (precondition_vector(here, gradient(here), depth) * chord).sum(axis=1)
    return np.concatenate([[0.0], np.cumsum(total)])


def linear_loss_integral(size: float, depth: float, inner: float, outer: float) -> float:
    """What a constant gradient of norm `size` along the curve's axis contributes to the integral around the theorem's curve.

    ``2c (N−1)(N−2)/(3N−2) · (R^{3−2/N} − r^{3−2/N})``: zero at N = 1 and 2, positive beyond.

    Examples
    --------
    >>> from deeplinear.regularizers import linear_loss_integral
    >>> [round(linear_loss_integral(1.0, N, 0.5, 1.0), 4) for N in (2, 3, 4)]
    [0.0, 0.458, 0.9879]
    """
    N = real_at_least(depth, 1.0, "depth")
    power = 3 - 2 / N
    return float(2 * size * (N - 1) * (N - 2) / (3 * N - 2) * (outer**power - inner**power))


def isotropic_regularizer(weights: ArrayLike, target: ArrayLike) -> Array:
    """``⅔‖w‖³ − ‖w‖⟨w, b⟩``: at N = 2 and for the loss ``½‖w − b‖²``, F *is* the gradient of this function.

    Examples
    --------
    >>> from deeplinear.regularizers import isotropic_regularizer
    >>> print(isotropic_regularizer([3.0, 4.0], [1.0, 0.0]).round(4))
    68.3333
    """
    w, b = np.asarray(weights, dtype=float), np.asarray(target, dtype=float)
    norm = np.linalg.norm(w, axis=-1)
    return np.asarray(2 / 3 * norm**3 - norm * (w * b).sum(axis=-1))[()]


def mirror_hessian(weights: ArrayLike, depth: float) -> Array:
    """The Hessian of ``‖w‖^{1+1/N}``, the potential of the time-warped mirror flow, shape ``(d, d)``.

    ``P(w) · Hess = (1 + 1/N) ‖w‖^{1−1/N} I``: after a change of time, the end-to-end flow is a mirror flow (cf. Azulay et
    al. 2021 for N = 2), although F is no gradient.

    Examples
    --------
    >>> from deeplinear.regularizers import mirror_hessian
    >>> mirror_hessian([4.0, 0.0], depth=2)
    array([[0.375, 0.   ],
           [0.   , 0.75 ]])
    """
    w = finite_array(weights, "weights", dimensions=(1,))
    a = 1 + 1 / real_at_least(depth, 1.0, "depth")
    norm = float(np.linalg.norm(w))
    if norm == 0:
        raise ValueError("weights is 0: the potential has no Hessian there")
    direction = w / norm
    return np.asarray(a * norm ** (a - 2) * (np.eye(len(w)) + (a - 2) * np.outer(direction, direction)))
