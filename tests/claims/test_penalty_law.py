"""Weight decay on the product of layers, with no loss beside it: how the singular values fall."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

import deeplinear as dl

TIMES = np.array([0.0, 0.3, 2.0])


def halved_squares(inputs, outputs):
    """A loss that is ½‖W‖²: inputs that are orthonormal up to a factor, and targets 0."""
    return dl.LpRegression(np.sqrt(inputs) * np.eye(inputs), np.zeros((inputs, outputs)), p=2)


def law(sigma, depth, times):
    if depth == 1:
        return sigma * np.exp(-times)
    power = 2 - 2 / depth
    return (sigma**-power + (2 * depth - 2) * times) ** (-1 / power)


@pytest.mark.claim("penalty-law", "balanced layers: the flow of every singular value, by the network itself", tolerance=1e-8)
@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_singular_values_of_balanced_layers_follow_the_law(depth, tolerance):
    W = np.random.default_rng(0).standard_normal((3, 4))
    problem = halved_squares(4, 3)
    assert_allclose(problem.gradient(W), W, rtol=1e-12)
    start = np.linalg.svd(W, compute_uv=False)
    path = dl.network_flow(problem, dl.balanced(W, depth), TIMES)
    for time, factors in zip(TIMES, path, strict=True):
        after = np.linalg.svd(dl.end_to_end(factors), compute_uv=False)
        assert_allclose(after, [law(sigma, depth, time) for sigma in start], rtol=tolerance)


@pytest.mark.claim("penalty-law", "two factors of unequal strength: d log σ/dt = −λ√(δ² + 4σ²)", tolerance=1e-8)
@pytest.mark.parametrize(("u", "v"), [(5.0, 0.1), (0.3, 2.0), (1.0, 1.0)])
def test_unequal_factors_fall_faster(u, v, tolerance):
    delta = u**2 - v**2
    flow = solve_ivp(lambda _, w: -np.sqrt(delta**2 + 4 * w**2) * w, (0, 2), [u * v], t_eval=TIMES, rtol=1e-11, atol=1e-13)
    problem = halved_squares(1, 1)
    path = dl.network_flow(problem, (np.array([[u]]), np.array([[v]])), TIMES)
    ours = [dl.end_to_end(factors).item() for factors in path]
    assert_allclose(ours, flow.y[0], rtol=tolerance, atol=tolerance * u * v)
    assert ours[-1] <= law(u * v, 2, TIMES[-1]) * (1 + tolerance)
