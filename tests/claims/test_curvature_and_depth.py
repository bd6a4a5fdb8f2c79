"""The quadratic bound, one weight solved, and the sharpness of the factored loss."""

import numpy as np
import pytest
import sympy as sp
from domains import over
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

import deeplinear as dl


def change_of_condition(H, w, depth):
    """κ(PH)/κ(H) for the preconditioner at w; the depth may be real."""
    u = w / np.linalg.norm(w)  # the size s of P does not matter
    along = np.outer(u, u)
    root = np.eye(len(u)) - along + np.sqrt(depth) * along
    values = np.linalg.eigvalsh(root @ H @ root)
    return values[-1] / values[0] / np.linalg.cond(H)


@pytest.mark.claim("l2-sandwich", "κ(H)/N ≤ κ(PH) ≤ N κ(H)", kind="inequality", tolerance=1e-6)
@over("l2-sandwich", most={"d": 6})
def test_depth_changes_the_condition_of_a_square_loss_by_at_most_a_factor_of_depth(tolerance, case):
    change = change_of_condition(case.H, case.w, case.N)
    assert (1 - tolerance) / case.N <= change <= case.N * (1 + tolerance)


@pytest.mark.claim("l2-sandwich", "P of one output is s(I + (N−1)uuᵀ)", tolerance=1e-12)
@over("l2-sandwich", examples=20, most={"d": 6})
def test_the_preconditioner_of_one_output_is_the_identity_and_more_along_w(tolerance, case):
    depth, u = round(case.N), case.w / np.linalg.norm(case.w)
    size = np.linalg.norm(case.w) ** (2 - 2 / depth)
    P = size * (np.eye(case.d) + (depth - 1) * np.outer(u, u))
    assert_allclose(dl.preconditioner(case.w, depth), P, atol=tolerance * size * depth)


@pytest.mark.claim("l2-sandwich", "for d ≥ 2 both bounds are attained when w is an extreme eigenvector", tolerance=1e-6)
@over("l2-sandwich", most={"d": 6})
def test_both_bounds_are_attained(tolerance, case):
    d = max(case.d, 2)
    Q = np.linalg.qr(np.random.default_rng(d).standard_normal((d, d)))[0]
    repeated = np.ones(d)
    spread = np.linspace(1, 2 * case.N, d)
    gap = np.concatenate([[1.0], np.linspace(case.N, 2 * case.N, d - 1)])
    for values in (repeated, spread):
        assert_allclose(change_of_condition(Q * values @ Q.T, Q[:, -1], case.N), case.N, rtol=tolerance)
    assert_allclose(change_of_condition(Q * gap @ Q.T, Q[:, 0], case.N), 1 / case.N, rtol=tolerance)


@pytest.mark.claim(
    "l2-sandwich",
    "with one weight neither bound is attained: every condition number is 1",
    kind="counterexample",
    without="attained",
)
def test_with_one_weight_depth_changes_no_condition():
    assert_allclose(change_of_condition(np.array([[3.0]]), np.array([2.0]), 4), 1)


@pytest.mark.claim(
    "l2-sandwich",
    "with two outputs κ(PH) is 464 times κ(H) at depth 3",
    kind="counterexample",
    without="one-output",
)
def test_with_two_outputs_there_is_no_sandwich():
    values = dl.preconditioner_eigenvalues(np.diag([1.0, 0.01]), 3)
    assert values.max() / values.min() > 400


@pytest.mark.claim("scalar-rate", "L(t) ≤ L(0) e^{−2N c^{2−2/N} t}", kind="inequality", tolerance=1e-6)
@over("scalar-rate", examples=30, most={"y": 4.0, "N": 6.0})
def test_the_scalar_network_converges_at_the_bounded_rate(tolerance, case):
    rate = 2 * case.N * case.c ** (2 - 2 / case.N)
    times = np.linspace(0, min(5 / rate, 20), 7)
    path = solve_ivp(
        lambda _, w: case.N * np.abs(w) ** (2 - 2 / case.N) * (case.y - w),
        (0, times[-1]),
        [case.c],
        t_eval=times,
        rtol=1e-9,
        atol=1e-12 * case.y,
    ).y[0]
    losses = (path - case.y) ** 2 / 2
    assert (losses <= losses[0] * np.exp(-rate * times) * (1 + tolerance) + 1e-12 * case.y**2).all()


