"""Theorem 2 and its completion: line integrals, the curl, exactly which losses have a regularizer; the warped mirror
flow and where it ends.
"""

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from domains import over
from numpy.testing import assert_allclose
from scipy.integrate import quad, solve_ivp

import deeplinear as dl
from deeplinear.theory.mirror import destination, mirror_hessian, mirror_map
from deeplinear.theory.regularizers import (
    curl,
    isotropic_regularizer,
    line_integral,
    linear_loss_integral,
    regularizer,
    theorem_curve,
)


def slope(function, w):
    """The gradient of `function` at `w`, by differences of fourth order; to some ten digits of its size around."""
    h = 1e-3 * np.linalg.norm(w)
    steps = h * np.eye(len(w))
    near = [(function(w + e) - function(w - e)) * 2 / 3 for e in steps]
    far = [(function(w + 2 * e) - function(w - 2 * e)) / 12 for e in steps]
    return (np.array(near) - np.array(far)) / h


def jacobian(field, w):
    """``J[i, j] = ∂_j F_i``, by the same differences."""
    return np.stack([slope(lambda v, i=i: field(v)[i], w) for i in range(len(w))])


def quadratic_at(w, g, H):
    """The gradient of the quadratic loss with gradient `g` and Hessian `H` at `w`."""
    return lambda v: g + (v - w) @ H


def loop(w, rng, corners=7, sides=60):
    """A polygon around 0 in the plane of `w` and the axis that it is least along, as large as `w`, that keeps away from 0."""
    e = w / np.linalg.norm(w)
    across = np.linalg.qr(np.column_stack([e, np.eye(len(w))[np.argmin(np.abs(e))]]))[0][:, 1]
    turn = np.append(np.sort(rng.uniform(0, 0.6, corners) + np.arange(corners)) / corners * 2 * np.pi, 0)
    turn[-1] = turn[0]
    radius = np.linalg.norm(w) * rng.uniform(0.7, 1.4, corners + 1)
    radius[-1] = radius[0]
    points = radius[:, None] * (np.outer(np.cos(turn), e) + np.outer(np.sin(turn), across))
    parts = [np.linspace(p, q, sides, endpoint=False) for p, q in pairwise(points)]
    return np.concatenate([*parts, points[:1]])


def circulation(gradient, curve, depth):
    """∮ F relative to ∮ |F|."""
    middle, chord = (curve[1:] + curve[:-1]) / 2, np.diff(curve, axis=0)
    size = np.linalg.norm(dl.precondition_vector(middle, gradient(middle), depth), axis=1)
    return line_integral(gradient, curve, depth)[-1] / (size @ np.linalg.norm(chord, axis=1))


def homogeneous(A, c, degree):
    """A loss of this degree, ``(wᵀAw)^{m/2} + ⟨c, w⟩ (wᵀAw)^{(m−1)/2}``, and its gradient, for a batch of weights."""

    def loss(w):
        q = ((w @ A) * w).sum(-1)
        return q ** (degree / 2) + (w @ c) * q ** ((degree - 1) / 2)

    def gradient(w):
        q = ((w @ A) * w).sum(-1)[..., None]
        line = (w @ c)[..., None]
        bend = degree * q ** (degree / 2 - 1) + (degree - 1) * line * q ** ((degree - 3) / 2)
        return bend * (w @ A) + c * q ** ((degree - 1) / 2)

    return loss, gradient


def radial(size):
    """φ and ∇φ(‖w‖) of a function that has no power law, of order 1 around the radius `size`."""

    def profile(r):
        return np.sin(2 * np.log(r / size)) + 0.3 * np.log(r / size)

    def gradient(w):
        r = np.linalg.norm(w, axis=-1, keepdims=True)
        return (2 * np.cos(2 * np.log(r / size)) + 0.3) * w / r**2

    return profile, gradient


# Theorem 2 ------------------------------------------------------------------------------------------------------------


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


@pytest.mark.claim("no-regularizer", "the integral around the curve is the closed form, and positive", tolerance=2e-4)
@over("no-regularizer", examples=30)
def test_the_integral_around_the_curve_is_the_closed_form(tolerance, case):
    curve = theorem_curve(case.c, 0.4, 0.9, points=300)
    assert_allclose(curve[0], curve[-1], atol=1e-12)
    whole = line_integral(lambda w: np.broadcast_to(case.c, w.shape), curve, case.N)[-1]
    assert_allclose(whole, linear_loss_integral(np.linalg.norm(case.c), case.N, 0.4, 0.9), rtol=tolerance)
    assert whole > 0


@pytest.mark.claim(
    "no-regularizer",
    "the rest of the gradient vanishes against the constant part as the curve shrinks",
    tolerance=1e-3,
    assumes="continuous",
)
@pytest.mark.parametrize("depth", [2.5, 3, 5])
@pytest.mark.parametrize("p", [1.5, 2, 4])
def test_on_a_real_loss_the_integral_tends_to_its_constant_part(p, depth, tolerance):
    problem = dl.LpRegression([[1.0, 0.2], [-0.5, 1.0], [0.3, 0.7]], [1.0, -0.4, 2.0], p=p)
    g = problem.gradient(np.zeros(2))
    gaps = []
    for R in (1e-2, 1e-3, 1e-4):
        whole = line_integral(problem.gradient, theorem_curve(g, R / 2, R), depth)[-1]
        gaps.append(abs(whole / linear_loss_integral(np.linalg.norm(g), depth, R / 2, R) - 1))
    assert gaps[2] < gaps[1] + tolerance < gaps[0] + 2 * tolerance
    assert gaps[2] < tolerance


