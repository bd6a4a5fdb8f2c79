"""Compute ``data/ethanol_moments.npz``, from which the package makes its stand-in, out of the real gas-sensor rows.

``python -m bookwork.release.ethanol_moments`` writes the file anew. It holds statistics only:
eigenvalues and eigenvectors of the feature correlation, correlations of the whitened features with
polynomials of the target, the y²-weighted second moment of what those leave over (its 16 leading
eigenpairs and the mean of the other eigenvalues), and how often each concentration occurs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bookwork.book import ROOT
from deeplinear.datasets import load_ethanol

__all__ = ["main", "moments"]

Array = NDArray[np.float64]

# So many modes get their own weight; the others share one.
_MODES = 16


def moments(inputs: Array, concentrations: Array) -> dict[str, Array]:
    """What the file holds, of standardised `inputs` ``(m, d)`` and `concentrations` ``(m,)`` in ppmv."""
    order = np.argsort(concentrations, kind="stable")
    inputs, targets = inputs[order], concentrations[order]
    targets = (targets - targets.mean()) / targets.std()
    whitened, scales, right = np.linalg.svd(inputs, full_matrices=False)
    levels, counts = np.unique(concentrations, return_counts=True)
    correlations = (_polynomials(targets).T @ whitened)[1:]
    modes, energies = _noise_modes(whitened, targets, correlations)
    return {
        "eigenvalues": scales**2 / len(inputs),
        "eigenvectors": right.T,
        "target_correlations": correlations,
        "noise_modes": modes[:, :_MODES],
        "noise_energies": energies,
        "target_levels": levels,
        "target_counts": counts,
    }


def main() -> None:
    """Write the file."""
    data = load_ethanol(source="real")
    np.savez_compressed(ROOT / "data" / "ethanol_moments.npz", **moments(data.inputs, data.concentrations))  # type: ignore[arg-type]


def _polynomials(targets: Array) -> Array:
    """Orthonormal polynomials of degree 0 to 3 in the standardised target, ``(m, 4)``, as the stand-in is made with."""
    basis, triangle = np.linalg.qr(np.vander(targets, 4, increasing=True))
    return np.asarray(basis * np.sign(np.diag(triangle)))


def _noise_modes(whitened: Array, targets: Array, correlations: Array) -> tuple[Array, Array]:
    """Eigenvectors and eigenvalues of ``E[y²zzᵀ]``, where `z` is what polynomials of the target do not explain."""
    values, vectors = np.linalg.eigh(np.eye(whitened.shape[1]) - correlations.T @ correlations)
    noise = (whitened - _polynomials(targets)[:, 1:] @ correlations) @ (vectors / np.sqrt(values)) @ vectors.T
    energies, modes = np.linalg.eigh(noise.T @ (targets[:, None] ** 2 * noise))
    energies, modes = energies[::-1].copy(), modes[:, ::-1]
    energies[_MODES:] = energies[_MODES:].mean()
    return modes, energies


if __name__ == "__main__":
    main()
