"""The minimum of an ℓp regression: damped Newton steps in coordinates where the inputs are orthonormal.

The gas-sensor features have condition number 5·10⁹, which a thin SVD removes before the first step; what is left is the
well-conditioned problem ``min_u mean |√m·Q u − y|^p``.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from deeplinear._threads import blas_crew, one_blas_thread

Array = NDArray[np.float64]

_STEPS = 500


def minimize_lp(inputs: Array, targets: Array, p: float) -> Array:
    """The minimiser of least Euclidean norm, shape ``(d,)`` or ``(k, d)``.

    Outputs do not interact, so each is solved alone.

    Raises
    ------
    RuntimeError
        If the gradient does not vanish within 500 Newton steps.
    """
    with one_blas_thread():
        left, scales, right = np.linalg.svd(inputs, full_matrices=False)
    rank = int((scales > scales[0] * max(inputs.shape) * np.finfo(float).eps).sum()) if scales[0] > 0 else 0
    basis = left[:, :rank] * np.sqrt(len(inputs))
    back = (right[:rank].T / scales[:rank]) * np.sqrt(len(inputs))
    if targets.ndim == 1:
        return np.asarray(back @ _newton(basis, targets, p))
    return np.stack([back @ _newton(basis, column, p) for column in targets.T])


def _newton(basis: Array, target: Array, p: float) -> Array:
    point = basis.T @ target / len(target)  # least squares: the answer for p = 2, a good start otherwise
    if p == 2 or not point.size:
        return np.asarray(point)
    scale = np.abs(basis @ point - target).max()
    if scale <= 1e-14 * np.abs(target).max():
        return np.asarray(point)  # the data are fitted exactly
    # Below this size a residual counts as zero; for p < 2 it keeps the curvature finite.
    floor = scale * (1e-150 if p >= 2 else 1e-12)

    def value(u: Array) -> float:
        return float(np.mean((np.abs(basis @ u - target) / scale) ** p))

    best = value(point)
    with blas_crew() as turn:
        for _ in range(_STEPS):
            residuals = (basis @ point - target) / scale
            sizes = np.maximum(np.abs(residuals), floor / scale)
            with turn():
                gradient = basis.T @ (np.sign(residuals) * np.abs(residuals) ** (p - 1)) / len(target)
                curvature = (basis.T * sizes ** (p - 2)) @ basis / len(target) * max(p - 1, 1.0)
                direction = _solved(curvature, -gradient)
            decrease = -float(gradient @ direction)
            if decrease <= 1e-30 * max(best, 1e-300) or best == 0.0:
                return np.asarray(point)
            step = 1.0
            while step > 1e-12 and not (trial := value(point + step * scale * direction)) < best:
                step /= 2
            if step <= 1e-12:  # no representable improvement is left
                return np.asarray(point)
            point, best = point + step * scale * direction, trial
    raise RuntimeError(f"the ℓ{p:g} optimum was not reached in {_STEPS} Newton steps; please report the data")


def _solved(curvature: Array, right: Array) -> Array:
    """Newton's direction: by Cholesky's factors, or of least norm where the curvature is singular to rounding."""
    from scipy.linalg import LinAlgWarning, solve

    with warnings.catch_warnings():
        warnings.simplefilter("error", LinAlgWarning)
        try:
            return np.asarray(solve(curvature, right, assume_a="pos", check_finite=False))
        except (np.linalg.LinAlgError, LinAlgWarning):
            return np.asarray(np.linalg.lstsq(curvature, right, rcond=None)[0])