@pytest.mark.claim(
    "no-regularizer",
    "with one weight F is the derivative of its integral, whatever the slope at 0",
    kind="counterexample",
    without="plane",
    tolerance=1e-7,
)
@pytest.mark.parametrize("depth", [2.5, 3, 8])
def test_one_weight_always_has_a_regularizer(depth, tolerance):
    problem = dl.LpRegression([[1.0], [-2.0]], [1.0, 0.3], p=4)
    assert abs(problem.gradient(np.zeros(1))[0]) > 0.1

    def F(w):
        return dl.precondition_vector([w], problem.gradient(np.array([w])), depth)[0]

    for w in (-1.3, -0.2, 0.4, 2.0):
        rise = quad(F, 0, w + 1e-3, epsabs=1e-13)[0] - quad(F, 0, w - 1e-3, epsabs=1e-13)[0]
        assert_allclose(rise, quad(F, w - 1e-3, w + 1e-3)[0], rtol=tolerance)
        assert_allclose(quad(F, 0, w)[0] + quad(F, w, 1)[0], quad(F, 0, 1)[0], atol=tolerance)


@pytest.mark.claim(
    "no-regularizer",
    "at depth 2 the linear loss ⟨c, w⟩ has the potential ‖w‖⟨c, w⟩",
    kind="counterexample",
    without="deep",
    tolerance=1e-9,
)
def test_at_depth_two_a_linear_loss_has_a_regularizer(tolerance):
    c, w = np.array([0.8, -2.0, 0.3]), np.array([1.0, 0.4, -0.7])
    found = slope(lambda v: np.linalg.norm(v) * (c @ v), w)
    assert_allclose(found, dl.precondition_vector(w, c, 2), rtol=tolerance)


@pytest.mark.claim(
    "no-regularizer",
    "a loss of degree 2/N, whose gradient is unbounded at 0, has a potential",
    kind="counterexample",
    without="continuous",
    tolerance=1e-9,
)
@pytest.mark.parametrize("depth", [2.5, 3, 6])
def test_without_a_gradient_at_zero_there_are_exceptions(depth, tolerance):
    loss, gradient = homogeneous(np.diag([1.0, 3.0]), np.array([2.0, 1.0]), 2 / depth)
    w = np.array([0.6, -1.1])
    assert np.linalg.norm(gradient(1e-9 * w)) > 10 * np.linalg.norm(gradient(w))
    found = slope(lambda v: np.linalg.norm(v) ** (2 - 2 / depth) * loss(v), w)
    assert_allclose(found, dl.precondition_vector(w, gradient(w), depth), rtol=tolerance)


@pytest.mark.claim(
    "no-regularizer",
    "½‖w‖², stationary at 0, has the potential N²‖w‖^{4−2/N}/(4N−2)",
    kind="counterexample",
    without="slope",
    tolerance=1e-9,
)
@pytest.mark.parametrize("depth", [2.5, 3, 6])
def test_a_stationary_origin_allows_a_regularizer(depth, tolerance):
    w = np.array([0.6, -1.1, 0.2])
    found = slope(lambda v: depth**2 / (4 * depth - 2) * np.linalg.norm(v) ** (4 - 2 / depth), w)
    assert_allclose(found, dl.precondition_vector(w, w, depth), rtol=tolerance)


# The curl -------------------------------------------------------------------------------------------------------------


@pytest.mark.claim("curl", "∂_jF_i − ∂_iF_j = (N−1)‖w‖^{−2/N}(w_i h_j − w_j h_i), h = Hw + ((N−2)/N) g", tolerance=1e-7)
@over("curl", most={"d": 5})
def test_the_curl_is_the_antisymmetric_part_of_the_jacobian(tolerance, case):
    gradient = quadratic_at(case.w, case.g, case.H)
    J = jacobian(lambda v: dl.precondition_vector(v, gradient(v), case.N), case.w)
    size = np.linalg.norm(case.w) ** (1 - 2 / case.N) * (
        np.linalg.norm(case.g) + np.linalg.norm(case.H) * np.linalg.norm(case.w)
    )
    assert_allclose(J - J.T, curl(case.w, case.g, case.H, case.N), atol=tolerance * case.N * size)


@pytest.mark.claim(
    "curl", "the identity for an unspecified twice differentiable loss and symbolic depth", kind="symbolic"
)
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
    E = g.dot(w) - 2 / N * loss
    assert all(sp.expand(E.diff(v) - entry) == 0 for v, entry in zip(w, h, strict=True))


@pytest.mark.claim("curl", "in the plane ∂₁F₂ − ∂₂F₁ = −(N−1) r^{−2/N}(r L_{rθ} − (2/N) L_θ)", kind="symbolic")
def test_the_curl_in_polar_coordinates():
    N, r, t = sp.symbols("N r theta", positive=True)
    loss = sp.Function("L")(r, t)
    a = 2 - 2 / N
    outward, around = r**a * N * loss.diff(r), r**a * loss.diff(t) / r
    curl_of_F = ((r * around).diff(r) - outward.diff(t)) / r
    claimed = -(N - 1) * r ** (-2 / N) * (r * loss.diff(r, t) - 2 / N * loss.diff(t))
    assert sp.simplify(sp.powsimp(sp.expand((curl_of_F - claimed) * r ** (2 / N)))) == 0


@pytest.mark.claim("curl", "on circles around 0 the integral is zero, around other centres it is not", tolerance=1e-12)
@pytest.mark.parametrize("depth", [1.5, 2, 3, 7])
def test_circles_around_zero_show_nothing(depth, tolerance):
    turn = np.linspace(0, 2 * np.pi, 2001)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    beside = circle + np.array([[0.4, 0.1]])

    def gradient(w):
        return w * [1.0, 5.0] - [0.3, -0.7]

    assert abs(circulation(gradient, 1.7 * circle, depth)) < tolerance
    assert abs(circulation(gradient, beside, depth)) > 1e-3
    if depth == 3:
        assert_allclose(line_integral(gradient, beside, 3)[-1], -1.740, atol=1e-3)


