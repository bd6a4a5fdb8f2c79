"""The answers of *The gas-sensor data*: right values pass, telling slips are named,
and the data at hand do not matter.
"""

import numpy as np
import pytest

import deeplinear as dl
from deeplinear.exercises import _find
from deeplinear.exercises._judge import judge


def verdict(slug, value):
    return judge(_find(f"gas-sensor-data/{slug}"), value)


@pytest.fixture(scope="module")
def data():
    return dl.load_ethanol(source="embedded")


def test_a_mode_of_the_smallest_eigenvalue_takes_billions_of_steps():
    assert verdict("condition", np.log(2) * 5e9) is None
    assert "halves the loss" in verdict("condition", np.log(2) * 2.5e9)
    assert verdict("condition", 5e9) is not None


def test_the_directions_that_matter_are_counted_from_the_solution(data):
    left, _, _ = np.linalg.svd(data.inputs, full_matrices=False)
    energy = np.sort((left.T @ data.targets) ** 2)[::-1]  # a second way to the explained parts
    needed = int((np.cumsum(energy) < 0.99 * energy.sum()).sum()) + 1
    assert verdict("directions", needed) is None
    assert verdict("directions", needed + 1) is not None


def test_a_unit_of_one_feature_sets_the_largest_eigenvalue(data):
    scaled = data.inputs * np.r_[1000, np.ones(127)]
    ratio = np.linalg.eigvalsh(scaled.T @ scaled)[-1] / np.linalg.eigvalsh(data.inputs.T @ data.inputs)[-1]
    assert verdict("unstandardised", ratio) is None
    assert verdict("unstandardised", 1e6) is not None


def test_the_price_of_ridge_is_the_loss_of_the_ridge_solution(data):
    problem = dl.LpRegression(data.inputs, data.targets, p=2)
    gram = problem.hessian(np.zeros(128))
    penalty = np.linalg.eigvalsh(gram)[-1] / 1e4
    ridge = np.linalg.solve(gram + penalty * np.eye(128), data.inputs.T @ data.targets / len(data.targets))
    assert verdict("ridge", 2 * (problem.loss(ridge) - problem.optimum.loss)) is None
    assert verdict("ridge", problem.loss(ridge) - problem.optimum.loss) is not None
