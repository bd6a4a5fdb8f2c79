"""Claims 1 and 2: depth as a linear map of the gradient."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import deeplinear as dl

cases = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 6), st.integers(0, 10_000))


def draw(case):
    k, d, depth, seed = case
    rng = np.random.default_rng(seed)
    return rng.standard_normal((k, d)), rng.standard_normal((k, d)), depth


@pytest.mark.claim(
    "preconditioner", "P = Σ_j [WᵀW]^{(N−j)/N} ⊗ [WWᵀ]^{(j−1)/N} acts on vec(∇), and is positive semidefinite", tolerance=1e-9
)
@given(cases)
@settings(max_examples=60, deadline=None)
def test_the_update_is_a_positive_semidefinite_matrix_acting_on_vec(tolerance, case):
    W, G, depth = draw(case)
    P = dl.preconditioner(W, depth)
    assert_allclose(P @ G.ravel(order="F"), dl.precondition(W, G, depth).ravel(order="F"), rtol=tolerance, atol=tolerance / 100)
    assert_allclose(P, P.T, atol=1e-12)
    assert np.linalg.eigvalsh(P)[0] >= -tolerance


@pytest.mark.claim(
    "eigenvalues", "eigenvectors vec(u_r v_{r'}ᵀ) with eigenvalues (σ_r² − σ_{r'}²)/(σ_r^{2/N} − σ_{r'}^{2/N})", tolerance=1e-8
)
@given(cases)
@settings(max_examples=60, deadline=None)
def test_the_spectrum_is_the_closed_form(tolerance, case):
    W, _, depth = draw(case)
    values = dl.preconditioner_eigenvalues(W, depth)
    assert_allclose(
        np.sort(np.linalg.eigvalsh(dl.preconditioner(W, depth))), np.sort(values.ravel()), rtol=tolerance, atol=1e-9
    )
    if depth > 1:
        sigma = np.zeros(max(W.shape))
        found = np.linalg.svd(W, compute_uv=False)
        sigma[: len(found)] = found
        a, b = sigma[: W.shape[0], None], sigma[None, : W.shape[1]]
        apart = np.abs(a - b) > 1e-3
        with np.errstate(invalid="ignore", divide="ignore"):
            closed = (a**2 - b**2) / (a ** (2 / depth) - b ** (2 / depth))
        assert_allclose(values[apart], closed[apart], rtol=tolerance)


@pytest.mark.claim(
    "amplification",
    "N σ^{2−2/N} along a present direction, σ^{2−2/N} towards an absent one, 0 between absent ones",
    tolerance=1e-12,
)
@pytest.mark.parametrize("depth", [2, 3, 7])
def test_present_directions_are_amplified_depth_times_over_cross_directions(depth, tolerance):
    values = dl.preconditioner_eigenvalues(np.diag([0.3, 0.0]), depth)
    factor = 0.3 ** (2 - 2 / depth)
    assert_allclose(values, [[depth * factor, factor], [factor, 0.0]], rtol=tolerance)


@pytest.mark.claim("eigenvalues", "eigenvalues increase in both singular values", kind="inequality")
@given(st.floats(0.01, 3), st.floats(0.01, 3), st.floats(1.0, 8.0))
def test_eigenvalues_increase_in_both_singular_values(s, t, depth):
    base = dl.preconditioner_eigenvalues(np.diag([s, t]), depth)
    order = np.argsort([-s, -t])
    grown = dl.preconditioner_eigenvalues(np.diag([1.1 * s, 1.1 * t]), depth)
    assert (grown[np.ix_(order, order)] >= base[np.ix_(order, order)] - 1e-12).all()


@pytest.mark.claim("single-output", "w ← (1−ηλN)w − η‖w‖^{2−2/N}(g + (N−1)Pr_w g)", tolerance=1e-10)
@given(st.integers(1, 6), st.integers(1, 7), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_one_output_is_an_adaptive_step_and_an_amplification(tolerance, d, depth, seed):
    rng = np.random.default_rng(seed)
    w, g = rng.standard_normal((2, d))
    norm = np.linalg.norm(w)
    claim = norm ** (2 - 2 / depth) * (g + (depth - 1) * (g @ w) / norm**2 * w)
    assert_allclose(dl.precondition(w, g, depth), claim, rtol=tolerance, atol=tolerance / 100)
    assert_allclose(dl.precondition_vector(w, g, depth), claim, rtol=1e-12, atol=1e-14)
    between = depth + 0.5  # the rule is defined between whole depths too, for any direction of the gradient
    assert_allclose(
        dl.precondition_vector(w, g, between),
        norm ** (2 - 2 / between) * (g + (between - 1) * (g @ w) / norm**2 * w),
        rtol=1e-12,
        atol=1e-14,
    )
    stepped = dl.end_to_end_step(w, g, 0.1, depth, weight_decay=0.3)
    assert_allclose(stepped, (1 - 0.03 * depth) * w - 0.1 * claim, rtol=tolerance, atol=tolerance / 100)


@pytest.mark.claim("single-output", "the sum of matrix powers collapses for symbolic w and g", kind="symbolic")
@pytest.mark.parametrize("depth", [2, 3, 5])
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


@pytest.mark.claim("fractional-powers", "fractional powers of a rank-deficient matrix keep their digits", tolerance=1e-12)
@pytest.mark.parametrize("depth", [2, 5, 12])
def test_the_null_space_stays_null(depth, tolerance):
    rng = np.random.default_rng(0)
    W = rng.standard_normal((6, 2)) @ rng.standard_normal((2, 6))
    U, sigma, Vt = np.linalg.svd(W)
    G = np.outer(U[:, 4], Vt[0])
    assert_allclose(dl.precondition(W, G, depth), sigma[0] ** (2 - 2 / depth) * G, atol=tolerance)
    P = dl.preconditioner(W, depth)
    assert np.linalg.matrix_rank(P, tol=1e-9) == 36 - 16