@pytest.mark.claim(
    "curl",
    "where the second derivatives are not symmetric, the curl is another",
    kind="counterexample",
    without="twice",
    tolerance=1e-4,
)
def test_without_a_second_derivative_the_curl_is_another(tolerance):
    """The gradient of xy(x² − y²)/(x² + y²) around `w`: its mixed second derivatives there are −1 and 1."""
    w, depth = np.array([1.5, -0.5]), 3

    def gradient(v):
        x, y = v - w
        if x == y == 0:
            return np.zeros(2)
        q = x * x + y * y
        return np.array([y * (x**4 + 4 * x**2 * y**2 - y**4), x * (x**4 - 4 * x**2 * y**2 - y**4)]) / q**2

    def F(v):
        return dl.precondition_vector(v, gradient(v), depth)

    H = np.stack([(gradient(w + e) - gradient(w - e)) / 2e-6 for e in 1e-6 * np.eye(2)], axis=1)
    J = np.stack([(F(w + e) - F(w - e)) / 2e-6 for e in 1e-6 * np.eye(2)], axis=1)
    assert_allclose(H, [[0, -1], [1, 0]], atol=tolerance)
    assert abs((J - J.T - curl(w, gradient(w), H, depth))[0, 1]) > 1


@pytest.mark.claim(
    "curl-at-zero",
    "‖w‖^{2/N−1} curl F → (N−1)(N−2)/N (û_i g_j − û_j g_i) as w → 0 along û",
    tolerance=1e-6,
    assumes="smooth",
)
@over("curl-at-zero", most={"d": 5})
def test_near_zero_the_curl_is_that_of_the_slope_there(tolerance, case):
    u = case.u / np.linalg.norm(case.u)
    size = 1e-8 * np.linalg.norm(case.g) / (1 + np.linalg.norm(case.H))
    w = size * u
    scaled = size ** (2 / case.N - 1) * curl(w, case.g + case.H @ w, case.H, case.N)
    share = (case.N - 1) * (case.N - 2) / case.N
    atol = tolerance * case.N * np.linalg.norm(case.g)
    assert_allclose(scaled, share * (np.outer(u, case.g) - np.outer(case.g, u)), atol=atol)
    turned = [np.abs(np.outer(e, case.g) - np.outer(case.g, e)).max() for e in np.eye(case.d)]
    assert share * max(turned) > 0, "in some direction the curl does not vanish: F is no gradient near 0"


# The exceptions, and that they are all --------------------------------------------------------------------------------


@pytest.mark.claim(
    "homogeneous-exceptions",
    "F is the gradient of ‖w‖^{2−2/N} H for H of degree 2/N, and of N ∫ s^{2−2/N} φ′(s) ds for radial losses",
    tolerance=1e-7,
)
@over("homogeneous-exceptions", most={"d": 5})
def test_the_two_families_have_potentials(tolerance, case):
    loss, gradient = homogeneous(case.A, case.c, 2 / case.N)
    size, a = np.linalg.norm(case.w), 2 - 2 / case.N
    found = slope(lambda v: np.linalg.norm(v) ** a * loss(v), case.w)
    F = dl.precondition_vector(case.w, gradient(case.w), case.N)
    stretch = np.sqrt(np.linalg.cond(case.A))
    scale = np.linalg.norm(F) + stretch * size**a * np.linalg.norm(gradient(case.w))
    assert_allclose(found, F, atol=tolerance * stretch**3 * scale)

    profile, gradient = radial(size)

    def integrand(s):
        return case.N * s**a * (profile(s * (1 + 1e-5)) - profile(s * (1 - 1e-5))) / (2e-5 * s)

    found = slope(lambda v: quad(integrand, size, np.linalg.norm(v), epsrel=1e-12)[0], case.w)
    F = dl.precondition_vector(case.w, gradient(case.w), case.N)
    assert_allclose(found, F, atol=1e-6 * case.N * size ** (a - 1))


@pytest.mark.claim(
    "homogeneous-exceptions", "the potential ‖w‖^{2−2/N} H, and Euler's identity, in symbols", kind="symbolic"
)
def test_the_potential_of_a_homogeneous_loss_in_symbols():
    """In polar coordinates H = r^{2/N} k(θ); F has the components N r^a H_r and r^{a−1} H_θ."""
    N, r, t = sp.symbols("N r theta", positive=True)
    loss = r ** (2 / N) * sp.Function("k")(t)
    a = 2 - 2 / N
    potential = r**a * loss
    assert sp.simplify(potential.diff(r) - N * r**a * loss.diff(r)) == 0
    assert sp.simplify(potential.diff(t) - r**a * loss.diff(t)) == 0


@pytest.mark.claim(
    "homogeneous-exceptions",
    "with the degree off by 0.3 the field circulates",
    kind="counterexample",
    without="degree",
)
@pytest.mark.parametrize("depth", [1.5, 2, 3.7])
def test_another_degree_is_no_exception(depth):
    A, c = np.diag([1.0, 2.0, 5.0]), np.array([1.0, -2.0, 0.5])
    curve = loop(np.array([1.0, 0.5, -1.0]), np.random.default_rng(0))
    assert abs(circulation(homogeneous(A, c, 2 / depth)[1], curve, depth)) < 1e-9
    assert abs(circulation(homogeneous(A, c, 2 / depth + 0.3)[1], curve, depth)) > 1e-3


