"""Compute ``data/ethanol_moments.npz``, from which the package makes its stand-in, out of the real gas-sensor rows.

``python -m bookwork.ethanol_moments`` writes the file anew. It holds statistics only: eigenvalues and eigenvectors of the
feature correlation, correlations of the whitened features with polynomials of the target, and how often each concentration
occurs.
"""

from __future__ import annotations

import numpy as np

from bookwork.notebooks import ROOT
from deeplinear.datasets import load_ethanol
from deeplinear.datasets._embedded import target_polynomials

__all__ = ["main"]


def main() -> None:
    """Write the file."""
    data = load_ethanol(source="real")
    order = np.argsort(data.concentrations, kind="stable")
    inputs, targets = data.inputs[order], data.targets[order]
    whitened, scales, right = np.linalg.svd(inputs, full_matrices=False)
    levels, counts = np.unique(data.concentrations, return_counts=True)
    np.savez_compressed(
        ROOT / "data" / "ethanol_moments.npz",
        eigenvalues=scales**2 / len(inputs),
        eigenvectors=right.T,
        target_correlations=(target_polynomials(targets).T @ whitened)[1:],
        target_levels=levels,
        target_counts=counts,
    )


if __name__ == "__main__":
    main()
