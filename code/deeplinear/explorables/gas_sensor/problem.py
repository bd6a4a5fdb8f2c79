"""The gas-sensor regression in small: 192 made-up rows and 16 directions for 2,565 rows and 128 features.

Least squares sees the data through a spectrum: how much of the target lies at which eigenvalue of the feature
correlation. Eigenvalues a factor of about 2.3 apart are one node here, with all of the target that lies between them,
so runs on ℓ2 are the real ones to a few percent. The rows have these second moments exactly. Beyond that they are
random, with heavy tails like the real ones, so ℓ4 behaves alike and no more. The script makes the same rows, to the
last bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from deeplinear._shipped import shipped
from deeplinear.explorables.numerics.chain import sequential_sum
from deeplinear.explorables.numerics.normals import normals
from deeplinear.problems import LpRegression

__all__ = ["POWERS", "Moments", "moments", "problem", "rows"]

Array = NDArray[np.float64]

POWERS = range(2, 7)
ROWS, NODES = 192, 16
_LOWEST = 3e-4  # the last node gathers the eigenvalues below: in 20,000 steps they hardly move
_FAST = 5  # the first nodes have lighter tails
_SEED = 1


@dataclass(frozen=True)
class Moments:
    """What is kept of the real data, per node: its eigenvalue, its share of the target, and of the first feature."""

    eigenvalues: Array
    projections: Array
    feature: Array


@lru_cache(maxsize=1)
def moments() -> Moments:
    """The nodes, from the published second moments; eight digits, the same on every machine."""
    with np.load(shipped("ethanol_moments.npz")) as real:
        eigenvalues, eigenvectors = real["eigenvalues"], real["eigenvectors"]
        correlations = real["target_correlations"][0]
    order = np.argsort(-eigenvalues)
    eigenvalues, first, correlations = eigenvalues[order], eigenvectors[0, order], correlations[order]
    edges = np.geomspace(eigenvalues[0], _LOWEST, NODES)[1:]
    node = np.searchsorted(-edges, -eigenvalues)
    shares = np.bincount(node, correlations**2, NODES)
    middles = np.exp(np.bincount(node, correlations**2 * np.log(eigenvalues), NODES) / shares)
    strengths = np.sqrt(shares)
    return Moments(
        _eight(middles), _eight(strengths), _eight(np.bincount(node, correlations * first, NODES) / strengths)
    )


@lru_cache(maxsize=1)
def rows() -> tuple[Array, Array]:
    """Inputs ``(192, 16)``, uncorrelated, of mean zero, with the eigenvalues as variances; targets of mean 0,
    variance 1.
    """
    known = moments()
    draws = normals(_SEED, ROWS * (NODES + 2)).reshape(ROWS, NODES + 2)
    heavy = draws[:, 0] * draws[:, 0]
    columns = [np.ones(ROWS)]
    for j in range(NODES + 1):
        tails = 2.0 + heavy if j < _FAST else 0.3 + heavy * heavy
        columns.append(_orthonormal(draws[:, j + 1] * tails, columns))
    whitened, noise = columns[1:-1], columns[-1]
    targets = np.zeros(ROWS)
    explained = 0.0
    for column, projection in zip(whitened, known.projections.tolist(), strict=True):
        targets = targets + projection * column
        explained += projection * projection
    targets = targets + math.sqrt(1.0 - explained) * noise
    return np.stack(whitened, axis=1) * np.sqrt(known.eigenvalues), targets


@lru_cache(maxsize=8)
def problem(p: int) -> LpRegression:
    """The loss, as the rest of the package knows it."""
    return LpRegression(*rows(), p=p)


def _orthonormal(column: Array, others: list[Array]) -> Array:
    """What is left of a column beside the others, with mean square 1."""
    for other in others:
        column = column - (sequential_sum(other * column) / ROWS) * other
    return column / math.sqrt(sequential_sum(column * column) / ROWS)


def _eight(values: Array) -> Array:
    return np.array([float(f"{value:.8g}") for value in values])