@pytest.mark.claim(
    "homogeneous-exceptions",
    "H = |w₁| at depth 2: ‖w‖H has a kink where w₁ = 0, and there is no F",
    kind="counterexample",
    without="differentiable",
)
def test_a_homogeneous_loss_with_a_kink_is_no_exception():
    def potential(w):
        return np.linalg.norm(w) * abs(w[0])

    at, h = np.array([0.0, 2.0]), 1e-6
    right, left = ((potential(at + sign * h * np.eye(2)[0]) - potential(at)) / (sign * h) for sign in (1, -1))
    assert_allclose([right, left], [2, -2], rtol=1e-9)


def gentle(A):
    """With condition number 100 at most, so that quadrature along a polygon sees its loss."""
    values, vectors = np.linalg.eigh(A)
    return (vectors * np.maximum(values, values.max() / 100)) @ vectors.T


@pytest.mark.claim(
    "theorem-2-completed",
    "for L = φ(‖w‖) + H the integral of F around loops about 0 is zero, and F is the gradient of Φ",
    tolerance=1e-7,
)
@over("theorem-2-completed", examples=40, most={"d": 5})
def test_a_radial_plus_a_homogeneous_loss_has_a_regularizer(tolerance, case):
    rng, size = np.random.default_rng(0), np.linalg.norm(case.w)
    part, part_gradient = homogeneous(gentle(case.A), case.c, 2 / case.N)
    profile, profile_gradient = radial(size)

    def gradient(w):
        return part_gradient(w) + profile_gradient(w)

    assert abs(circulation(gradient, loop(case.w, rng), case.N)) < tolerance
    F = dl.precondition_vector(case.w, gradient(case.w), case.N)
    parts = [np.linalg.norm(g(case.w)) for g in (part_gradient, profile_gradient)]
    found = slope(lambda v: regularizer(v, profile, part, case.N, base=size), case.w)
    assert_allclose(found, F, atol=100 * tolerance * case.N * size ** (2 - 2 / case.N) * sum(parts))


@pytest.mark.claim(
    "theorem-2-completed",
    "any other loss has none: what is neither radial nor of degree 2/N makes F circulate on small loops",
    kind="inequality",
)
@over("theorem-2-completed", examples=40, most={"d": 5, "N": 6.0})
def test_a_perturbed_loss_has_no_regularizer(case):
    """The curl is linear in the loss: that of the sum is that of the perturbation, here of degrees 2/N ± 0.3."""
    rng, size = np.random.default_rng(1), np.linalg.norm(case.w)
    bent, lean = np.diag(rng.uniform(1, 3, case.d)), rng.standard_normal(case.d)
    for degree in (2 / case.N + 0.3, 2 / case.N - 0.3):
        _, gradient = homogeneous(bent, lean, degree)
        curves = [loop(v, rng) for v in size * rng.standard_normal((3, case.d))]
        assert max(abs(circulation(gradient, curve, case.N)) for curve in curves) / (case.N - 1) > 1e-4


@pytest.mark.claim("theorem-2-completed", "the steps of the proof, in polar coordinates and symbols", kind="symbolic")
def test_the_proof_of_the_completed_theorem_in_symbols():
    N, r, s = sp.symbols("N r s", positive=True)
    L, c, phi = (sp.Function(name)(r) for name in ("L", "c", "phi"))
    a = 2 - 2 / N
    radial_part = N * r**a * L.diff(r) - (r**a * L + c).diff(r)  # step 3, which is 0
    assert (
        sp.simplify(
            radial_part / ((N - 1) * r ** (a - 1)) - (r * L.diff(r) - 2 / N * L) + r ** (1 - a) * c.diff(r) / (N - 1)
        )
        == 0
    )
    other = sp.Function("M")(r)  # the loss along another ray: step 4
    E = [r * f.diff(r) - 2 / N * f for f in (L, other)]
    assert sp.simplify((r ** (-2 / N) * (L - other)).diff(r) - r ** (-2 / N - 1) * (E[0] - E[1])) == 0
    integral = sp.Integral(s ** (a - 1) * phi.subs(r, s), (s, 1, r))
    potential = N * r**a * phi - 2 * (N - 1) * integral  # step 5
    assert sp.simplify(sp.expand(potential.diff(r).doit() - N * r**a * phi.diff(r))) == 0


@pytest.mark.claim(
    "theorem-2-completed",
    "a loss that is once, not twice, differentiable has its regularizer too",
    tolerance=5e-6,
    assumes="everywhere",
)
@pytest.mark.parametrize("depth", [1.5, 2, 3.7])
def test_one_derivative_is_enough(depth, tolerance):
    """|w₁|^{3/2} ‖w‖^{2/N−3/2}, where w₁ = 0, and a radial part with a second derivative that jumps at 1."""

    def part(w):
        return np.abs(w[..., 0]) ** 1.5 * np.linalg.norm(w, axis=-1) ** (2 / depth - 1.5)

    def profile(r):
        return np.abs(r - 1) * (r - 1)

    def gradient(w):
        r, first = np.linalg.norm(w), np.eye(3)[0]
        steep = 1.5 * np.sign(w[0]) * np.abs(w[0]) ** 0.5 * r ** (2 / depth - 1.5) * first
        return steep + (2 / depth - 1.5) * part(w) * w / r**2 + 2 * abs(r - 1) * w / r

    for w in (np.array([0.0, 0.6, 0.8]), np.array([0.5, -0.3, 1.1])):
        found = [
            (regularizer(w + e, profile, part, depth) - regularizer(w - e, profile, part, depth)) / 2e-6
            for e in 1e-6 * np.eye(3)
        ]
        assert_allclose(found, dl.precondition_vector(w, gradient(w), depth), atol=tolerance)


