"""Stand-ins for readers without a network: made here from published statistics, the same bits every time.

The ethanol stand-in has the real data's target values and the real second moments: with whitened features
``Q = X V Λ^{−1/2} / √m``, it makes columns that are orthonormal, have mean zero, and have the real correlations with
the orthonormal polynomials of degree 1 to 3 in the target. Degree 1 fixes ``Xᵀy``, hence every ℓ2 trajectory; degree 3
fixes ``Xᵀy³``, hence the first step on ℓ4. What is left is noise whose modes are as strong where the target is extreme
as the real ones: each has its own ``E[y²z²]``. That sets the curvature at zero of ℓ4, and with it the learning rates
that are stable.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deeplinear._shipped import shipped

__all__ = ["DEGREE", "digits_stand_in", "ethanol_stand_in", "target_polynomials"]

Array = NDArray[np.float64]
Images = NDArray[np.uint8]

DEGREE = 3
# Of a few seeds the one whose ℓ4 is most alike; the width of the tails was chosen with it.
_SEED = 3
_TAILS = 0.6


def target_polynomials(targets: Array) -> Array:
    """Orthonormal polynomials of degree 0 to 3 in the standardised target, shape ``(m, 4)``."""
    basis, triangle = np.linalg.qr(np.vander(targets, DEGREE + 1, increasing=True))
    return np.asarray(basis * np.sign(np.diag(triangle)))


def ethanol_stand_in() -> tuple[Array, Array]:
    """Standardised inputs ``(2565, 128)`` and concentrations in ppmv ``(2565,)``."""
    with np.load(shipped("ethanol_moments.npz")) as moments:
        eigenvalues, eigenvectors = moments["eigenvalues"], moments["eigenvectors"]
        correlations = moments["target_correlations"]  # (3, 128), of polynomials of the target and whitened features
        modes, _ = np.linalg.qr(moments["noise_modes"], mode="complete")
        energies = moments["noise_energies"]  # E[y²z²] of each mode z
        concentrations = np.repeat(moments["target_levels"], moments["target_counts"])
    m, d = len(concentrations), len(eigenvalues)
    rng = np.random.default_rng(_SEED)
    y = (concentrations - concentrations.mean()) / concentrations.std()
    polynomials = target_polynomials(y)
    noise = rng.standard_normal((m, d)) * np.exp(_TAILS * rng.standard_normal(m))[:, None]
    noise *= np.stack([np.sqrt(_tilted(y**2, energy)) for energy in energies], axis=1)
    noise /= np.linalg.norm(noise, axis=0)
    noise -= polynomials @ (polynomials.T @ noise)
    # Gram–Schmidt leaves the first column as it is: the modes that live on a few extreme rows come first.
    noise = np.linalg.qr(noise)[0] @ modes.T
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


def _tilted(values: Array, mean: float) -> Array:
    """Positive weights of sum 1, ``∝ exp(θ·values)``, under which `values` have the given `mean`; θ by bisection."""
    low, high = -50.0, 50.0
    for _ in range(80):
        theta = (low + high) / 2
        exponents = theta * values
        weights = np.exp(exponents - exponents.max())
        weights /= weights.sum()
        low, high = (theta, high) if weights @ values < mean else (low, theta)
    return np.asarray(weights)


def _symmetric_power(matrix: Array, exponent: float) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0.0) ** exponent) @ vectors.T)
