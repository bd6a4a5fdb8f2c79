"""Gradient descent as Euler's method: order, stability, and how p moves the curvature."""

import numpy as np
import pytest
import sympy as sp
from numpy.testing import assert_allclose

import deeplinear as dl


@pytest.mark.claim("euler", "over a fixed time gradient descent is within O(η) of the flow", kind="order", tolerance=0.08)
@pytest.mark.parametrize("p", [2, 3, 4])
def test_descent_follows_the_flow_to_first_order(p, tolerance):
    rng = np.random.default_rng(0)
    problem = dl.LpRegression(rng.standard_normal((20, 3)), rng.standard_normal(20), p=p)
    end = dl.end_to_end_flow(problem, np.zeros(3), 1, [0.0, 1.0])[-1, 0]
    errors, rates = [], 0.02 / 2.0 ** np.arange(4)
    for eta in rates:
        w = np.zeros(3)
        for _ in range(round(1 / eta)):
            w = w - eta * problem.gradient(w)
        errors.append(np.linalg.norm(w - end))
    assert_allclose(np.polyfit(np.log(rates), np.log(errors), 1)[0], 1.0, atol=tolerance)


@pytest.mark.claim("stability", "on a quadratic gradient descent converges iff η < 2/λ_max", kind="inequality")
@pytest.mark.parametrize(("factor", "converges"), [(0.99, True), (1.01, False)])
def test_the_steepest_direction_sets_the_limit(factor, converges):
    problem = dl.LpRegression(np.diag([3.0, 1.0]), [1.0, 1.0], p=2)
    eta = factor * 2 / np.linalg.eigvalsh(problem.hessian(np.zeros(2)))[-1]
    w = np.zeros(2)
    for _ in range(3000):
        w = w - eta * problem.gradient(w)
    assert bool(np.linalg.norm(w - problem.optimum.weights) < 1e-6) is converges


@pytest.mark.claim(
    "stability", "a decaying mode decays faster under descent than under the flow, by ½ηλ² per unit of time", kind="symbolic"
)
def test_descent_decays_faster_than_the_flow():
    eta, lam = sp.symbols("eta lambda", positive=True)
    log_decay = sp.series(sp.log(1 - eta * lam) / eta, eta, 0, 2).removeO()
    assert sp.expand(log_decay + lam + eta * lam**2 / 2) == 0


@pytest.mark.claim(
    "curvature-moves",
    "for p > 2 the curvature of an ℓp regression falls along the flow, for p = 2 it is constant",
    kind="inequality",
)
def test_the_curvature_falls_as_the_residuals_shrink():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((100, 4))
    for p, falls in ((2, 1.0), (4, 0.05), (6, 0.01)):
        problem = dl.LpRegression(inputs, inputs @ np.ones(4), p=p)
        flow = dl.end_to_end_flow(problem, np.zeros(4), 1, [0.0, 3.0])[:, 0]
        first, last = np.linalg.eigvalsh(problem.hessian(flow))[:, -1]
        assert_allclose(last / first, 1.0) if p == 2 else None
        assert last <= falls * first * (1 + 1e-9)