@pytest.mark.claim(
    "theorem-2-completed",
    "with one weight sin w, which is no sum of the two, has a regularizer at any depth",
    kind="counterexample",
    without="plane",
    tolerance=1e-8,
)
@pytest.mark.parametrize("depth", [1.5, 3])
def test_on_a_line_every_loss_has_a_regularizer(depth, tolerance):
    odd = [(np.sin(w) - np.sin(-w)) / w ** (2 / depth) for w in (0.5, 1.0, 2.0)]
    assert np.ptp(odd) > 0.1, "L(w) − L(−w) would be a multiple of w^{2/N}"

    def potential(w):
        return quad(lambda v: depth * abs(v) ** (2 - 2 / depth) * np.cos(v), 0, w, epsabs=1e-13)[0]

    for w in (-1.3, 0.4, 2.0):
        found = slope(lambda v: potential(v[0]), np.array([w]))
        assert_allclose(found, dl.precondition_vector([w], [np.cos(w)], depth), rtol=tolerance)


@pytest.mark.claim(
    "theorem-2-completed",
    "at depth 1 F is the gradient of the loss, which may be any",
    kind="counterexample",
    without="deep",
)
def test_at_depth_one_every_loss_is_its_own_potential():
    w, g = np.array([0.6, -1.1]), np.array([1.0, 2.0])
    assert_allclose(dl.precondition_vector(w, g, 1), g)


@pytest.mark.claim(
    "theorem-2-completed",
    "a loss that is ‖w‖² on one half and ‖w‖⁴ on the other has a regularizer on each, and is no sum on both",
    kind="counterexample",
    without="everywhere",
)
@pytest.mark.parametrize("depth", [1.5, 2, 3])
def test_a_loss_with_a_seam_is_radial_on_each_side(depth):
    def loss(w):
        return np.linalg.norm(w) ** (2 if w[0] > 0 else 4)

    for side in (1, -1):
        w = side * np.array([0.8, 0.5])
        power = 2 if side > 0 else 4
        g, H = power * np.linalg.norm(w) ** (power - 2) * w, jacobian(lambda v: slope(loss, v), w)
        assert_allclose(curl(w, g, H, depth), 0, atol=1e-6)
    theta = np.array([0.8, 0.6])
    across = [(loss(r * theta) - loss(-r * theta)) / r ** (2 / depth) for r in (0.5, 1.0, 2.0)]
    assert np.ptp(across) > 0.1, "it would be constant for φ + H"


@pytest.mark.claim(
    "regularizers-by-depth",
    "least squares: the curl vanishes iff S is a multiple of the identity, and besides N = 2 or q = 0",
    kind="inequality",
)
@over("regularizers-by-depth", examples=80, most={"d": 5})
def test_least_squares_has_a_regularizer_exactly_when_the_corollary_says(case):
    S, q, N = case.S, case.q, case.N
    whitened = np.linalg.norm(S - np.trace(S) / case.d * np.eye(case.d)) <= 1e-12 * np.linalg.norm(S)
    share = abs(N - 2) / N  # of the slope at 0 in the curl
    ratios = []
    for w in np.random.default_rng(0).standard_normal((5, case.d)):
        turn = curl(w, S @ w - q, S, N) / ((N - 1) * np.linalg.norm(w) ** (-2 / N))
        ratios.append(np.linalg.norm(turn) / (np.linalg.norm(w) * (np.linalg.norm(S) + share * np.linalg.norm(q)) or 1))
    exists = whitened and (N == 2 or not q.any())
    if exists:
        assert max(ratios) < 1e-13
    elif whitened and S.any():
        assert max(ratios) > 0.01 * share * np.linalg.norm(q) / (np.linalg.norm(S) + share * np.linalg.norm(q))
    else:
        assert max(ratios) > 1e-6


@pytest.mark.claim(
    "regularizers-by-depth",
    "a loss with a slope at 0 is no sum for N ≠ 2: r^{2/N}k(θ) = L(rθ) − L(rθ₀) is of order r",
    kind="order",
    tolerance=1e-2,
)
@pytest.mark.parametrize("power", [1.5, 2, 4])
def test_a_slope_at_zero_fixes_the_degree(power, tolerance):
    problem = dl.LpRegression([[1.0, 0.2], [-0.5, 1.0], [0.3, 0.7]], [1.0, -0.4, 2.0], p=power)
    theta, other = np.array([0.6, 0.8]), np.array([1.0, 0.0])
    radii = np.array([1e-4, 1e-3])
    gaps = [abs(problem.loss(r * theta) - problem.loss(r * other)) for r in radii]
    assert_allclose(np.diff(np.log(gaps)) / np.diff(np.log(radii)), 1, atol=tolerance)


@pytest.mark.claim(
    "regularizers-by-depth",
    "a loss of degree 2/N has a regularizer and is not radial",
    kind="counterexample",
    without="at-zero",
    tolerance=1e-9,
)
@pytest.mark.parametrize("depth", [3, 5.5])
def test_a_loss_without_a_slope_at_zero_need_not_be_radial(depth, tolerance):
    loss, gradient = homogeneous(np.diag([1.0, 3.0]), np.array([2.0, 1.0]), 2 / depth)
    assert abs(circulation(gradient, loop(np.array([1.0, 1.0]), np.random.default_rng(3)), depth)) < tolerance
    assert abs(loss(np.array([1.0, 0.0])) - loss(np.array([0.0, 1.0]))) > 0.1


@pytest.mark.claim(
    "regularizers-by-depth",
    "with one weight least squares with a target has a regularizer at depth 3",
    kind="counterexample",
    without="plane",
)
def test_one_weight_of_least_squares_has_a_regularizer():
    w, S, q = sp.Symbol("w", positive=True), sp.Symbol("S"), sp.Symbol("q")
    F = 3 * w ** sp.Rational(4, 3) * (S * w - q)
    assert sp.expand(sp.integrate(sp.expand(F), w).diff(w) - F) == 0


