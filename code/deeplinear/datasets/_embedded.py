"""Stand-ins for readers without a network: made here from published statistics, the same bits every time.

The ethanol stand-in has the real data's target values and the real second moments: with whitened features
``Q = X V Λ^{−1/2} / √m``, it makes columns that are orthonormal, have mean zero, and have the real correlations with the
orthonormal polynomials of degree 1 to 3 in the target. Degree 1 fixes ``Xᵀy``, hence every ℓ2 trajectory; degree 3 fixes
``Xᵀy³``, hence the first step on ℓ4. What is left is filled with noise that is heavy-tailed and stronger where the target is
extreme, as in the real data, so that ℓ4 is alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deeplinear.datasets._sources import shipped

__all__ = ["DEGREE", "digits_stand_in", "ethanol_stand_in", "target_polynomials"]

Array = NDArray[np.float64]
Images = NDArray[np.uint8]

DEGREE = 3
_SEED = 270


def target_polynomials(targets: Array) -> Array:
    """Orthonormal polynomials of degree 0 to 3 in the standardised target, shape ``(m, 4)``."""
    basis, triangle = np.linalg.qr(np.vander(targets, DEGREE + 1, increasing=True))
    return np.asarray(basis * np.sign(np.diag(triangle)))


def ethanol_stand_in() -> tuple[Array, Array]:
    """Standardised inputs ``(2565, 128)`` and concentrations in ppmv ``(2565,)``."""
    with np.load(shipped("ethanol_moments.npz")) as moments:
        eigenvalues, eigenvectors = moments["eigenvalues"], moments["eigenvectors"]
        correlations = moments["target_correlations"]  # (3, 128), of polynomials of the target and whitened features
        concentrations = np.repeat(moments["target_levels"], moments["target_counts"])
    m, d = len(concentrations), len(eigenvalues)
    rng = np.random.default_rng(_SEED)
    y = (concentrations - concentrations.mean()) / concentrations.std()
    polynomials = target_polynomials(y)
    noise = rng.standard_normal((m, d)) * np.exp(1.2 * rng.standard_normal(m))[:, None]
    noise *= np.sqrt(0.01 + np.abs(y) ** 6)[:, None]
    noise -= polynomials @ (polynomials.T @ noise)
    noise = noise @ _symmetric_power(noise.T @ noise, -0.5)  # orthonormal, and orthogonal to the polynomials
    rest = _symmetric_power(np.eye(d) - correlations.T @ correlations, 0.5)
    whitened = polynomials[:, 1:] @ correlations + noise @ rest
    inputs = np.sqrt(m) * (whitened * np.sqrt(eigenvalues)) @ eigenvectors.T
    order = rng.permutation(m)
    return inputs[order], concentrations[order]


def digits_stand_in() -> tuple[Images, Images, Images, Images]:
    """scikit-learn's digits in MNIST's format: 1,500 to train on, 297 to test on.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed, with the command that installs it.
    """
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("the stand-in for MNIST needs scikit-learn: pip install scikit-learn") from error
    digits = load_digits()
    ink = np.kron(digits.images / 16 * 255, np.ones((1, 3, 3))).round().astype(np.uint8)
    images = np.pad(ink, ((0, 0), (2, 2), (2, 2)))
    labels = digits.target.astype(np.uint8)
    return images[:1500], labels[:1500], images[1500:], labels[1500:]


def _symmetric_power(matrix: Array, exponent: float) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0.0) ** exponent) @ vectors.T)
