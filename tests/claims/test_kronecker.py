"""vec, Kronecker products and the commutation matrix: every identity that the derivations use, for symbolic entries."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from deeplinear.symbolic import commutation_matrix, eigenvalue, eigenvalue_closed_form, kron, matrix, prove, vec

SIZES = [(1, 2, 2, 1), (2, 3, 2, 2), (3, 2, 1, 2), (2, 2, 3, 2)]


@pytest.mark.claim("vec-product", "vec(AXB) = (Bᵀ ⊗ A) vec(X)", kind="symbolic")
@pytest.mark.parametrize(("k", "m", "n", "d"), SIZES)
def test_vec_turns_a_two_sided_product_into_a_matrix(k, m, n, d):
    A, X, B = matrix("a", k, m), matrix("x", m, n), matrix("b", n, d)
    assert prove(vec(A * X * B), kron(B.T, A) * vec(X))


@pytest.mark.claim("kronecker-rules", "(A ⊗ B)(C ⊗ D) = AC ⊗ BD", kind="symbolic")
@pytest.mark.parametrize(("k", "m", "n", "d"), SIZES)
def test_the_mixed_product(k, m, n, d):
    A, C, B, D = matrix("a", k, m), matrix("c", m, n), matrix("b", d, n), matrix("d", n, 2)
    assert prove(kron(A, B) * kron(C, D), kron(A * C, B * D))


@pytest.mark.claim("kronecker-rules", "the mixed product for matrices of symbolic sizes", kind="symbolic")
def test_the_mixed_product_for_symbolic_sizes():
    from sympy.matrices.expressions.kronecker import combine_kronecker

    a, b, c, d, e, f = sp.symbols("a b c d e f", integer=True, positive=True)
    A, C, B, D = (sp.MatrixSymbol(*s) for s in (("A", a, b), ("C", b, c), ("B", d, e), ("D", e, f)))
    product = sp.KroneckerProduct(A, B) * sp.KroneckerProduct(C, D)
    assert combine_kronecker(product) == sp.KroneckerProduct(A * C, B * D)


@pytest.mark.claim("kronecker-rules", "(A ⊗ B)ᵀ = Aᵀ ⊗ Bᵀ and (A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹", kind="symbolic")
def test_transpose_and_inverse_go_to_the_factors():
    A, B = matrix("a", 2, 3), matrix("b", 3, 2)
    assert prove(kron(A, B).T, kron(A.T, B.T))
    A, B = matrix("a", 2, 2), matrix("b", 2, 2)
    assert prove((kron(A, B) * kron(A.inv(), B.inv())).applyfunc(sp.simplify), sp.eye(4))


@pytest.mark.claim("kronecker-rules", "Au = αu and Bv = βv give (A ⊗ B)(u ⊗ v) = αβ (u ⊗ v)", kind="symbolic")
def test_eigenpairs_multiply():
    u, v, alpha, beta = matrix("u", 2, 1), matrix("v", 2, 1), *sp.symbols("alpha beta")
    r, s = matrix("r", 1, 2), matrix("s", 1, 2)
    # Every A with Au = αu is αI + (something that kills u); take a general one of that form.
    A = alpha * sp.eye(2) + matrix("c", 2, 1) * (r - (r * u)[0] / (u.T * u)[0] * u.T)
    B = beta * sp.eye(2) + matrix("e", 2, 1) * (s - (s * v)[0] / (v.T * v)[0] * v.T)
    assert prove((kron(A, B) * kron(u, v)).applyfunc(sp.simplify), alpha * beta * kron(u, v))


@pytest.mark.claim("commutation", "K vec(X) = vec(Xᵀ), and K (A ⊗ B) K' = B ⊗ A", kind="symbolic")
@pytest.mark.parametrize(("p", "q", "r", "s"), [(2, 3, 2, 2), (1, 2, 3, 2), (2, 2, 2, 2)])
def test_the_commutation_matrix_transposes_and_swaps(p, q, r, s):
    X, A, B = matrix("x", p, q), matrix("a", p, q), matrix("b", r, s)
    assert prove(commutation_matrix(p, q) * vec(X), vec(X.T))
    assert prove(commutation_matrix(r, p) * kron(A, B) * commutation_matrix(q, s), kron(B, A))


@pytest.mark.claim("kronecker-rules", "vec(u vᵀ) = v ⊗ u", kind="symbolic")
def test_an_outer_product_becomes_a_kronecker_product():
    u, v = matrix("u", 2, 1), matrix("v", 3, 1)
    assert prove(vec(u * v.T), kron(v, u))


@pytest.mark.claim("power-moves", "[WWᵀ]^a W = W [WᵀW]^a for all a ≥ 0, rank-deficient W included", tolerance=1e-9)
@given(st.integers(1, 5), st.integers(1, 5), st.floats(0, 3), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_power_moves_through_a_product(tolerance, k, d, a, seed):
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(1, min(k, d) + 1))
    W = rng.standard_normal((k, rank)) @ rng.standard_normal((rank, d))
    U, sigma, Vt = np.linalg.svd(W)
    powers = np.where(sigma > 1e-12 * sigma[0], sigma, 0.0) ** (2 * a) if a > 0 else np.ones_like(sigma)
    left = U @ np.diag(np.pad(powers, (0, k - len(sigma)), constant_values=float(a == 0))) @ U.T
    right = Vt.T @ np.diag(np.pad(powers, (0, d - len(sigma)), constant_values=float(a == 0))) @ Vt
    scale = max(1.0, sigma[0] ** (2 * a + 1))
    assert_allclose(left @ W, W @ right, atol=tolerance * scale)


@pytest.mark.claim("eigenvalues", "the eigenvalue sum is (σ_r² − σ_{r'}²)/(σ_r^{2/N} − σ_{r'}^{2/N})", kind="symbolic")
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 7])
def test_the_closed_form_of_the_eigenvalues(depth):
    a, b = sp.symbols("a b", positive=True)  # a = σ_r^{2/N}, so that the powers are whole
    s, t = a ** sp.Rational(depth, 2), b ** sp.Rational(depth, 2)
    total, closed = eigenvalue(s, t, depth), eigenvalue_closed_form(s, t, depth)
    assert sp.simplify(sp.powdenest(total - closed, force=True)) == 0
    assert sp.limit(sp.powdenest(closed, force=True), b, a) == depth * a ** (depth - 1)