@pytest.mark.claim(
    "isotropic-regularizer", "at N = 2 and for ½‖w−b‖², F is the gradient of ⅔‖w‖³ − ‖w‖⟨w,b⟩", tolerance=1e-8
)
@over("isotropic-regularizer")
def test_at_depth_two_a_whitened_square_loss_has_a_regularizer(tolerance, case):
    F = dl.precondition_vector(case.w, case.w - case.b, 2)
    size = np.linalg.norm(case.w)
    if size == 0:
        steep = [isotropic_regularizer(e, case.b) / 1e-6 for e in 1e-6 * np.eye(case.d)]
        assert_allclose(F, 0, atol=0)
        assert_allclose(steep, 0, atol=1e-5 * (1 + np.linalg.norm(case.b)))
        return
    found = slope(lambda v: isotropic_regularizer(v, case.b), case.w)
    assert_allclose(found, F, atol=tolerance * size * (size + np.linalg.norm(case.b)))


@pytest.mark.claim(
    "isotropic-regularizer",
    "the same for symbolic w and b; for the linear loss ⟨u, w⟩, F = ∇(‖w‖⟨w, u⟩)",
    kind="symbolic",
)
@pytest.mark.parametrize("dimension", [2, 3])
def test_the_regularizers_of_depth_two_for_symbolic_entries(dimension):
    w, b = (sp.Matrix(sp.symbols(f"{name}1:{dimension + 1}", real=True)) for name in "wb")
    norm = sp.sqrt(w.dot(w))
    for g, potential in ((w - b, 2 * norm**3 / 3 - norm * w.dot(b)), (b, norm * w.dot(b))):
        F = norm * (g + g.dot(w) / norm**2 * w)
        found = sp.Matrix([potential.diff(v) for v in w])
        assert (F - found).applyfunc(sp.simplify).is_zero_matrix


@pytest.mark.claim(
    "isotropic-regularizer",
    "an anisotropic square loss at N = 2 has curl 4xy/‖w‖ for H = diag(1, 5)",
    kind="counterexample",
    without="whitened",
    tolerance=1e-12,
)
def test_features_that_are_not_whitened_have_no_regularizer_at_depth_two(tolerance):
    w, H = np.array([0.6, -1.1]), np.diag([1.0, 5.0])
    assert_allclose(curl(w, H @ w, H, 2)[0, 1], 4 * w[0] * w[1] / np.linalg.norm(w), rtol=tolerance)


@pytest.mark.claim(
    "isotropic-regularizer",
    "at N = 3 the whitened square loss has curl −⅔‖w‖^{−2/3}(b₂x − b₁y)",
    kind="counterexample",
    without="two",
    tolerance=1e-12,
)
def test_a_whitened_square_loss_has_no_regularizer_at_depth_three(tolerance):
    w, b = np.array([0.6, -1.1]), np.array([3.0, 1.0])
    expected = -2 / 3 * np.linalg.norm(w) ** (-2 / 3) * (b[1] * w[0] - b[0] * w[1])
    assert_allclose(curl(w, w - b, np.eye(2), 3)[0, 1], expected, rtol=tolerance)


# The mirror flow ------------------------------------------------------------------------------------------------------


@pytest.mark.claim(
    "no-mirror-map",
    "∂_k(P⁻¹)_ij − ∂_j(P⁻¹)_ik = −((N−1)/N)‖w‖^{2/N−4}(w_k δ_ij − w_j δ_ik), which is not zero",
    tolerance=1e-7,
)
@over("no-mirror-map", most={"d": 5})
def test_the_inverse_of_the_preconditioner_is_no_hessian(tolerance, case):
    w, eye = case.w, np.eye(case.d)
    size = np.linalg.norm(w)

    def inverse(v):
        return np.linalg.inv(dl.precondition_vector(np.tile(v, (case.d, 1)), eye, case.N))

    found = np.stack([[slope(lambda v, i=i, j=j: inverse(v)[i, j], w) for j in range(case.d)] for i in range(case.d)])
    claimed = -(case.N - 1) / case.N * size ** (2 / case.N - 4) * np.einsum("k,ij->ijk", w, eye)
    claimed -= np.swapaxes(claimed, 1, 2)
    assert_allclose(found - np.swapaxes(found, 1, 2), claimed, atol=tolerance * size ** (2 / case.N - 3))
    assert np.abs(claimed).max() > 0


@pytest.mark.claim("no-mirror-map", "the derivation for symbolic w and N, in two dimensions", kind="symbolic")
def test_the_asymmetry_of_the_inverse_in_symbols():
    d = 2
    N = sp.Symbol("N", positive=True)
    w = sp.Matrix(sp.symbols(f"w1:{d + 1}", positive=True))
    square = w.dot(w)
    inverse = square ** (1 / N - 1) * (sp.eye(d) - (N - 1) / N / square * w * w.T)
    P = square ** (1 - 1 / N) * (sp.eye(d) + (N - 1) / square * w * w.T)
    assert (P * inverse - sp.eye(d)).applyfunc(lambda e: sp.simplify(sp.powsimp(sp.expand(e)))).is_zero_matrix
    delta = sp.KroneckerDelta
    for i in range(d):
        for j in range(d):
            for k in range(j):
                found = inverse[i, j].diff(w[k]) - inverse[i, k].diff(w[j])
                claimed = -(N - 1) / N * square ** (1 / N - 2) * (w[k] * delta(i, j) - w[j] * delta(i, k))
                assert sp.simplify(sp.powsimp(sp.expand((found - claimed) * square ** (3 - 1 / N)))) == 0