t, c, y, u = sp.symbols("t c y u", positive=True)
CLOSED = {1: y + (c - y) * sp.exp(-t), 2: y * sp.exp(2 * y * t) / (sp.exp(2 * y * t) - 1 + y / c)}


@pytest.mark.claim("scalar-solution", "w(t) at depths 1 and 2 solves ẇ = N w^{2−2/N}(y − w), w(0) = c", kind="symbolic")
@pytest.mark.parametrize("depth", [1, 2])
def test_the_closed_solutions_solve_the_equation(depth):
    w = CLOSED[depth]
    assert sp.simplify(w.diff(t) - depth * w ** (2 - sp.Rational(2, depth)) * (y - w)) == 0
    assert sp.simplify(w.subs(t, 0) - c) == 0


def time_at_depth_four(w, target):
    root = np.sqrt(w)
    return -1 / (2 * target * root) + np.log((target**0.5 + root) / (target**0.5 - root)) / (4 * target**1.5)


@pytest.mark.claim("scalar-solution", "t(w) at depth 4, with w = u²", kind="symbolic")
def test_the_implicit_solution_of_depth_four():
    time = -1 / (2 * y * u) + sp.log((sp.sqrt(y) + u) / (sp.sqrt(y) - u)) / (4 * y ** sp.Rational(3, 2))
    assert sp.simplify(time.diff(u) * 4 * u**3 * (y - u**2) - 2 * u) == 0  # dt/du · ẇ = dw/du


@pytest.mark.claim("scalar-solution", "the package's flow is the closed solution, at depths 1, 2 and 4", tolerance=1e-6)
@over("scalar-solution", examples=20, most={"y": 4.0})
def test_the_flow_of_the_package_is_the_closed_solution(tolerance, case):
    times = np.linspace(0, 2, 6)
    for depth in (1, 2, 4):
        path = dl.end_to_end_flow(dl.TwoPoint([case.y]), [[case.c]], depth, times)[:, 0, 0]
        if depth < 4:
            exact = sp.lambdify((t, c, y), CLOSED[depth], "numpy")(times, case.c, case.y)
            assert_allclose(path, exact, rtol=tolerance)
        elif case.c > 1e-3 * case.y:  # closer to 0 the times are differences of huge numbers
            inside = path < case.y * (1 - 1e-6)
            passed = time_at_depth_four(path[inside], case.y) - time_at_depth_four(case.c, case.y)
            assert_allclose(passed, times[inside], atol=1e-4 * (1 + passed.max(initial=0)))


def whitened(A, W):
    """A regression with ½ tr((V−W) A (V−W)ᵀ) as its loss of V, which is zero at W."""
    values, Q = np.linalg.eigh(A)
    inputs = np.sqrt(len(A)) * (Q * np.sqrt(np.maximum(values, 0))) @ Q.T
    return dl.LpRegression(inputs, inputs @ W.T, p=2)


@pytest.mark.claim("sharpness-at-balance", "the sharpness of balanced layers is λ_max(P H)", tolerance=1e-7)
@over("sharpness-at-balance", most={"k": 4, "d": 4, "N": 5})
def test_the_sharpness_of_a_balanced_minimum_is_that_of_the_preconditioned_hessian(tolerance, case):
    P, H = dl.preconditioner(case.W, case.N), np.kron(case.A, np.eye(case.k))
    expected = np.linalg.eigvals(P @ H).real.max()
    found = dl.sharpness(whitened(case.A, case.W), dl.balanced(case.W, case.N))
    scale = np.linalg.norm(P, 2) * np.linalg.norm(H, 2)
    assert_allclose(found, expected, atol=tolerance * scale + 1e-12)


@pytest.mark.claim(
    "sharpness-at-balance",
    "without a minimum: in the running example 9.2 where λ_max(P H) is 8",
    kind="counterexample",
    without="minimum",
)
def test_away_from_a_minimum_the_gradient_adds_to_the_sharpness():
    problem = dl.problems.MatrixCompletion([[3.0, 1.0], [1.0, 1.0]], np.ones((2, 2), bool))
    assert_allclose(dl.preconditioner_eigenvalues(np.diag([4.0, 1.0]), 2).max(), 8)
    assert dl.sharpness(problem, [np.diag([2.0, 1.0])] * 2) > 9.2


