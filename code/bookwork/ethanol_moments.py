"""Compute ``data/ethanol_moments.npz``, from which the package makes its stand-in, out of the real gas-sensor rows.

``python -m bookwork.ethanol_moments`` writes the file anew. It holds statistics only: eigenvalues and eigenvectors of the
feature correlation, correlations of the whitened features with polynomials of the target, the y²-weighted second moment of
what those leave over (its 16 leading eigenpairs and the mean of the other eigenvalues), and how often each
concentration occurs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bookwork.notebooks import ROOT
from deeplinear.datasets import load_ethanol
from deeplinear.datasets._embedded import target_polynomials

__all__ = ["main"]

Array = NDArray[np.float64]

# So many modes get their own weight; the others share one.
_MODES = 16


def main() -> None:
    """Write the file."""
    data = load_ethanol(source="real")
    order = np.argsort(data.concentrations, kind="stable")
    inputs, targets = data.inputs[order], data.targets[order]
    whitened, scales, right = np.linalg.svd(inputs, full_matrices=False)
    levels, counts = np.unique(data.concentrations, return_counts=True)
    correlations = (target_polynomials(targets).T @ whitened)[1:]
    modes, energies = _noise_modes(whitened, targets, correlations)
    np.savez_compressed(
        ROOT / "data" / "ethanol_moments.npz",
        eigenvalues=scales**2 / len(inputs),
        eigenvectors=right.T,
        target_correlations=correlations,
        noise_modes=modes[:, :_MODES],
        noise_energies=energies,
        target_levels=levels,
        target_counts=counts,
    )


def _noise_modes(whitened: Array, targets: Array, correlations: Array) -> tuple[Array, Array]:
    """Eigenvectors and eigenvalues of ``E[y²zzᵀ]``, where `z` is what polynomials of the target do not explain."""
    values, vectors = np.linalg.eigh(np.eye(whitened.shape[1]) - correlations.T @ correlations)
    noise = (whitened - target_polynomials(targets)[:, 1:] @ correlations) @ (vectors / np.sqrt(values)) @ vectors.T
    energies, modes = np.linalg.eigh(noise.T @ (targets[:, None] ** 2 * noise))
    energies, modes = energies[::-1].copy(), modes[:, ::-1]
    energies[_MODES:] = energies[_MODES:].mean()
    return modes, energies


if __name__ == "__main__":
    main()