@pytest.mark.claim(
    "no-mirror-map",
    "for the one loss ½‖w‖² a radial ψ with ψ″ = r^{2/N−2}/N makes a mirror flow",
    kind="counterexample",
    without="every-loss",
    tolerance=1e-12,
)
@pytest.mark.parametrize("depth", [1.5, 2, 3, 6.5])
def test_one_loss_may_have_a_mirror_map(depth, tolerance):
    rng = np.random.default_rng(0)
    for w in rng.standard_normal((5, 3)):
        r = np.linalg.norm(w)
        bend = r ** (2 / depth - 2) / depth
        tangent = rng.uniform(0.1, 2)  # ψ′/r, which depends on a constant of integration
        hessian = bend * np.outer(w, w) / r**2 + tangent * (np.eye(3) - np.outer(w, w) / r**2)
        assert_allclose(hessian @ dl.precondition_vector(w, w, depth), w, rtol=tolerance, atol=tolerance)


@pytest.mark.claim(
    "no-mirror-map",
    "with one weight ψ″ = |w|^{2/N−2}/N serves every loss",
    kind="counterexample",
    without="plane",
    tolerance=1e-12,
)
@pytest.mark.parametrize("depth", [1.5, 3])
def test_with_one_weight_there_is_a_mirror_map(depth, tolerance):
    for w, g in ((0.3, 2.0), (-1.2, 0.7)):
        assert_allclose(abs(w) ** (2 / depth - 2) / depth * dl.precondition_vector([w], [g], depth), g, rtol=tolerance)


@pytest.mark.claim(
    "no-mirror-map", "at depth 1 ½‖w‖² serves every loss", kind="counterexample", without="deep", tolerance=1e-15
)
def test_at_depth_one_the_mirror_is_flat(tolerance):
    assert_allclose(dl.preconditioner([[0.6, -1.1]], 1), np.eye(2), atol=tolerance)


@pytest.mark.claim("warped-mirror", "P(w)·Hess ‖w‖^{1+1/N} = (1 + 1/N)‖w‖^{1−1/N} I", tolerance=1e-9)
@over("warped-mirror")
def test_the_end_to_end_flow_is_a_mirror_flow_with_a_warped_clock(tolerance, case):
    size = np.linalg.norm(case.w)
    expected = (1 + 1 / case.N) * size ** (1 - 1 / case.N) * case.g
    found = mirror_hessian(case.w, case.N) @ dl.precondition_vector(case.w, case.g, case.N)
    assert_allclose(
        found, expected, atol=tolerance * (1 + 1 / case.N) * size ** (1 - 1 / case.N) * np.abs(case.g).max()
    )
    numerical = jacobian(lambda v: mirror_map(v, case.N), case.w)
    assert_allclose(mirror_hessian(case.w, case.N), numerical, atol=1e-7 * np.abs(numerical).max())
    potential = slope(lambda v: np.linalg.norm(v) ** (1 + 1 / case.N), case.w)
    assert_allclose(mirror_map(case.w, case.N), potential, atol=1e-8 * size ** (1 / case.N))


@pytest.mark.claim("warped-mirror", "the same for symbolic w and depth", kind="symbolic")
def test_the_warped_mirror_identity_for_symbolic_entries():
    dimension = 2
    N = sp.Symbol("N", positive=True)
    w = sp.Matrix(sp.symbols(f"w1:{dimension + 1}", positive=True))
    square = w.dot(w)
    P = square ** (1 - 1 / N) * (sp.eye(dimension) + (N - 1) / square * w * w.T)
    hessian = sp.hessian(square ** ((1 + 1 / N) / 2), list(w))
    warp = (1 + 1 / N) * square ** ((1 - 1 / N) / 2)
    gap = (P * hessian / warp - sp.eye(dimension)).applyfunc(lambda entry: sp.simplify(sp.powsimp(entry)))
    assert gap.is_zero_matrix


def parts(X, v):
    """The components of `v` in the span of the rows of X, and across it."""
    _, sigma, rows = np.linalg.svd(X, full_matrices=False)
    rows = rows[sigma > 1e-12 * max(1e-300, sigma.max(initial=0.0))]
    inside = (rows @ v) @ rows
    return inside, v - inside


def bregman(w, v, depth):
    """The Bregman distance of ‖w‖^{1+1/N}."""
    a = 1 + 1 / depth
    return np.linalg.norm(w) ** a - np.linalg.norm(v) ** a - mirror_map(v, depth) @ (w - v)


@pytest.mark.claim(
    "destination",
    "the destination is a minimum, ∇ψ has moved along the rows alone, and no other minimum is nearer",
    tolerance=1e-7,
)
@over("destination")
def test_the_destination_is_the_bregman_projection_of_the_start(tolerance, case):
    X, y, w, N = case.X, case.y, case.w, case.N
    end = destination(X, y, w, N)
    least = np.linalg.pinv(X, rcond=1e-12) @ y
    inside = parts(X, end)[0]
    assert_allclose(inside, least, atol=tolerance * (np.linalg.norm(least) + np.linalg.norm(end)))
    kept = parts(X, mirror_map(w, N))[1]
    if end.any():
        # Across the rows of a nearly singular X little is left of an end that is large: its rounding counts.
        rounding = 1e-13 * np.linalg.norm(mirror_map(end, N))
        room = tolerance * np.linalg.norm(mirror_map(w, N)) + rounding
        assert_allclose(parts(X, mirror_map(end, N))[1], kept, atol=room)
    else:
        assert_allclose(kept, 0, atol=tolerance * np.linalg.norm(mirror_map(w, N)))
    nearest = bregman(end, w, N)
    size = np.linalg.norm(end) + np.linalg.norm(w)
    for step in np.random.default_rng(0).standard_normal((4, case.d)):
        for length in (0.01, 1.0):
            other = end + length * size * parts(X, step)[1]
            assert bregman(other, w, N) >= nearest - tolerance * size ** (1 + 1 / N)


