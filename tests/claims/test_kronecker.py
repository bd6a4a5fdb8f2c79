"""vec, Kronecker products and the commutation matrix: every identity that the derivations use, for symbolic entries."""

import numpy as np
import pytest
import sympy as sp
from domains import over
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.theory.symbolic import commutation_matrix, eigenvalue, eigenvalue_closed_form, kron, matrix, prove, vec

SIZES = [(1, 2, 2, 1), (2, 3, 2, 2), (3, 2, 1, 2), (2, 2, 3, 2)]


@pytest.mark.claim("vec-product", "vec(AXB) = (Bᵀ ⊗ A) vec(X)", kind="symbolic")
@pytest.mark.parametrize(("k", "m", "n", "d"), SIZES)
def test_vec_turns_a_two_sided_product_into_a_matrix(k, m, n, d):
    A, X, B = matrix("a", k, m), matrix("x", m, n), matrix("b", n, d)
    assert prove(vec(A * X * B), kron(B.T, A) * vec(X))


def stacked(X):
    """vec, in numbers: the columns one below the other."""
    return X.ravel(order="F")


@pytest.mark.claim(
    "vec-product", "vec(AXB) = (Bᵀ ⊗ A) vec(X) for any sizes, zero and deficient matrices", tolerance=1e-13
)
@over("vec-product")
def test_vec_of_a_two_sided_product_of_numbers(tolerance, case):
    size = np.prod([np.linalg.norm(M) for M in (case.A, case.X, case.B)])
    assert_allclose(
        np.kron(case.B.T, case.A) @ stacked(case.X), stacked(case.A @ case.X @ case.B), atol=tolerance * (size + 1e-300)
    )


@pytest.mark.claim("kronecker-rules", "the four rules for any sizes and ranks that they speak of", tolerance=1e-13)
@over("kronecker-rules", most={"k": 4, "m": 4, "n": 4, "d": 4})
def test_the_rules_for_numbers(tolerance, case):
    A, B, C, D, S, T, u, v = (getattr(case, name) for name in "ABCDSTuv")
    size = np.prod([np.linalg.norm(M) for M in (A, B, C, D)])
    assert_allclose(np.kron(A, B) @ np.kron(C, D), np.kron(A @ C, B @ D), atol=tolerance * (size + 1e-300))
    assert_allclose(np.kron(A, B).T, np.kron(A.T, B.T))

    condition = np.linalg.cond(S) * np.linalg.cond(T)
    inverse = np.kron(np.linalg.inv(S), np.linalg.inv(T))
    assert_allclose(np.kron(S, T) @ inverse, np.eye(len(S) * len(T)), atol=tolerance * condition)

    with_u, with_v = having(S, u, case.α), having(T, v, case.β)
    pair = np.kron(u, v)
    size = (np.linalg.norm(S) + abs(case.α)) * (np.linalg.norm(T) + abs(case.β)) * np.linalg.norm(pair)
    assert_allclose(np.kron(with_u, with_v) @ pair, case.α * case.β * pair, atol=tolerance * (size + 1e-300))
    assert_allclose(stacked(np.outer(u, v)), np.kron(v, u))


def having(M, u, eigenvalue):
    """M, changed so that u is an eigenvector."""
    return M if not u.any() else M - np.outer(M @ u - eigenvalue * u, u) / (u @ u)


@pytest.mark.claim(
    "kronecker-rules",
    "without invertible factors: the product of a singular matrix with any other is singular",
    kind="counterexample",
    without="invertible",
)
def test_a_singular_factor_makes_the_product_singular():
    singular = np.kron(np.diag([1.0, 0.0]), np.array([[2.0, 1.0], [1.0, 3.0]]))
    assert np.linalg.matrix_rank(singular) == 2


@pytest.mark.claim(
    "kronecker-rules",
    "not every eigenvector of S ⊗ T is of the form u ⊗ v: where two products agree, a sum of both is one",
    kind="counterexample",
)
def test_eigenvectors_of_a_product_that_are_no_products():
    S = np.diag([1.0, 2.0])
    x = np.kron([1.0, 0.0], [0.0, 1.0]) + np.kron([0.0, 1.0], [1.0, 0.0])
    assert_allclose(np.kron(S, S) @ x, 2 * x)
    assert np.linalg.matrix_rank(x.reshape(2, 2)) == 2  # u ⊗ v would be of rank 1


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


@pytest.mark.claim("commutation", "K vec(X) = vec(Xᵀ), and K (A ⊗ B) K' = B ⊗ A, for any sizes", tolerance=1e-13)
@over("commutation", examples=30, most={"p": 4, "q": 4, "r": 4, "s": 4})
def test_the_commutation_matrix_of_numbers(tolerance, case):
    K = {
        sizes: np.array(commutation_matrix(*sizes), dtype=float)
        for sizes in ((case.p, case.q), (case.r, case.p), (case.q, case.s))
    }
    assert_allclose(K[case.p, case.q] @ stacked(case.X), stacked(case.X.T))
    swapped = K[case.r, case.p] @ np.kron(case.A, case.B) @ K[case.q, case.s]
    assert_allclose(swapped, np.kron(case.B, case.A), rtol=tolerance)


