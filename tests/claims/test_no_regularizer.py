"""Theorem 2 and what stands around it: line integrals, the curl, the regularizers that exist, the warped mirror flow."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime

import deeplinear as dl
from deeplinear.regularizers import (
    curl,
    isotropic_regularizer,
    line_integral,
    linear_loss_integral,
    mirror_hessian,
    theorem_curve,
)


def field(problem, depth):
    return lambda w: dl.precondition_vector(w, problem.gradient(w), depth)


@pytest.mark.claim(
    "no-regularizer",
    "the constant part of the gradient contributes 2c(N−1)(N−2)/(3N−2)·(R^{3−2/N} − r^{3−2/N})",
    kind="symbolic",
)
def test_the_line_integral_of_the_constant_part_for_symbolic_depth_and_radii():
    N, r, R, c, s, t = sp.symbols("N r R c s t", positive=True)
    straight = 2 * sp.integrate(N * c * s ** (2 - 2 / N), (s, r, R), conds="none")
    half = sp.integrate(s ** (2 - 2 / N) * c * sp.diff(s * sp.cos(t), t), (t, sp.pi, 0))
    claimed = 2 * c * (N - 1) * (N - 2) / (3 * N - 2) * (R ** (3 - 2 / N) - r ** (3 - 2 / N))
    assert sp.simplify(sp.expand_power_base(straight + half.subs(s, r) - half.subs(s, R) - claimed)) == 0


@pytest.mark.claim(
    "no-regularizer", "the integral around the curve, for any direction, dimension and real depth", tolerance=2e-4
)
@given(st.floats(1.0, 8.0), st.integers(2, 5), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_the_account_of_a_round_trip_is_the_closed_form(tolerance, depth, dimension, seed):
    g = np.random.default_rng(seed).standard_normal(dimension)
    curve = theorem_curve(g, 0.4, 0.9, points=300)
    assert_allclose(curve[0], curve[-1], atol=1e-12)
    whole = line_integral(lambda w: np.broadcast_to(g, w.shape), curve, depth)[-1]
    size = np.linalg.norm(g)
    assert_allclose(whole, linear_loss_integral(size, depth, 0.4, 0.9), rtol=tolerance, atol=tolerance * size)


@pytest.mark.claim(
    "no-regularizer", "the rest of the gradient vanishes against the constant part as the curve shrinks", tolerance=1e-3
)
@pytest.mark.parametrize("depth", [3, 5])
def test_on_a_real_loss_the_integral_tends_to_its_constant_part(depth, tolerance):
    problem = dl.LpRegression([[1.0, 0.2], [-0.5, 1.0], [0.3, 0.7]], [1.0, -0.4, 2.0], p=4)
    slope = problem.gradient(np.zeros(2))
    gaps = []
    for R in (1e-1, 1e-2, 1e-3):
        whole = line_integral(problem.gradient, theorem_curve(slope, R / 2, R), depth)[-1]
        gaps.append(abs(whole / linear_loss_integral(np.linalg.norm(slope), depth, R / 2, R) - 1))
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < tolerance


@pytest.mark.claim("curl", "∂_jF_i − ∂_iF_j = (N−1)‖w‖^{−2/N}(w_i h_j − w_j h_i), h = Hw + ((N−2)/N) g", tolerance=2e-4)
@given(st.floats(1.0, 6.0), st.sampled_from([2.0, 3.0, 4.0, 6.0]), st.integers(2, 4), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_the_curl_is_the_antisymmetric_part_of_the_jacobian(tolerance, depth, p, dimension, seed):
    rng = np.random.default_rng(seed)
    problem = dl.LpRegression(rng.standard_normal((8, dimension)), rng.standard_normal(8), p=p)
    w = rng.standard_normal(dimension)
    J = approx_fprime(w, field(problem, depth), 1e-7)
    expected = curl(w, problem.gradient(w), problem.hessian(w), depth)
    assert_allclose(J - J.T, expected, atol=tolerance * (1 + np.abs(J).max()))


@pytest.mark.claim("curl", "the identity for an unspecified twice differentiable loss and symbolic depth", kind="symbolic")
@pytest.mark.parametrize("dimension", [2, 3])
def test_the_curl_identity_holds_for_a_general_loss(dimension):
    N = sp.Symbol("N", positive=True)
    w = sp.Matrix(sp.symbols(f"w1:{dimension + 1}", real=True))
    loss = sp.Function("L")(*w)
    g, H, square = sp.Matrix([loss.diff(v) for v in w]), sp.hessian(loss, list(w)), w.dot(w)
    F = square ** (1 - 1 / N) * (g + (N - 1) * g.dot(w) / square * w)
    h = H * w + (N - 2) / N * g
    J = F.jacobian(w)
    gap = (J - J.T - (N - 1) * square ** (-1 / N) * (w * h.T - h * w.T)) * square ** (1 / N)
    assert gap.applyfunc(lambda entry: sp.simplify(sp.powsimp(sp.expand(entry)))).is_zero_matrix


@pytest.mark.claim("curl-at-zero", "‖w‖^{2/N−1} curl F → (N−1)(N−2)/N (û_i g_j − û_j g_i) as w → 0 along û", tolerance=1e-4)
@given(st.floats(1.0, 6.0), st.integers(2, 4), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_near_zero_the_curl_is_that_of_the_slope_there(tolerance, depth, dimension, seed):
    rng = np.random.default_rng(seed)
    problem = dl.LpRegression(rng.standard_normal((8, dimension)), rng.standard_normal(8), p=4)
    u, size = rng.standard_normal(dimension), 1e-7
    u /= np.linalg.norm(u)
    g = problem.gradient(np.zeros(dimension))
    scaled = size ** (2 / depth - 1) * curl(size * u, problem.gradient(size * u), problem.hessian(size * u), depth)
    limit = (depth - 1) * (depth - 2) / depth * (np.outer(u, g) - np.outer(g, u))
    assert_allclose(scaled, limit, atol=tolerance * (1 + np.abs(g).max()))


@pytest.mark.claim("isotropic-regularizer", "at N = 2 and for ½‖w−b‖², F is the gradient of ⅔‖w‖³ − ‖w‖⟨w,b⟩", tolerance=1e-4)
@given(st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_at_depth_two_a_whitened_square_loss_has_a_regularizer(tolerance, dimension, seed):
    rng = np.random.default_rng(seed)
    b, w = rng.standard_normal((2, dimension))
    slope = approx_fprime(w, lambda v: isotropic_regularizer(v, b), 1e-7)
    assert_allclose(slope, field(dl.TwoPoint(b), 2)(w), rtol=tolerance, atol=tolerance / 10)


@pytest.mark.claim(
    "isotropic-regularizer", "the same for symbolic w and b; for the linear loss ⟨u, w⟩, F = ∇(‖w‖⟨w, u⟩)", kind="symbolic"
)
@pytest.mark.parametrize("dimension", [2, 3])
def test_the_regularizers_of_depth_two_for_symbolic_entries(dimension):
    w, b = (sp.Matrix(sp.symbols(f"{name}1:{dimension + 1}", real=True)) for name in "wb")
    norm = sp.sqrt(w.dot(w))
    for g, potential in ((w - b, 2 * norm**3 / 3 - norm * w.dot(b)), (b, norm * w.dot(b))):
        F = norm * (g + g.dot(w) / norm**2 * w)
        slope = sp.Matrix([potential.diff(v) for v in w])
        assert (F - slope).applyfunc(sp.simplify).is_zero_matrix


@pytest.mark.claim(
    "isotropic-regularizer",
    "an anisotropic square loss at N = 2 has curl 4xy/‖w‖ for H = diag(1, 5)",
    kind="counterexample",
    tolerance=1e-12,
)
def test_features_that_are_not_whitened_have_no_regularizer_at_depth_two(tolerance):
    w, H = np.array([0.6, -1.1]), np.diag([1.0, 5.0])
    assert_allclose(curl(w, H @ w, H, 2)[0, 1], 4 * w[0] * w[1] / np.linalg.norm(w), rtol=tolerance)


@pytest.mark.claim(
    "homogeneous-exceptions",
    "losses homogeneous of degree 2/N, and radial losses, are exceptions at any depth",
    kind="symbolic",
)
def test_both_hypotheses_of_the_theorem_are_needed():
    x, y = sp.symbols("x y", positive=True)
    w, square = sp.Matrix([x, y]), x**2 + y**2
    for loss, depth in (((x**4 + 3 * y**4) ** sp.Rational(1, 6), 3), (sp.exp(square), 3), (sp.exp(square), 5)):
        g = sp.Matrix([loss.diff(x), loss.diff(y)])
        F = square ** (1 - sp.Rational(1, depth)) * (g + (depth - 1) * g.dot(w) / square * w)
        assert sp.simplify(F[0].diff(y) - F[1].diff(x)) == 0


@pytest.mark.claim("warped-mirror", "P(w)·Hess ‖w‖^{1+1/N} = (1 + 1/N)‖w‖^{1−1/N} I", tolerance=1e-9)
@given(st.floats(1.0, 8.0), st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_the_end_to_end_flow_is_a_mirror_flow_with_a_warped_clock(tolerance, depth, dimension, seed):
    rng = np.random.default_rng(seed)
    w, g = rng.standard_normal((2, dimension))
    norm = np.linalg.norm(w)
    expected = (1 + 1 / depth) * norm ** (1 - 1 / depth) * g
    assert_allclose(
        mirror_hessian(w, depth) @ dl.precondition_vector(w, g, depth), expected, rtol=tolerance, atol=tolerance / 1000
    )
    a = 1 + 1 / depth
    numerical = approx_fprime(w, lambda v: a * np.linalg.norm(v) ** (a - 2) * v, 1e-7 * norm)
    assert_allclose(mirror_hessian(w, depth), numerical.reshape(dimension, -1), atol=1e-4 * np.abs(numerical).max())


@pytest.mark.claim("warped-mirror", "the same for symbolic w and depth", kind="symbolic")
@pytest.mark.parametrize("dimension", [2, 3])
def test_the_warped_mirror_identity_for_symbolic_entries(dimension):
    N = sp.Symbol("N", positive=True)
    w = sp.Matrix(sp.symbols(f"w1:{dimension + 1}", positive=True))
    square = w.dot(w)
    P = square ** (1 - 1 / N) * (sp.eye(dimension) + (N - 1) / square * w * w.T)
    hessian = sp.hessian(square ** ((1 + 1 / N) / 2), list(w))
    warp = (1 + 1 / N) * square ** ((1 - 1 / N) / 2)
    gap = (P * hessian / warp - sp.eye(dimension)).applyfunc(lambda entry: sp.simplify(sp.powsimp(entry)))
    assert gap.is_zero_matrix


@pytest.mark.claim("no-mirror-map", "P(w)^{-1} is the Hessian of no function for N ≥ 2 in two dimensions", kind="symbolic")
def test_without_the_warp_there_is_no_mirror_map():
    x, y, N = sp.symbols("x y N", positive=True)
    w, square = sp.Matrix([x, y]), x**2 + y**2
    inverse = (square ** (1 - 1 / N) * (sp.eye(2) + (N - 1) / square * w * w.T)).inv()
    asymmetry = sp.simplify(inverse[0, 0].diff(y) - inverse[0, 1].diff(x))
    assert asymmetry.subs(N, 1) == 0
    assert all(asymmetry.subs({N: depth, x: 3, y: 4}) != 0 for depth in (2, 3, 5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: curl([0.0, 0.0], [1.0, 0.0], np.eye(2), 2), "not differentiable"),
        (lambda: mirror_hessian([0.0], 2), "no Hessian"),
        (lambda: theorem_curve([1.0], 0.5, 1.0), "at least two entries"),
        (lambda: theorem_curve([1.0, 0.0], 1.0, 0.5), "outer is 0.5"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