@pytest.mark.claim("destination", "the flow itself goes there", tolerance=1e-5, assumes=("balanced", "no-decay"))
@over("destination", examples=12, most={"d": 5, "m": 4, "N": 4.0})
def test_the_flow_ends_at_its_destination(tolerance, case):
    """Followed in logarithms of time, as long as the hypothesis about the start holds with some room."""
    X, y, w, N = case.X, case.y, case.w, case.N
    sigma = np.linalg.svd(X, compute_uv=False)
    across, misfit = np.linalg.norm(parts(X, w)[1]), np.sum((X @ w - y) ** 2)
    end, size = destination(X, y, w, N), np.linalg.norm(w)
    ill = sigma[sigma > 1e-12 * sigma.max(initial=1e-300)]
    if (ill.size and ill.max() > 30 * ill.min()) or not (0.2 * size < across or misfit < 0.9 * np.sum(y**2)):
        return
    speed = ill.min() ** 2 if ill.size else 1.0
    unit = max(size, np.linalg.norm(end))

    def velocity(_, v):
        # by a clock that runs 1/‖v‖^{2−2/N} times as fast, which leaves the path as it is
        return -dl.precondition_vector(v / np.linalg.norm(v), X.T @ (X @ (v * unit) - y) / unit, N) / speed

    run = solve_ivp(velocity, (0, 40), w / unit, method="Radau", rtol=1e-8, atol=1e-10)
    assert run.success
    assert_allclose(unit * run.y[:, -1], end, atol=tolerance * unit)


@pytest.mark.claim("destination", "a network with balanced layers ends there", tolerance=1e-6)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_balanced_network_ends_at_the_destination(depth, tolerance):
    rng = np.random.default_rng(depth)
    X, y, w = rng.standard_normal((2, 4)), rng.standard_normal(2), rng.standard_normal(4)
    layers = dl.balanced(w[None], depth, width=3, rng=0) if depth > 1 else [w[None]]
    end = dl.end_to_end(dl.network_flow(dl.LpRegression(X, y), layers, [0.0, 200.0])[-1])[0]
    assert_allclose(end, destination(X, y, w, depth), atol=tolerance)


@pytest.mark.claim(
    "destination",
    "as the start shrinks the distance to the least norm is of order 1/N in its size",
    kind="order",
    tolerance=1e-2,
)
@pytest.mark.parametrize("depth", [1, 1.5, 2, 4])
def test_the_start_is_forgotten_at_the_order_one_over_depth(depth, tolerance):
    X, y, w, least = [[2.0, 1.0]], [5.0], np.array([0.0, 1.0]), np.array([2.0, 1.0])
    sizes = 10.0 ** np.array([-4 * depth, -4 * depth - 2])
    gaps = [np.linalg.norm(destination(X, y, size * w, depth) - least) for size in sizes]
    assert_allclose(np.diff(np.log(gaps)) / np.diff(np.log(sizes)), 1 / depth, atol=tolerance)


@pytest.mark.claim("destination", "unbalanced layers end elsewhere", kind="counterexample", without="balanced")
def test_unbalanced_layers_end_elsewhere():
    w = np.array([0.0, 1.0])
    layers = [0.5 * w[None], np.array([[2.0]])]
    end = dl.end_to_end(dl.network_flow(dl.LpRegression([[2.0, 1.0]], [5.0]), layers, [0.0, 50.0])[-1])[0]
    assert_allclose(end @ [2.0, 1.0], 5, rtol=1e-9)
    assert np.linalg.norm(end - destination([[2.0, 1.0]], [5.0], w, 2)) > 0.1


@pytest.mark.claim(
    "destination",
    "with weight decay the kept part fades as e^{−λt}, and the end is no minimum",
    kind="counterexample",
    without="no-decay",
)
@pytest.mark.parametrize("depth", [2, 3])
def test_weight_decay_forgets_the_start(depth):
    problem, w, decay = dl.LpRegression([[2.0, 1.0]], [5.0]), np.array([0.0, 1.0]), 0.2
    path = dl.end_to_end_flow(problem, w, depth, [0.0, 3.0, 80.0], weight_decay=decay)[:, 0]
    kept = [parts(np.array([[2.0, 1.0]]), mirror_map(v, depth))[1] for v in path]
    assert_allclose(kept[1], np.exp(-3 * decay) * kept[0], rtol=1e-8)
    assert np.linalg.norm(kept[2]) < 1e-6
    assert abs(path[2] @ [2.0, 1.0] - 5) > 0.01


@pytest.mark.claim(
    "destination",
    "from a start opposite to the solution a deep network runs into 0",
    kind="counterexample",
    without="away",
)
@pytest.mark.parametrize("depth", [2, 3])
def test_a_start_opposite_to_the_solution_runs_into_zero(depth):
    path = dl.end_to_end_flow(dl.LpRegression([[2.0, 1.0]], [5.0]), [-2.0, -1.0], depth, [0.0, 1.0])[:, 0]
    assert np.linalg.norm(path[-1]) < 0.005
    straight = dl.end_to_end_flow(dl.LpRegression([[2.0, 1.0]], [5.0]), [-2.0, -1.0], 1, [0.0, 50.0])[:, 0]
    assert_allclose(straight[-1], [2.0, 1.0], rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: curl([0.0, 0.0], [1.0, 0.0], np.eye(2), 2), "not differentiable"),
        (lambda: theorem_curve([1.0], 0.5, 1.0), "at least two entries"),
        (lambda: theorem_curve([1.0, 0.0], 1.0, 0.5), "outer is 0.5"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