@pytest.mark.claim("kronecker-rules", "vec(u vᵀ) = v ⊗ u", kind="symbolic")
def test_an_outer_product_becomes_a_kronecker_product():
    u, v = matrix("u", 2, 1), matrix("v", 3, 1)
    assert prove(vec(u * v.T), kron(v, u))


def power_of_gram(W, a):
    """[WᵀW]^a through the singular values of W, with the noise among them set to 0."""
    if a == 0:
        return np.eye(W.shape[1])
    _, sigma, right = np.linalg.svd(W, full_matrices=False)
    sigma = np.where(sigma > 1e-12 * sigma[0], sigma, 0.0)
    return (right.T * sigma ** (2 * a)) @ right


@pytest.mark.claim(
    "power-moves", "[WWᵀ]^a W = W [WᵀW]^a for all a ≥ 0 and W of any rank, the powers taken apart", tolerance=1e-9
)
@over("power-moves", examples=100)
def test_a_power_moves_through_a_product(tolerance, case):
    left, right = power_of_gram(case.W.T, case.a) @ case.W, case.W @ power_of_gram(case.W, case.a)
    size = np.linalg.norm(case.W, 2) ** (2 * case.a + 1)
    assert_allclose(left, right, atol=tolerance * (size + 1e-300))


def by_its_vectors(left, sigma, right, G, depth):
    """The sum from singular values and vectors that are given, not computed."""
    whole = np.zeros(max(len(left), len(right)))
    whole[: len(sigma)] = sigma
    a, b = whole[: len(left), None] ** (2 / depth), whole[None, : len(right)] ** (2 / depth)
    return left @ (sum(a ** (j - 1) * b ** (depth - j) for j in range(1, depth + 1)) * (left.T @ G @ right.T)) @ right


def error(W, left, sigma, right, G, depth):
    """Of `dl.precondition`, relative to N σ₁^{2−2/N} ‖G‖."""
    gap = np.linalg.norm(dl.precondition(W, G, depth) - by_its_vectors(left, sigma, right, G, depth))
    return gap / (depth * sigma[0] ** (2 - 2 / depth) * np.linalg.norm(G)) if G.any() else gap


@pytest.mark.claim(
    "fractional-powers", "the error is at most 1e-14 γ^{−(1−2/N)}, for every rank and γ", kind="inequality"
)
@over("fractional-powers", examples=120)
def test_powers_keep_their_digits(case):
    left, sigma, right = np.linalg.svd(case.W)
    rank = np.linalg.matrix_rank(case.W, tol=1e-9 * sigma[0])
    sigma = sigma[0] * np.geomspace(1, case.γ, rank) if rank > 1 else sigma[:1]
    W = (left[:, :rank] * sigma) @ right[:rank]
    gamma = sigma[-1] / sigma[0]
    assert error(W, left, sigma, right, case.gradient, case.N) <= 1e-14 * gamma ** (2 / case.N - 1)


def bases(seed=0):
    rng = np.random.default_rng(seed)
    return (np.linalg.qr(rng.standard_normal((6, 6)))[0] for _ in range(2))


@pytest.mark.claim(
    "fractional-powers",
    "without a gap: a second singular value of 1e-10 costs the sum of depth 10 a thousand times rounding error",
    kind="counterexample",
    without="gap",
)
def test_small_singular_values_lose_digits():
    left, right = bases()
    worst = {}
    for second in (0.5, 1e-10):
        sigma = np.array([1.0, second])
        W = (left[:, :2] * sigma) @ right[:2]
        gradients = [np.outer(left[:, r], right[s]) for r in range(4) for s in range(4)]
        worst[second] = max(error(W, left, sigma, right, G, 10) for G in gradients)
    assert worst[0.5] < 1e-14
    assert worst[1e-10] > 1e-11


@pytest.mark.claim(
    "fractional-powers",
    "without entries that are accurate to rounding: a float32 product, taken as float64, leaks at depth 5",
    kind="counterexample",
    without="rounded",
)
def test_a_product_in_single_precision_leaks_in_double():
    rng = np.random.default_rng(0)
    B, A = (rng.standard_normal(shape).astype(np.float32) for shape in ((6, 2), (2, 6)))
    left, sigma, right = np.linalg.svd(B.astype(float) @ A.astype(float))
    gradient = np.outer(left[:, 3], right[0])
    measured = {
        kind: error((B.astype(kind) @ A.astype(kind)).astype(float), left, sigma[:2], right, gradient, 5)
        for kind in (np.float32, np.float64)
    }
    assert measured[np.float64] < 1e-14
    assert measured[np.float32] > 1e-5


@pytest.mark.claim("eigenvalues", "the eigenvalue sum is (σ_r² − σ_{r'}²)/(σ_r^{2/N} − σ_{r'}^{2/N})", kind="symbolic")
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 7])
def test_the_closed_form_of_the_eigenvalues(depth):
    a, b = sp.symbols("a b", positive=True)  # a = σ_r^{2/N}, so that the powers are whole
    s, t = a ** sp.Rational(depth, 2), b ** sp.Rational(depth, 2)
    total, closed = eigenvalue(s, t, depth), eigenvalue_closed_form(s, t, depth)
    assert sp.simplify(sp.powdenest(total - closed, force=True)) == 0
    assert sp.limit(sp.powdenest(closed, force=True), b, a) == depth * a ** (depth - 1)
