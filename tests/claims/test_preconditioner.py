"""Claims 1 and 2: depth as a linear map of the gradient."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from domains import over
from numpy.testing import assert_allclose

import deeplinear as dl


def vec(matrix):
    return matrix.ravel(order="F")


@pytest.mark.claim(
    "preconditioner",
    "P = Σ_j [WᵀW]^{(N−j)/N} ⊗ [WWᵀ]^{(j−1)/N} acts on vec(∇) as the rule does, weight decay included",
    tolerance=1e-12,
)
@over("preconditioner")
def test_the_update_is_a_matrix_acting_on_vec(tolerance, case):
    W, G, N = case.W, case.gradient, case.N
    P, moved = dl.preconditioner(W, N), dl.end_to_end_step(W, G, case.η, N, case.λ)
    size = np.linalg.norm(P, 2) * np.linalg.norm(G)
    assert_allclose(P @ vec(G), vec(dl.precondition(W, G, N)), atol=tolerance * size)
    parts = (1 - case.η * case.λ * N) * vec(W), case.η * P @ vec(G)
    assert_allclose(vec(moved), parts[0] - parts[1], atol=tolerance * (np.linalg.norm(parts[0]) + case.η * size))


@pytest.mark.claim(
    "preconditioner",
    "the products vec(u_r v_{r'}ᵀ) are an orthonormal basis of eigenvectors, with the sum as eigenvalue; P ⪰ 0",
    tolerance=1e-12,
)
@over("preconditioner")
def test_the_products_of_singular_vectors_are_an_orthonormal_eigenbasis(tolerance, case):
    W, N = case.W, case.N
    (k, d), P = W.shape, dl.preconditioner(case.W, N)
    U, found, Vt = np.linalg.svd(W)
    sigma = np.zeros(max(k, d))
    sigma[: len(found)] = np.where(found > found[0] * max(k, d) * np.finfo(float).eps, found, 0)
    basis = np.kron(Vt.T, U)  # its columns are the products, in the order of vec
    rows, columns = sigma[:k, None] ** (2 / N), sigma[None, :d] ** (2 / N)
    values = sum(rows ** (j - 1) * columns ** (N - j) for j in range(1, N + 1))
    top = values.max()
    assert_allclose(basis.T @ basis, np.eye(k * d), atol=tolerance)
    assert_allclose(basis.T @ P @ basis, np.diag(vec(values)), atol=tolerance * top)
    assert_allclose(dl.preconditioner_eigenvalues(W, N), values, atol=tolerance * top)
    assert np.linalg.eigvalsh(P)[0] >= -tolerance * top
    assert_allclose(P, P.T, atol=tolerance * top)


@pytest.mark.claim(
    "preconditioner",
    "they are not all of the eigenvectors: u₁v₂ᵀ + u₂v₁ᵀ is one, and is no product of two vectors",
    kind="counterexample",
)
def test_there_are_eigenvectors_that_are_no_product_of_singular_vectors():
    W, mixed = np.diag([2.0, 0.5]), np.array([[0.0, 1.0], [1.0, 0.0]])
    value = dl.preconditioner_eigenvalues(W, 3)[0, 1]
    assert_allclose(dl.preconditioner(W, 3) @ vec(mixed), value * vec(mixed), rtol=1e-12)
    assert np.linalg.matrix_rank(mixed) == 2


def closed_form(sigma, tau, depth):
    """Λ of the corollary, with fifty digits, so that the difference of near powers keeps enough of them."""
    with mpmath.workdps(50):
        s, t, N = mpmath.mpf(sigma), mpmath.mpf(tau), mpmath.mpf(depth)
        if s == t:
            return N * s ** (2 - 2 / N)
        return (s**2 - t**2) / (s ** (2 / N) - t ** (2 / N))


@pytest.mark.claim(
    "eigenvalues",
    "the eigenvalues are (σ² − τ²)/(σ^{2/N} − τ^{2/N}), or N σ^{2−2/N} where they meet, for real and for whole N",
    tolerance=1e-12,
)
@over("eigenvalues", examples=120)
def test_the_eigenvalues_have_the_closed_form(tolerance, case):
    for depth in (case.N, float(round(case.N))):  # a whole depth is summed by the package, a real one is not
        high, low = max(case.σ, case.τ), min(case.σ, case.τ)
        values = dl.preconditioner_eigenvalues(np.diag([high, low]), depth)
        pairs = [[(high, high), (high, low)], [(low, high), (low, low)]]
        exact = [[float(closed_form(*pair, depth)) for pair in row] for row in pairs]
        assert_allclose(values, exact, rtol=tolerance, atol=0)


@pytest.mark.claim(
    "eigenvalues", "they increase in both singular values for N > 1, and are 1 for N = 1", kind="inequality"
)
@over("eigenvalues", examples=120)
def test_eigenvalues_increase_in_both_singular_values(case):
    least = closed_form(case.σ, case.τ, case.N)
    for more in (1e-6, 0.1, 3.0):
        for grown in (closed_form(case.σ + more, case.τ, case.N), closed_form(case.σ, case.τ + more, case.N)):
            assert grown > least if case.N > 1 else grown == 1


@pytest.mark.claim("eigenvalues", "the geometric sum and its limit, for symbolic singular values", kind="symbolic")
@pytest.mark.parametrize("depth", range(1, 9))
def test_the_sum_is_geometric(depth):
    a, b = sp.symbols("a b", positive=True)
    total = sum(a ** (j - 1) * b ** (depth - j) for j in range(1, depth + 1))
    assert sp.expand(total * (a - b) - (a**depth - b**depth)) == 0
    assert sp.expand(total.subs(b, a) - depth * a ** (depth - 1)) == 0


@pytest.mark.claim(
    "amplification",
    "N σ^{2−2/N} along a present direction, σ^{2−2/N} towards an absent one, 0 between absent ones",
    tolerance=1e-12,
)
@over("amplification", examples=200)
def test_present_directions_are_amplified_depth_times_over_cross_directions(tolerance, case):
    sigma = np.linalg.svd(case.W, compute_uv=False)
    rank = int((sigma > sigma[0] * max(case.W.shape) * np.finfo(float).eps).sum())
    values = dl.preconditioner_eigenvalues(case.W, case.N)
    factors = sigma[:rank] ** (2 - 2 / case.N)
    assert_allclose(np.diagonal(values)[:rank], case.N * factors, rtol=tolerance)
    for across in (values[:rank, rank:].T, values[rank:, :rank]):
        assert_allclose(across, np.broadcast_to(factors, across.shape), rtol=tolerance)
    assert not values[rank:, rank:].any()


@pytest.mark.claim("amplification", "at N = 1 the eigenvalue between two absent directions is 1", kind="counterexample")
def test_one_layer_makes_new_directions():
    assert (dl.preconditioner_eigenvalues(np.diag([3.0, 0.0, 0.0]), 1) == 1).all()


@pytest.mark.claim(
    "amplification",
    "of one singular value the part along it outweighs every weaker one 1 to N times",
    kind="inequality",
)
@over("amplification")
def test_the_stronger_direction_is_amplified_at_most_depth_times_over_its_crosses(case):
    values = dl.preconditioner_eigenvalues(case.W, case.N)
    for r in range(min(values.shape)):
        if values[r, r] > 0:
            crosses = np.concatenate([values[r, r:], values[r:, r]])
            ratios = values[r, r] / crosses
            assert ratios.min() >= 1 - 1e-12
            assert ratios.max() <= case.N * (1 + 1e-12)


@pytest.mark.claim(
    "amplification",
    "two absent directions: the flow never fills them, one step of the rule does, by η² times the cross parts",
    tolerance=1e-12,
)
def test_the_flow_keeps_the_rank_and_a_step_of_the_rule_does_not(tolerance):
    W, gradient, eta = np.diag([4.0, 0.0]), np.array([[1.0, -1.0], [-1.0, 0.0]]), 0.1
    stepped = dl.end_to_end_step(W, gradient, eta, 2)
    assert_allclose(stepped, [[3.2, 0.4], [0.4, 0.0]], rtol=tolerance, atol=tolerance)
    assert_allclose(np.linalg.det(stepped), -(eta**2) * 16, rtol=tolerance)
    rng = np.random.default_rng(0)
    problem = dl.LpRegression(rng.standard_normal((30, 3)), rng.standard_normal((30, 3)), p=2)
    start = np.outer(rng.standard_normal(3), rng.standard_normal(3))
    end = dl.end_to_end_flow(problem, start, 3, [0.0, 2.0])[-1]
    assert np.linalg.norm(end - start) > 0.1
    assert np.linalg.svd(end, compute_uv=False)[1] < 1e-8


@pytest.mark.claim(
    "single-output",
    "w ← (1−ηλN)w − η‖w‖^{2−2/N}(g + (N−1)Pr_w g), by the matrix powers and by the vector formula",
    tolerance=1e-12,
)
@over("single-output", examples=100)
def test_one_output_is_an_adaptive_step_and_an_amplification(tolerance, case):
    w, g = case.w, case.g
    norm, size = np.linalg.norm(w), np.linalg.norm(g)
    along = (g @ w) / norm**2 * w if norm else 0 * w
    for N in (case.N, float(round(case.N))):
        claim = norm ** (2 - 2 / N) * (g + (N - 1) * along)
        scale = N * norm ** (2 - 2 / N) * size
        assert_allclose(dl.precondition_vector(w, g, N), claim, atol=tolerance * scale)
        assert_allclose(dl.precondition(w, g, N), claim, atol=tolerance * scale)
        stepped = dl.end_to_end_step(w, g, case.η, N, weight_decay=case.λ)
        kept = (1 - case.η * case.λ * N) * w
        assert_allclose(
            stepped, kept - case.η * claim, atol=tolerance * (case.η * scale + (1 + case.η * case.λ * N) * norm)
        )


@pytest.mark.claim("single-output", "the eigenvalues are N‖w‖^{2−2/N} along w, and ‖w‖^{2−2/N} across", tolerance=1e-12)
@over("single-output")
def test_one_output_has_two_eigenvalues(tolerance, case):
    norm = np.linalg.norm(case.w)
    factor = norm ** (2 - 2 / case.N)
    expected = factor * np.array([case.N] + [1.0] * (len(case.w) - 1))
    if norm:
        assert_allclose(dl.preconditioner_eigenvalues(case.w, case.N)[0], expected, rtol=tolerance)
        image = dl.precondition_vector(case.w, case.w, case.N)
        assert_allclose(image, case.N * factor * case.w, rtol=tolerance)
    else:
        assert (dl.preconditioner_eigenvalues(case.w, case.N) == (case.N == 1)).all()


@pytest.mark.claim(
    "single-output",
    "without one output: a 2 × 2 matrix has three different eigenvalues, so no step size and one projection give them",
    kind="counterexample",
    without="one-output",
)
def test_two_outputs_have_more_than_two_eigenvalues():
    values = np.unique(dl.preconditioner_eigenvalues(np.diag([4.0, 1.0]), 2))
    assert_allclose(values, [2.0, 5.0, 8.0])


@pytest.mark.claim("single-output", "the sum of matrix powers collapses for symbolic w and g", kind="symbolic")
@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_the_collapse_of_the_sum_for_symbolic_entries(depth):
    w, g = (sp.Matrix(sp.symbols(f"{name}1:3", real=True)) for name in "wg")
    s = sp.Symbol("s", positive=True)  # ‖w‖
    project = w * w.T / s**2
    total = sp.zeros(2, 1)
    for j in range(1, depth + 1):
        right = s ** sp.Rational(2 * (depth - j), depth) * project if j < depth else sp.eye(2)
        total += s ** sp.Rational(2 * (j - 1), depth) * right * g
    claim = s ** (2 - sp.Rational(2, depth)) * (g + (depth - 1) * project * g)
    assert (total - claim).applyfunc(sp.simplify).is_zero_matrix


@pytest.mark.claim(
    "single-output",
    "under the flow w turns at the speed ‖w‖^{1−2/N}‖g across‖, and ‖w‖² changes at −2N‖w‖^{2−2/N}⟨g, w⟩",
    kind="symbolic",
)
@pytest.mark.parametrize("depth", [1, 2, 3, 7])
def test_the_speeds_of_turning_and_of_growing(depth):
    r, along, across = sp.symbols("r g_along g_across", positive=True)
    N = sp.Integer(depth)
    w, g = sp.Matrix([r, 0]), sp.Matrix([along, across])
    velocity = -(r ** (2 - 2 / N)) * (g + (N - 1) * g.dot(w) / r**2 * w)
    angle_speed = (w[0] * velocity[1] - w[1] * velocity[0]) / r**2
    assert sp.simplify(angle_speed + r ** (1 - 2 / N) * across) == 0
    assert sp.simplify(2 * w.dot(velocity) + 2 * N * r ** (2 - 2 / N) * g.dot(w)) == 0


@pytest.mark.claim(
    "fractional-powers", "fractional powers of a rank-deficient matrix keep their digits", tolerance=1e-12
)
@pytest.mark.parametrize("depth", [2, 5, 12])
def test_the_null_space_stays_null(depth, tolerance):
    rng = np.random.default_rng(0)
    W = rng.standard_normal((6, 2)) @ rng.standard_normal((2, 6))
    U, sigma, Vt = np.linalg.svd(W)
    G = np.outer(U[:, 4], Vt[0])
    assert_allclose(dl.precondition(W, G, depth), sigma[0] ** (2 - 2 / depth) * G, atol=tolerance)
    P = dl.preconditioner(W, depth)
    assert np.linalg.matrix_rank(P, tol=1e-9) == 36 - 16
