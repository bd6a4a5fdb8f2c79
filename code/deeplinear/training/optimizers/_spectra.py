"""Matrix functions of stacks of layers, for the optimizers that act on layers.

A layer that has overflown gets NaN for an answer: its run then counts as diverged. LAPACK would stop the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear._arrays import namespace
from deeplinear.networks.preconditioning import length
from deeplinear.training.optimizers._optimizer import agreeing

__all__ = ["agreeing_layers", "newton_schulz", "polar", "symmetric_power", "transposed"]

# Jordan's: every singular value in [0.01, 1] is in [0.68, 1.13] after five steps. They never settle at 1, but are
# quick.
_QUINTIC = (3.4445, -4.7750, 2.0315)


def agreeing_layers(parameters: Any, gradient: Any, learning_rate: Any) -> tuple[Any, Any, Any]:
    """The three as arrays of floats, the first two matrices of one shape."""
    w, g, eta = agreeing(parameters, gradient, learning_rate)
    if w.ndim < 2:
        raise ValueError(f"parameters have shape {w.shape}, a layer has shape (..., rows, columns)")
    return w, g, eta


def transposed(matrix: Any) -> Any:
    """The last two axes exchanged."""
    return namespace(matrix).swapaxes(matrix, -1, -2)


def polar(matrix: Any) -> Any:
    """``UVᵀ`` of the thin SVD: singular values become 1, those below ``√eps`` of the largest 0.

    Of a direction that weak, in a sum of gradients, rounding leaves less than half the digits, and it would get a whole
    step.

    Examples
    --------
    >>> import numpy as np
    >>> polar(np.array([[3.0, 0.0], [0.0, -0.1]])), polar(np.zeros((1, 2)))
    (array([[ 1.,  0.],
           [ 0., -1.]]), array([[0., 0.]]))
    """

    def function(finite: Any) -> Any:
        xp = namespace(finite)
        left, sigma, right = xp.linalg.svd(finite, full_matrices=False)
        seen = sigma > sigma[..., :1] * float(np.sqrt(np.finfo(sigma.dtype).eps))
        return (left * seen[..., None, :].astype(sigma.dtype)) @ right

    return _where_finite(function, matrix)


def newton_schulz(matrix: Any, steps: int) -> Any:
    """The polar factor, roughly, by matrix products alone: ``X ← aX + (b XXᵀ + c (XXᵀ)²) X`` from ``X = M/‖M‖_F``."""
    a, b, c = _QUINTIC
    xp = namespace(matrix)
    wide = matrix.shape[-2] <= matrix.shape[-1]
    X = matrix if wide else transposed(matrix)
    norm = length(xp.reshape(X, (*X.shape[:-2], -1)))[..., None]
    X = X / xp.where(norm > 0, norm, xp.ones_like(norm))
    for _ in range(steps):
        gram = X @ transposed(X)
        X = a * X + (b * gram + c * (gram @ gram)) @ X
    return X if wide else transposed(X)


def symmetric_power(gram: Any, exponent: float, epsilon: float = 0.0) -> Any:
    """``(A + εI)^exponent`` of positive semidefinite matrices ``A``.

    With ε = 0 the directions in which ``A`` is zero, to rounding, stay out of a negative power.

    Examples
    --------
    >>> import numpy as np
    >>> symmetric_power(np.diag([16.0, 0.0]), -0.25)
    array([[0.5, 0. ],
           [0. , 0. ]])
    """

    def function(finite: Any) -> Any:
        xp = namespace(finite)
        values, basis = xp.linalg.eigh(finite)
        noise = values[..., -1:] * (values.shape[-1] * float(np.finfo(values.dtype).eps))
        shifted = xp.maximum(values, xp.zeros_like(values)) + epsilon
        kept = shifted > (noise if epsilon == 0 else xp.zeros_like(noise))
        powers = xp.where(kept, xp.where(kept, shifted, xp.ones_like(shifted)) ** exponent, xp.zeros_like(shifted))
        return (basis * powers[..., None, :]) @ transposed(basis)

    return _where_finite(function, gram)


def _where_finite(function: Callable[[Any], Any], matrix: Any) -> Any:
    """`function` of every matrix of the stack whose entries are all finite, NaN for the others."""
    xp = namespace(matrix)
    finite = xp.isfinite(matrix).all(axis=(-2, -1), keepdims=True)
    values = function(xp.where(finite, matrix, xp.zeros_like(matrix)))
    return xp.where(finite, values, xp.full_like(values, float("nan")))