@pytest.mark.claim(
    "sharpness-at-balance",
    "without balance: layers 4 and ¼ of the product 1 have 16.06 where P H is 2",
    kind="counterexample",
    without="balanced",
)
def test_without_balance_the_sharpness_is_another():
    assert_allclose(dl.sharpness(dl.TwoPoint([1.0]), [[[4.0]], [[0.25]]]), 16 + 1 / 16)
    assert_allclose(dl.preconditioner([1.0], 2), [[2.0]])


@pytest.mark.claim(
    "flattest-minimum",
    "the sharpness is Σ_i s²/w_i² ≥ N s^{2−2/N}, with equality for equal |w_i| alone",
    kind="inequality",
)
@over("flattest-minimum", most={"N": 6, "s": 5.0})
def test_among_chains_of_numbers_the_balanced_minimum_is_the_flattest(case):
    least = case.N * case.s ** (2 - 2 / case.N)
    rng = np.random.default_rng(case.N)
    for spread in (0.0, 0.01, 1.0):
        w = np.exp(spread * rng.standard_normal(case.N))
        w *= (case.s / w.prod()) ** (1 / case.N)
        sharpness = (case.s**2 / w**2).sum()
        for signs in (rng.choice([-1, 1], case.N) for _ in range(3)):  # the product may be −s
            measured = dl.sharpness(dl.TwoPoint([case.s * signs.prod()]), [[[v]] for v in signs * w])
            assert_allclose(measured, sharpness, rtol=1e-6, atol=1e-14)
        assert sharpness >= least * (1 - 1e-12)
        assert bool(sharpness <= least * (1 + 1e-9)) is (spread == 0 or case.N == 1)


@pytest.mark.claim(
    "flattest-minimum", "the Hessian of ½(w_1⋯w_N − s)² at a minimum is jjᵀ, j_i = s/w_i", kind="symbolic"
)
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_curvature_at_a_minimum_of_a_scalar_chain(depth):
    w = sp.symbols(f"w1:{depth + 1}", positive=True)
    product, s = sp.prod(w), sp.Symbol("s", positive=True)
    hessian = sp.hessian((product - s) ** 2 / 2, w).subs(w[-1], s / sp.prod(w[:-1]))
    at = [*w[:-1], s / sp.prod(w[:-1])]
    slopes = sp.Matrix([s / v for v in at])
    assert (hessian - slopes * slopes.T).applyfunc(sp.simplify).is_zero_matrix


#: Two weights, one output, two layers: H = diag(1, 100) and the optimum (1, 0).
STIFF = whitened(np.diag([1.0, 100.0]), np.array([[1.0, 0.0]]))


def minimum(t):
    return [np.array([[1 / t, 0.0]]), np.array([[t]])]


@pytest.mark.claim(
    "flattest-minimum",
    "with two weights it is false: 100 at balance, 10.05 at w₂² = 1/√99",
    kind="counterexample",
    without="scalar",
)
def test_with_two_weights_the_balanced_minimum_is_not_the_flattest():
    assert_allclose(dl.sharpness(STIFF, minimum(1.0)), 100)
    assert_allclose(dl.sharpness(STIFF, minimum(99**-0.25)), 100 / np.sqrt(99))
    around = [dl.sharpness(STIFF, minimum(t)) for t in np.geomspace(0.1, 3, 200)]
    assert min(around) >= 100 / np.sqrt(99)


@pytest.mark.claim(
    "flattest-minimum",
    "with two weights large steps leave the balanced minimum away from balance, to D < −0.9",
    kind="counterexample",
    without="scalar",
)
def test_with_two_weights_large_steps_do_not_restore_balance():
    layers, eta = [np.array([[1.0, 0.01]]), np.array([[1.0]])], 0.03
    for _ in range(5000):
        layers = dl.gradient_step(layers, STIFF.gradient(dl.end_to_end(layers)), eta)
    assert dl.imbalance(layers)[0].item() < -0.9
    assert 0.9 * 2 / eta < dl.sharpness(STIFF, layers) < 2 / eta
