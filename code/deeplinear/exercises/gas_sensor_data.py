"""Answers to the exercises of *The gas-sensor data*, computed; all depend on second moments,
which the stand-in shares.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.datasets import load_ethanol
from deeplinear.exercises._registry import answer
from deeplinear.problems import LpRegression


@cache
def _spectrum() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eigenvalues of the feature correlation, and what each direction explains of mean r²."""
    data = load_ethanol(source="embedded")
    _, scales, directions = np.linalg.svd(data.inputs, full_matrices=False)
    eigenvalues = scales**2 / len(data.inputs)
    weights = LpRegression(data.inputs, data.targets, p=2).optimum.weights
    return eigenvalues, eigenvalues * (directions @ weights) ** 2


@answer(
    "gas-sensor-data/condition",
    tolerance=0.05,
    remark="Billions: some directions are out of reach.",
    slips={"That halves the loss, which is quadratic in the distance.": lambda: np.log(2) * 2.5e9},
)
def _condition() -> float:
    return float(np.log(0.5) / np.log1p(-1 / 5e9))


@answer("gas-sensor-data/directions", remark="And they are not the first ones.")
def _directions() -> int:
    energy = np.sort(_spectrum()[1])[::-1]
    return int(np.searchsorted(np.cumsum(energy) / energy.sum(), 0.99)) + 1


@answer(
    "gas-sensor-data/unstandardised", tolerance=1e-3, remark="One feature's unit slows everything else by that factor."
)
def _unstandardised() -> Any:
    inputs = load_ethanol(source="embedded").inputs
    largest = [np.linalg.norm(columns, 2) for columns in (inputs * np.r_[1000, np.ones(127)], inputs)]
    return (largest[0] / largest[1]) ** 2


@answer(
    "gas-sensor-data/ridge",
    tolerance=1e-2,
    remark="The price of a condition number that gradient descent can live with.",
)
def _ridge() -> float:
    eigenvalues, energy = _spectrum()
    mu = (eigenvalues[0] - 1e4 * eigenvalues[-1]) / (1e4 - 1)
    return float(np.sum(energy * (mu / (eigenvalues + mu)) ** 2))
