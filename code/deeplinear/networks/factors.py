"""A deep linear network is a tuple of matrices ``(W_1, …, W_N)``; its function is their product ``W_N ⋯ W_1``.

``W_j`` has shape ``(n_j, n_{j−1})``, with ``n_0 = d`` inputs and ``n_N = k`` outputs. Every function takes leading
batch axes on the factors, so thousands of networks can be advanced at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, floats, namespace, real_above, real_at_least, whole_number

__all__ = ["balanced", "end_to_end", "gradient_step", "identity", "imbalance", "layer_gradients", "near_zero"]

Array = NDArray[np.float64]
Factors = tuple[Array, ...]


def end_to_end(factors: Sequence[ArrayLike]) -> Array:
    """The end-to-end matrix ``W_e = W_N ⋯ W_1``, shape ``(k, d)``.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.end_to_end([[[1.0, 2.0]], [[3.0]]])
    array([[3., 6.]])
    """
    chain = _chain(factors)
    if chain[-1].shape[-2] <= chain[0].shape[-1]:  # the narrow end first
        return reduce(_times, reversed(chain))
    return reduce(lambda product, factor: _times(factor, product), chain)


def layer_gradients(factors: Sequence[ArrayLike], gradient: ArrayLike) -> Factors:
    """``∂L/∂W_j = (W_N ⋯ W_{j+1})ᵀ ∇ (W_{j−1} ⋯ W_1)ᵀ`` for every layer, by one sweep down and one sweep up.

    Parameters
    ----------
    factors : sequence of N matrices
        The network.
    gradient : (k, d) array
        ``∇``, the gradient of the loss at the end-to-end matrix. For one output ``(d,)`` is accepted too.

    Returns
    -------
    tuple of N matrices
        In the shapes of the factors.

    Examples
    --------
    >>> import deeplinear as dl
    >>> for layer in dl.layer_gradients([[[1.0, 2.0]], [[3.0]]], [[10.0, 20.0]]):
    ...     print(layer)
    [[30. 60.]]
    [[50.]]
    """
    chain = _chain(factors)
    nabla = floats(gradient)
    k, d = chain[-1].shape[-2], chain[0].shape[-1]
    if nabla.shape == (d,) and k == 1:
        nabla = nabla[None, :]
    if nabla.shape[-2:] != (k, d):
        raise ValueError(f"gradient has shape {nabla.shape}, the end-to-end matrix is ({k}, {d})")
    above: list[Any] = [None]  # W_N ⋯ W_{j+1}; nothing above the last layer
    for factor in reversed(chain[1:]):
        above.append(factor if above[-1] is None else _times(above[-1], factor))
    gradients, below = [], nabla  # ∇ (W_{j−1} ⋯ W_1)ᵀ
    for j, (factor, product) in enumerate(zip(chain, reversed(above), strict=True)):
        gradients.append(below if product is None else _times(_transposed(product), below))
        if j + 1 < len(chain):
            below = _times(below, _transposed(factor))
    return tuple(gradients)


def gradient_step(
    factors: Sequence[ArrayLike], gradient: ArrayLike, learning_rate: float, weight_decay: float = 0.0
) -> Factors:
    """One step of gradient descent on every factor: ``W_j ← (1 − ηλ) W_j − η ∂L/∂W_j``.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.end_to_end(dl.gradient_step([[[1.0]], [[1.0]]], [[2.0]], learning_rate=0.1))
    array([[0.64]])
    """
    chain = _chain(factors)
    shrink = 1.0 - learning_rate * weight_decay
    return tuple(
        shrink * factor - learning_rate * slope
        for factor, slope in zip(chain, layer_gradients(chain, gradient), strict=True)
    )


def imbalance(factors: Sequence[ArrayLike]) -> Factors:
    """``D_j = W_{j+1}ᵀ W_{j+1} − W_j W_jᵀ`` for ``j = 1 … N−1``: zero for a balanced network,
    conserved by gradient flow.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.imbalance([[[3.0, 4.0]], [[5.0]]])
    (array([[0.]]),)
    """
    chain = _chain(factors)
    return tuple(
        _times(_transposed(upper), upper) - _times(lower, _transposed(lower)) for lower, upper in pairwise(chain)
    )


def balanced(
    matrix: ArrayLike, depth: int, width: int | None = None, rng: np.random.Generator | int | None = None
) -> Factors:
    """Factors of equal strength with a given product: ``W_j = Q_j Σ^{1/N} Q_{j−1}ᵀ`` from ``W = U Σ Vᵀ``.

    Singular values below ``eps · max(k, d)`` times the largest count as zero, and the product of the factors has an
    exact 0 in their place. Training can leave such a 0 for good where a value of 1e-17 would have grown:
    a start that is meant to hold one needs factors made by hand.

    Parameters
    ----------
    matrix : (k, d) or (d,) array
        The end-to-end matrix; a vector stands for one output.
    depth : int
        Number of factors.
    width : int, optional
        Width of every hidden layer, at least the rank of the matrix. By default ``min(k, d)``.
    rng : numpy Generator or seed, optional
        Rotates each hidden layer at random. Without it the first axes are used.

    Raises
    ------
    ValueError
        If `width` is below the rank: no balanced factors exist then.

    Examples
    --------
    >>> import deeplinear as dl
    >>> factors = dl.balanced([[3.0, 4.0]], depth=3)
    >>> dl.end_to_end(factors).round(12), [float(abs(d).max().round(12)) for d in dl.imbalance(factors)]
    (array([[3., 4.]]), [0.0, 0.0])
    >>> [dl.end_to_end(dl.balanced([[1.0, 0.0], [0.0, tiny]], depth=2))[1, 1] > 0 for tiny in (1e-15, 1e-17)]
    [np.True_, np.False_]
    """
    target = np.atleast_2d(finite_array(matrix, "matrix", dimensions=(1, 2)))
    depth = whole_number(depth, 1, "depth")
    if depth == 1:
        return (target.copy(),)
    width = min(target.shape) if width is None else whole_number(width, 1, "width")
    left, sigma, right = np.linalg.svd(target, full_matrices=False)
    rank = int((sigma > sigma[0] * max(target.shape) * np.finfo(float).eps).sum())
    if width < rank:
        raise ValueError(f"width is {width} and the matrix has rank {rank}: hidden layers must be at least that wide")
    generator = None if rng is None else np.random.default_rng(rng)
    hidden = [_orthonormal(width, rank, generator) for _ in range(depth - 1)]
    bases = [right[:rank].T, *hidden, left[:, :rank]]
    root = sigma[:rank] ** (1.0 / depth)
    return tuple((upper * root) @ lower.T for lower, upper in pairwise(bases))


def near_zero(sizes: Sequence[int], scale: float = 0.01, rng: np.random.Generator | int | None = None) -> Factors:
    """Independent normal weights of standard deviation `scale`.

    Such a start is balanced only in absolute terms: ``D_j`` is of order ``scale²``, and so are the Gram matrices it
    compares.

    Parameters
    ----------
    sizes : sequence of int
        ``(d, n_1, …, n_{N−1}, k)``, from the input to the output.
    scale : float
        Standard deviation of every weight.
    rng : numpy Generator or seed
        Two calls with the same seed agree.

    Examples
    --------
    >>> import deeplinear as dl
    >>> [factor.shape for factor in dl.near_zero((128, 1, 1), rng=0)]
    [(1, 128), (1, 1)]
    """
    sizes = _sizes(sizes)
    scale = real_above(scale, 0.0, "scale")
    generator = np.random.default_rng(rng)
    return tuple(scale * generator.standard_normal((n, m)) for m, n in pairwise(sizes))


def identity(sizes: Sequence[int], scale: float = 0.0, rng: np.random.Generator | int | None = None) -> Factors:
    """Ones on every diagonal, plus normal noise of standard deviation `scale`.

    Exactly balanced (without noise) if every hidden unit has a one below and above it: for square layers, for hidden
    width 1, for one hidden layer no wider than both ends. A hidden unit with a one on one side alone is an imbalance of
    1.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.imbalance(dl.identity((3, 2, 1)))
    (array([[ 0.,  0.],
           [ 0., -1.]]),)
    """
    sizes = _sizes(sizes)
    scale = real_at_least(scale, 0.0, "scale")
    eyes = tuple(np.eye(n, m) for m, n in pairwise(sizes))
    if scale == 0:
        return eyes
    return tuple(eye + noise for eye, noise in zip(eyes, near_zero(sizes, scale, rng), strict=True))


def _chain(factors: Sequence[ArrayLike]) -> list[Any]:
    """The factors as arrays whose shapes fit together."""
    chain = [floats(factor) for factor in factors]
    if not chain:
        raise ValueError("factors is empty: a network has at least one layer")
    for number, factor in enumerate(chain, start=1):
        if factor.ndim < 2:
            raise ValueError(f"factor W_{number} has shape {factor.shape}, it must be a matrix")
    for number, (lower, upper) in enumerate(pairwise(chain), start=1):
        if upper.shape[-1] != lower.shape[-2]:
            raise ValueError(
                f"W_{number + 1} {upper.shape} does not follow W_{number} {lower.shape}: it must have "
                f"{lower.shape[-2]} columns"
            )
    return chain


def _sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    checked = tuple(whole_number(size, 1, f"sizes[{i}]") for i, size in enumerate(sizes))
    if len(checked) < 2:
        raise ValueError(f"sizes is {checked}: give at least the number of inputs and of outputs")
    return checked


def _orthonormal(rows: int, columns: int, rng: np.random.Generator | None) -> Array:
    if rng is None:
        return np.eye(rows, columns)
    q, r = np.linalg.qr(rng.standard_normal((rows, columns)))
    return np.asarray(q * np.where(np.diagonal(r) < 0, -1.0, 1.0))


def _times(A: Any, B: Any) -> Any:
    """``A @ B``; where a batch of matrix products is a batch of outer or inner products, by the means for these."""
    if A.shape[-1] == 1:
        return A * B
    if A.shape[-2] == B.shape[-1] == 1 and A.dtype.kind == "f":  # vecdot would conjugate complex numbers
        return namespace(A, B).vecdot(A[..., 0, :], B[..., :, 0])[..., None, None]
    return A @ B


def _transposed(A: Any) -> Any:
    return namespace(A).swapaxes(A, -1, -2)
