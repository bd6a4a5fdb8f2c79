"""Theorem 1 and Claims 1–2: what gradient descent on N factors does to their product.

Under gradient flow from a balanced start, the product ``W`` of N factors obeys, whatever the hidden widths,

    dW/dt = −λN W − Σ_{j=1}^N [W Wᵀ]^{(j−1)/N} ∇ [Wᵀ W]^{(N−j)/N}          (time in units of η·steps)

(Arora, Cohen & Hazan 2018, Theorem 1). The sum is a linear map of the gradient ``∇``: depth preconditions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, real_at_least, whole_number
from deeplinear.networks.preconditioning import precondition, precondition_vector, spectrum, thin_svd

__all__ = ["end_to_end_step", "precondition", "precondition_vector", "preconditioner", "preconditioner_eigenvalues"]

Array = NDArray[np.float64]


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
    left, sigma, right = thin_svd(W)
    k, d = W.shape

    def power(basis: Array, size: int, exponent: float) -> Array:
        return np.eye(size) if exponent == 0 else (basis * sigma ** (2 * exponent)) @ basis.T

    terms = (
        np.kron(power(right.T, d, (depth - j) / depth), power(left, k, (j - 1) / depth)) for j in range(1, depth + 1)
    )
    return np.asarray(sum(terms, np.zeros((k * d, k * d))))


def preconditioner_eigenvalues(matrix: ArrayLike, depth: float) -> Array:
    """Claim 1: the eigenvalue of ``P`` for the eigenvector ``vec(u_r v_{r'}ᵀ)`` at index ``[r, r']``, shape ``(k, d)``.

    ``Σ_j σ_r^{2(j−1)/N} σ_{r'}^{2(N−j)/N}``, which in closed form is ``(σ_r² − σ_{r'}²) / (σ_r^{2/N} − σ_{r'}^{2/N})``,
    or ``N σ^{2−2/N}`` where both are equal; singular values beyond ``min(k, d)`` count as 0. The closed form is taken
    for real depths; whole depths sum.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.preconditioner_eigenvalues([[4.0, 0.0]], depth=2)
    array([[8., 4.]])
    """
    W = np.atleast_2d(finite_array(matrix, "matrix", dimensions=(1, 2)))
    N = real_at_least(depth, 1.0, "depth")
    sigma = np.zeros(max(W.shape))
    _, values, _ = thin_svd(W)
    sigma[: len(values)] = values
    rows, columns = sigma[: W.shape[0], None], sigma[None, : W.shape[1]]
    if N.is_integer():
        a, b = rows ** (2 / N), columns ** (2 / N)
        return np.asarray(sum(a ** (j - 1) * b ** (N - j) for j in range(1, int(N) + 1)))
    return np.asarray(spectrum(rows, columns, N))


def end_to_end_step(
    matrix: ArrayLike, gradient: ArrayLike, learning_rate: float, depth: float, weight_decay: float = 0.0
) -> Array:
    """The end-to-end update rule ``W ← (1 − ηλN) W − η Σ_j [WWᵀ]^{(j−1)/N} ∇ [WᵀW]^{(N−j)/N}``.

    Weight decay `λ` acts on the factors, so it acts N times on their product.

    Parameters
    ----------
    matrix, gradient : (k, d) or (d,) arrays
        ``W`` and the gradient of the loss there.
    learning_rate : float
        ``η``, not negative.
    depth : float
        The number of factors N, from 1 on.
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
