"""The preconditioned gradient of Theorem 1 and Claim 2, for a batch of weights and any real depth.

Under gradient flow from a balanced start the product ``W`` of N factors obeys (Arora, Cohen & Hazan 2018, Theorem 1)

    dW/dt = −λN W − Σ_{j=1}^N [W Wᵀ]^{(j−1)/N} ∇ [Wᵀ W]^{(N−j)/N}.

The sum is a linear map of the gradient ``∇``: depth preconditions. The map as a matrix, and what is known of it, are in
:mod:`deeplinear.theory.preconditioner`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import floats, namespace

__all__ = ["amplified", "length", "precondition", "precondition_vector", "spectrum", "theorem", "thin_svd"]

Array = NDArray[np.float64]


def precondition(matrix: ArrayLike, gradient: ArrayLike, depth: ArrayLike, *, power: float = 1.0) -> Array:
    """The preconditioned gradient ``Σ_j [W Wᵀ]^{(j−1)/N} ∇ [Wᵀ W]^{(N−j)/N}`` of Theorem 1, shape ``(..., k, d)``.

    Fractional powers are taken through the thin SVD of `matrix`; every positive power is zero on the null space,
    exactly. (Through ``eigh`` of a Gram matrix, a rounding error of 1e-16 there would become 6e-4 under the power 1/5.)
    Singular values below ``eps · max(k, d)`` times the largest count as zero, with the eps of the type of `matrix`. If
    the smallest that counts is γ times the largest, the result loses up to ``(1 − 2/N) log10(1/γ)`` digits (N ≥ 2).

    Parameters
    ----------
    matrix : (..., k, d) or (d,) array
        The end-to-end matrix ``W``; a vector stands for one output.
    gradient : array
        ``∇``, in the shape of `matrix`.
    depth : float, or array over the leading axes
        The number of factors N, from 1 on; between whole numbers the closed form of the eigenvalues is taken. Depth 1
        returns the gradient itself.
    power : float
        Another power of the preconditioner than the first, positive.

    Raises
    ------
    ValueError
        If the shapes differ, an entry is not finite, or a depth is below 1.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.precondition([[4.0, 0.0]], [[1.0, 1.0]], depth=2)
    array([[8., 4.]])
    """
    W, G = _pair(matrix, gradient)
    N = _depths(depth)
    if power == 1 and W.ndim <= 2 and N.ndim == 0 and float(N).is_integer():
        return _summed(np.atleast_2d(W), np.atleast_2d(G), int(N)).reshape(W.shape)
    if W.ndim == 1:
        return np.asarray(theorem(W[None], G[None], N, power)[0])
    return np.asarray(theorem(W, G, N, power))


def _summed(W: Array, G: Array, depth: int) -> Array:
    """Theorem 1 for one matrix and a whole depth, term by term. Nothing cancels, so what is 0 on the null space stays 0
    to rounding error.
    """
    left, sigma, right = thin_svd(W)
    total = np.zeros_like(G)
    for j in range(1, depth + 1):
        term = G
        if j > 1:  # [W Wᵀ]^{(j−1)/N} ∇
            term = (left * sigma ** (2 * (j - 1) / depth)) @ (left.T @ term)
        if j < depth:  # … [Wᵀ W]^{(N−j)/N}
            term = (term @ right.T) * sigma ** (2 * (depth - j) / depth) @ right
        total += term
    return total


def precondition_vector(weights: ArrayLike, gradient: ArrayLike, depth: ArrayLike) -> Array:
    """Claim 2, one output: ``‖w‖^{2−2/N} (g + (N−1) ⟨g, w⟩ w / ‖w‖²)``, and 0 at ``w = 0`` when N > 1.

    An adaptive step size ``‖w‖^{2−2/N}`` and an N-fold amplification along `w`. Both arguments have shape ``(..., d)``;
    `depth` is any real number from 1 on, or an array that broadcasts over the leading axes.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.precondition_vector([4.0, 0.0], [1.0, 1.0], depth=2)
    array([8., 4.])
    """
    w, g = np.asarray(weights, dtype=float), np.asarray(gradient, dtype=float)
    N = _depths(depth)[..., None]
    return np.asarray(length(w) ** (2 - 2 / N) * amplified(w, g, N))


def spectrum(left: Any, right: Any, depth: Any) -> Any:
    """``Σ_j σ^{2(j−1)/N} τ^{2(N−j)/N}``, in closed form for real N: the preconditioner's eigenvalue for σ and τ.

    With ``t = log(low/high) ≤ 0`` the closed form ``(σ² − τ²)/(σ^{2/N} − τ^{2/N})`` is
    ``high^{2−2/N} · expm1(2t) / expm1(2t/N)``, stable as the two meet; where they are equal it is ``N σ^{2−2/N}``.
    """
    xp = namespace(left, right)
    high, low = xp.maximum(left, right), xp.minimum(left, right)
    full, some = high > 0, low > 0
    safe = xp.where(full, high, 1.0)
    t = xp.where(some, xp.log(xp.where(some, low, safe) / safe), -1.0)
    equal = t == 0
    ratio = xp.where(equal, depth, xp.expm1(2 * t) / xp.where(equal, 1.0, xp.expm1(2 * t / depth)))
    return xp.where(some, ratio, 1.0) * xp.where(full, safe ** (2 - 2 / depth), 0.0 ** (2 - 2 / depth))


def thin_svd(W: Any) -> tuple[Any, Any, Any]:
    """Thin SVD with singular values below the rounding of the largest, ``eps · max(k, d)`` of it, set to zero."""
    xp = namespace(W)
    left, sigma, right = xp.linalg.svd(W, full_matrices=False)
    noise = sigma[..., :1] * max(W.shape[-2:]) * np.finfo(sigma.dtype).eps
    return left, xp.where(sigma > noise, sigma, xp.zeros_like(sigma)), right


def theorem(W: Any, G: Any, depth: Any, power: float = 1.0) -> Any:
    """Theorem 1 for ``(..., k, d)``: eigenvalues on the singular directions of W, and what reaches beyond them."""
    N = np.asarray(depth)[..., None, None]
    xp = namespace(W, G)
    U, sigma, Vt = thin_svd(W)
    V, Ut = xp.swapaxes(Vt, -1, -2), xp.swapaxes(U, -1, -2)
    rows, columns = sigma[..., :, None], sigma[..., None, :]
    edge_r = spectrum(rows, xp.zeros_like(rows), N) ** power  # the other direction is none of W's
    edge_c = xp.swapaxes(edge_r, -1, -2)
    inside = Ut @ G @ V
    none = xp.where(N == 1, 1.0, 0.0)  # no direction of W at all: the gradient passes at depth 1 alone
    core = (spectrum(rows, columns, N) ** power - edge_r - edge_c + none) * inside
    left = (edge_r - none) * (Ut @ G)
    right = (G @ V) * (edge_c - none)
    return U @ (core @ Vt + left) + right @ Vt + none * G


def length(w: Any) -> Any:
    """``‖w‖``, without the underflow of its square."""
    xp = namespace(w)
    largest = xp.max(xp.abs(w), axis=-1, keepdims=True)
    largest = xp.where((largest > 0) & xp.isfinite(largest), largest, 1.0)
    scaled = w / largest
    return largest * xp.sqrt((scaled * scaled).sum(axis=-1, keepdims=True))


def amplified(w: Any, g: Any, N: Any) -> Any:
    """``g + (N−1) Pr_w g``; a zero vector has no direction."""
    xp = namespace(w, g)
    norm = length(w)
    direction = w / xp.where(norm > 0, norm, 1.0)
    along = (g * direction).sum(axis=-1, keepdims=True)
    return g + (N - 1) * along * direction


def _depths(depth: ArrayLike) -> Array:
    N = np.asarray(depth, dtype=float)
    if not (N >= 1).all():
        raise ValueError(f"depth is {depth!r}, it must be 1 or more")
    return N


def _pair(matrix: ArrayLike, gradient: ArrayLike) -> tuple[Array, Array]:
    W, G = floats(matrix), floats(gradient)
    if W.ndim < 1 or W.shape != G.shape:
        raise ValueError(f"matrix has shape {W.shape} and gradient {G.shape}: they must agree")
    for name, array in (("matrix", W), ("gradient", G)):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds {array[~np.isfinite(array)][0]}: every entry must be finite")
    return W, G
