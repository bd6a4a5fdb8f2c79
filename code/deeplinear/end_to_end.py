"""Theorem 1 and Claims 1–2: what gradient descent on N factors does to their product.

Under gradient flow from a balanced start, the product ``W`` of N factors obeys, whatever the hidden widths,

    dW/dt = −λN W − Σ_{j=1}^N [W Wᵀ]^{(j−1)/N} ∇ [Wᵀ W]^{(N−j)/N}          (time in units of η·steps)

(Arora, Cohen & Hazan 2018, Theorem 1). The sum is a linear map of the gradient ``∇``: depth preconditions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, real_at_least, whole_number

__all__ = [
    "end_to_end_step",
    "precondition",
    "precondition_vector",
    "preconditioner",
    "preconditioner_eigenvalues",
]

Array = NDArray[np.float64]


def precondition(matrix: ArrayLike, gradient: ArrayLike, depth: int) -> Array:
    """The preconditioned gradient ``Σ_j [W Wᵀ]^{(j−1)/N} ∇ [Wᵀ W]^{(N−j)/N}`` of Theorem 1, shape ``(k, d)``.

    Fractional powers are taken through the thin SVD of `matrix`. The power 0 is the identity; every positive power is zero
    on the null space, exactly. (Through ``eigh`` of a Gram matrix, a rounding error of 1e-16 there would become 6e-4 under
    the power 1/5.)

    Parameters
    ----------
    matrix : (k, d) or (d,) array
        The end-to-end matrix ``W``; a vector stands for one output.
    gradient : array
        ``∇``, in the shape of `matrix`.
    depth : int
        The number of factors N. Depth 1 returns the gradient itself.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.precondition([[4.0, 0.0]], [[1.0, 1.0]], depth=2)
    array([[8., 4.]])
    """
    W, nabla = _pair(matrix, gradient)
    depth = whole_number(depth, 1, "depth")
    left, sigma, right = _thin_svd(np.atleast_2d(W))
    G = np.atleast_2d(nabla)
    total = np.zeros_like(G)
    for j in range(1, depth + 1):
        term = G
        if j > 1:  # [W Wᵀ]^{(j−1)/N} ∇
            term = (left * sigma ** (2 * (j - 1) / depth)) @ (left.T @ term)
        if j < depth:  # … [Wᵀ W]^{(N−j)/N}
            term = (term @ right.T) * sigma ** (2 * (depth - j) / depth) @ right
        total += term
    return total.reshape(W.shape)


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
    N = np.asarray(depth, dtype=float)[..., None]
    if not (N >= 1).all():
        raise ValueError(f"depth is {depth!r}, it must be 1 or more")
    norm = np.linalg.norm(w, axis=-1, keepdims=True)
    direction = np.divide(w, norm, out=np.zeros_like(w), where=norm > 0)
    along = (g * direction).sum(axis=-1, keepdims=True)
    return np.asarray(norm ** (2 - 2 / N) * (g + (N - 1) * along * direction))


def preconditioner(matrix: ArrayLike, depth: int) -> Array:
    """Claim 1: the positive semidefinite matrix ``P = Σ_j [WᵀW]^{(N−j)/N} ⊗ [WWᵀ]^{(j−1)/N}``, shape ``(kd, kd)``.

    ``P @ vec(∇)`` is ``vec(precondition(W, ∇, depth))``, where vec stacks columns (``ravel(order="F")``).

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.preconditioner([[4.0, 0.0]], depth=2)
    array([[8., 0.],
           [0., 4.]])
    """
    W = np.atleast_2d(finite_array(matrix, "matrix", dimensions=(1, 2)))
    depth = whole_number(depth, 1, "depth")
    left, sigma, right = _thin_svd(W)
    k, d = W.shape

    def power(basis: Array, size: int, exponent: float) -> Array:
        return np.eye(size) if exponent == 0 else (basis * sigma ** (2 * exponent)) @ basis.T

    terms = (np.kron(power(right.T, d, (depth - j) / depth), power(left, k, (j - 1) / depth)) for j in range(1, depth + 1))
    return np.asarray(sum(terms, np.zeros((k * d, k * d))))


def preconditioner_eigenvalues(matrix: ArrayLike, depth: float) -> Array:
    """Claim 1: the eigenvalue of ``P`` for the eigenvector ``vec(u_r v_{r'}ᵀ)`` at index ``[r, r']``, shape ``(k, d)``.

    ``Σ_j σ_r^{2(j−1)/N} σ_{r'}^{2(N−j)/N}``, which in closed form is ``(σ_r² − σ_{r'}²) / (σ_r^{2/N} − σ_{r'}^{2/N})``, or
    ``N σ^{2−2/N}`` where both are equal; singular values beyond ``min(k, d)`` count as 0. The closed form is taken for
    real depths; whole depths sum.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.preconditioner_eigenvalues([[4.0, 0.0]], depth=2)
    array([[8., 4.]])
    """
    W = np.atleast_2d(finite_array(matrix, "matrix", dimensions=(1, 2)))
    N = real_at_least(depth, 1.0, "depth")
    sigma = np.zeros(max(W.shape))
    _, values, _ = _thin_svd(W)
    sigma[: len(values)] = values
    if N.is_integer():
        a = sigma[: W.shape[0], None] ** (2 / N)
        b = sigma[None, : W.shape[1]] ** (2 / N)
        return np.asarray(sum(a ** (j - 1) * b ** (N - j) for j in range(1, int(N) + 1)))
    high = np.maximum(sigma[: W.shape[0], None], sigma[None, : W.shape[1]])
    low = np.minimum(sigma[: W.shape[0], None], sigma[None, : W.shape[1]])
    # With t = log(low/high) ≤ 0 the closed form is high^{2−2/N} · expm1(2t) / expm1(2t/N), stable as the two meet.
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.log(low / high)
        ratio = np.where(t == 0, N, np.expm1(2 * t) / np.expm1(2 * t / N))
    return np.asarray(np.where(high > 0, high ** (2 - 2 / N) * ratio, 0.0))


def end_to_end_step(
    matrix: ArrayLike, gradient: ArrayLike, learning_rate: float, depth: int, weight_decay: float = 0.0
) -> Array:
    """The end-to-end update rule ``W ← (1 − ηλN) W − η Σ_j [WWᵀ]^{(j−1)/N} ∇ [WᵀW]^{(N−j)/N}``.

    Weight decay `λ` acts on the factors, so it acts N times on their product.

    Parameters
    ----------
    matrix, gradient : (k, d) or (d,) arrays
        ``W`` and the gradient of the loss there.
    learning_rate : float
        ``η``, not negative.
    depth : int
        The number of factors N.
    weight_decay : float
        ``λ``, not negative.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.end_to_end_step([[4.0, 0.0]], [[1.0, 1.0]], learning_rate=0.25, depth=2, weight_decay=0.5)
    array([[ 1., -1.]])
    """
    eta = real_at_least(learning_rate, 0.0, "learning_rate")
    decay = real_at_least(weight_decay, 0.0, "weight_decay")
    W = np.asarray(matrix, dtype=float)
    return np.asarray((1 - eta * decay * depth) * W - eta * precondition(W, gradient, depth))


def _thin_svd(W: Array) -> tuple[Array, Array, Array]:
    """Thin SVD with singular values below the rounding of the largest set to exactly zero."""
    left, sigma, right = np.linalg.svd(W, full_matrices=False)
    noise = sigma[0] * max(W.shape) * np.finfo(float).eps if sigma.size else 0.0
    return left, np.where(sigma > noise, sigma, 0.0), right


def _pair(matrix: ArrayLike, gradient: ArrayLike) -> tuple[Array, Array]:
    W = finite_array(matrix, "matrix", dimensions=(1, 2))
    G = finite_array(gradient, "gradient", dimensions=(1, 2))
    if W.shape != G.shape:
        raise ValueError(f"matrix has shape {W.shape} and gradient {G.shape}: they must agree")
    return W, G
