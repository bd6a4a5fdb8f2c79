"""Theorem 2: the update of a deep network with one output is the gradient of a function for few losses only.

The end-to-end flow follows the field ``F(w) = ‖w‖^{2−2/N} (g + (N−1) ⟨g, w⟩ w / ‖w‖²)``, with ``g = ∇L(w)`` and
``F(0) = 0``. Were F a gradient, its integral around every closed curve would vanish, and its Jacobian would be
symmetric. Neither holds in two or more dimensions for ``N > 2`` when ``∇L(0) ≠ 0`` (Arora, Cohen & Hazan 2018, §6). The
curl is this book's, and so is the theorem that says exactly when F *is* a gradient: for ``L = φ(‖w‖) + H(w)`` with H
positively homogeneous of degree 2/N, and for no other loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, real_above, real_at_least
from deeplinear.networks.preconditioning import precondition_vector
from deeplinear.theory.mirror import mirror_hessian as mirror_hessian

__all__ = ["curl", "isotropic_regularizer", "line_integral", "linear_loss_integral", "regularizer", "theorem_curve"]

Array = NDArray[np.float64]
Profile = Callable[..., Any]


def curl(weights: ArrayLike, gradient: ArrayLike, hessian: ArrayLike, depth: float) -> Array:
    """``∂_jF_i − ∂_iF_j = (N−1) ‖w‖^{−2/N} (w_i h_j − w_j h_i)`` with ``h = Hw + ((N−2)/N) g``, at index ``[i, j]``.

    For a smooth loss F is a gradient near a point iff this matrix vanishes around it: iff ``N = 1``, or ``h`` is
    parallel to ``w``.

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
    >>> from deeplinear.theory.regularizers import curl
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
    """The closed curve of the proof: ``−Re → −re``, half circle to ``re``, ``re → Re``, half circle back;
    shape ``(·, d)``.

    Both half circles pass on the same side, in the plane of `direction` and the axis that it is least along. The points
    are dense enough towards the ends for :func:`line_integral` with that many `points` a piece.

    Examples
    --------
    >>> from deeplinear.theory.regularizers import theorem_curve
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
    >>> from deeplinear.theory.regularizers import line_integral, linear_loss_integral, theorem_curve
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
    """What a constant gradient of norm `size` along the curve's axis contributes to the integral around the theorem's
    curve.

    ``2c (N−1)(N−2)/(3N−2) · (R^{3−2/N} − r^{3−2/N})``: zero at N = 1 and 2, positive beyond.

    Examples
    --------
    >>> from deeplinear.theory.regularizers import linear_loss_integral
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
    >>> from deeplinear.theory.regularizers import isotropic_regularizer
    >>> print(isotropic_regularizer([3.0, 4.0], [1.0, 0.0]).round(4))
    68.3333
    """
    w, b = np.asarray(weights, dtype=float), np.asarray(target, dtype=float)
    norm = np.linalg.norm(w, axis=-1)
    return np.asarray(2 / 3 * norm**3 - norm * (w * b).sum(axis=-1))[()]


def regularizer(weights: ArrayLike, radial: Profile, homogeneous: Profile, depth: float, base: float = 1.0) -> Array:
    """``Φ = r^a (H + Nφ(r)) − 2(N−1) ∫₁^r s^{a−1} φ(s) ds`` with ``r = ‖w‖`` and ``a = 2 − 2/N``: F is its gradient
    away from 0 for the loss ``L = φ(r) + H(w)``, where H is positively homogeneous of degree 2/N.

    In two or more dimensions no other losses have one if ``N > 1``. Where φ′ can be integrated, the part of φ is
    ``N ∫₁^r s^a φ′(s) ds``, up to a constant.

    Parameters
    ----------
    weights : (..., d) array
        Away from 0.
    radial : function
        φ, from one norm to a number.
    homogeneous : function
        H, from weights ``(..., d)`` to a value each.
    depth : float
        ``N``, any real number from 1 on.
    base : float
        Where the integral begins, in place of 1: another constant in Φ. Near the norms of `weights` it loses no digits.

    Examples
    --------
    >>> from deeplinear.theory.regularizers import regularizer
    >>> print(regularizer([3.0, 4.0], lambda r: r**2 / 2, lambda w: -w[..., 0], depth=2).round(4))   # + 1/3
    68.6667
    """
    from scipy.integrate import quad

    w, N = np.asarray(weights, dtype=float), real_at_least(depth, 1.0, "depth")
    a, norm = 2 - 2 / N, np.linalg.norm(w, axis=-1)
    since = real_above(base, 0.0, "base")
    if not norm.all():
        raise ValueError("weights is 0 somewhere: the formula holds away from there")

    def of_radius(r: float) -> float:
        edge = float(N * r**a * radial(r))
        # By logarithms of s, so that a small r is no end at which the integrand blows up.
        whole = quad(
            lambda u: np.exp(a * u) * radial(np.exp(u)),
            np.log(since),
            np.log(r),
            epsabs=1e-13 * abs(edge),
            epsrel=1e-12,
        )[0]
        return edge - 2 * (N - 1) * whole

    return np.asarray(norm**a * homogeneous(w) + np.vectorize(of_radius)(norm))[()]
