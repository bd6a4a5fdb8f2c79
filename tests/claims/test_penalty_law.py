"""Weight decay on the product of layers, with no loss beside it: how the singular values fall."""

import numpy as np
import pytest
import sympy as sp
from domains import over
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

import deeplinear as dl

TIMES = np.array([0.0, 0.3, 2.0])


def halved_squares(inputs, outputs, penalty=1.0):
    """A loss that is λ/2 ‖W‖²: inputs that are orthonormal up to a factor, and targets 0."""
    return dl.LpRegression(np.sqrt(penalty * inputs) * np.eye(inputs), np.zeros((inputs, outputs)), p=2)


def law(sigma, depth, times):
    if depth == 1:
        return sigma * np.exp(-times)
    if sigma == 0:
        return 0.0 * times
    power = 2 - 2 / depth
    return (sigma**-power + (2 * depth - 2) * times) ** (-1 / power)


@pytest.mark.claim(
    "penalty-law", "balanced layers: the flow of every singular value, by the network itself", tolerance=1e-8
)
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


@pytest.mark.claim(
    "penalty-law",
    "the same over all shapes, ranks and depths, and the singular vectors stay",
    tolerance=1e-8,
    assumes="balanced",
)
@over("penalty-law", examples=30, most={"N": 5, "k": 4, "d": 4, "λ": 2, "t": 3})
def test_the_law_holds_over_its_domain(tolerance, case):
    W, (k, d) = case.W, case.W.shape
    problem = halved_squares(d, k, case.λ)
    start, end = W, W
    if case.t > 0:
        path = dl.network_flow(problem, dl.balanced(W, case.N), [0.0, case.t])
        start, end = (dl.end_to_end(factors) for factors in path)
    U, sigma, Vt = np.linalg.svd(W)
    expected = np.zeros((k, d))
    np.fill_diagonal(expected, [law(s, case.N, case.λ * case.t) for s in np.where(sigma > 1e-14 * sigma[0], sigma, 0)])
    assert_allclose(start, W, atol=tolerance * (sigma[0] + 1e-300))
    assert_allclose(U.T @ end @ Vt.T, expected, atol=tolerance * (sigma[0] + 1e-300))


@pytest.mark.claim("penalty-law", "σ(t) solves σ̇ = −Nλσ^{3−2/N}, for symbolic σ₀, λ and real N > 1", kind="symbolic")
def test_the_solution_solves_the_equation():
    s, lam, t = sp.symbols("sigma_0 lambda t", positive=True)
    for N in (sp.Symbol("N", positive=True), sp.Integer(2), sp.Integer(5)):
        a = 2 - 2 / N
        base = s**-a + (2 * N - 2) * lam * t
        sigma = base ** (-1 / a)
        assert sp.simplify(sigma.diff(t) + N * lam * base ** (-1 / a - 1)) == 0  # σ^{1+a} is this power, a = 2 − 2/N
        assert sp.simplify(sp.powdenest(sigma.subs(t, 0), force=True) - s) == 0
    assert sp.simplify((1 / s + 2 * lam * t) ** -1 - s / (1 + 2 * lam * s * t)) == 0


@pytest.mark.claim("penalty-law", "two factors of unequal strength: d log σ/dt = −λ√(δ² + 4σ²)", tolerance=1e-8)
@pytest.mark.parametrize(("u", "v"), [(5.0, 0.1), (0.3, 2.0), (1.0, 1.0)])
def test_unequal_factors_fall_faster(u, v, tolerance):
    delta = u**2 - v**2
    flow = solve_ivp(
        lambda _, w: -np.sqrt(delta**2 + 4 * w**2) * w, (0, 2), [u * v], t_eval=TIMES, rtol=1e-11, atol=1e-13
    )
    problem = halved_squares(1, 1)
    path = dl.network_flow(problem, (np.array([[u]]), np.array([[v]])), TIMES)
    ours = [dl.end_to_end(factors).item() for factors in path]
    assert_allclose(ours, flow.y[0], rtol=tolerance, atol=tolerance * u * v)
    assert ours[-1] <= law(u * v, 2, TIMES[-1]) * (1 + tolerance)


@pytest.mark.claim(
    "penalty-law",
    "without balance: factors of 5 and 0.1 fall to 1e-10 of the product while balanced ones keep a third of it",
    kind="counterexample",
    without="balanced",
)
def test_without_balance_the_product_falls_faster_than_the_law():
    end = dl.network_flow(halved_squares(1, 1), (np.array([[5.0]]), np.array([[0.1]])), TIMES)[-1]
    assert dl.end_to_end(end).item() < 1e-10 * 0.5
    assert law(0.5, 2, 2.0) == pytest.approx(0.5 / 3)
