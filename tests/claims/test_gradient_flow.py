"""Gradient descent as Euler's method: order, stability, and how p moves the curvature."""

import numpy as np
import pytest
import sympy as sp
from domains import form, over
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

import deeplinear as dl


def smooth_loss(case, qualifier, bound):
    """A quadratic and cosines with the norm of the Hessian below `bound`: its gradient and its Hessian."""
    rng = np.random.default_rng(case.d + int(1e6 * case.T))
    H = form(rng, "ordinary", qualifier, case.d)
    H *= bound * rng.uniform(0.2, 0.8) / np.linalg.norm(H, 2)
    c, shift = 0.2 * bound * rng.uniform(0, 1), rng.standard_normal(case.d)
    return lambda w: H @ (w - shift) - c * np.sin(w), lambda w: H - c * np.diag(np.cos(w))


def flow_of(gradient, start, T):
    size = 1e-3 + np.abs(start).max()
    solved = solve_ivp(lambda _, w: -gradient(w), (0, T), start, rtol=1e-12, atol=1e-13 * size, dense_output=True)
    return lambda t: solved.sol(t).T


def descend(gradient, w, rates):
    path = [np.asarray(w, dtype=float)]
    for eta in rates:
        path.append(path[-1] - eta * gradient(path[-1]))
    return np.array(path)


@pytest.mark.claim("euler", "the error is at most ηM(e^{λT} − 1)/2λ, for every rate", kind="inequality")
@over("euler", examples=25, most={"d": 4, "T": 3})
def test_descent_stays_within_the_bound(case):
    bound = min(2.0, 4.0 / case.T)
    gradient, hessian = smooth_loss(case, "any", bound)
    flow = flow_of(gradient, case.start, case.T)
    along = flow(np.linspace(0, case.T, 300))
    M = 1.01 * max(np.linalg.norm(hessian(w) @ gradient(w)) for w in along)
    for n in (1, 3, 20):
        eta = case.T / n
        errors = np.linalg.norm(
            descend(gradient, case.start, [eta] * n) - flow(eta * np.arange(n + 1)).reshape(n + 1, -1), axis=1
        )
        assert errors.max() <= eta * M / (2 * bound) * np.expm1(bound * case.T) + 1e-9 * np.abs(along).max()


@pytest.mark.claim(
    "euler", "where all curvatures are in [μ, λ] and η ≤ 1/λ, the error is at most ηM/2μ", kind="inequality"
)
@over("euler", examples=25, most={"d": 4, "T": 3})
def test_descent_stays_close_for_all_times_where_the_flow_contracts(case):
    rng = np.random.default_rng(case.d)
    H = form(rng, "ordinary", "positive definite", case.d) + 0.1 * np.eye(case.d)
    low, high = np.linalg.eigvalsh(H)[[0, -1]] - np.array([0.05, -0.05])
    flow = flow_of(lambda w: H @ w - 0.05 * np.sin(w), case.start, case.T)
    along = flow(np.linspace(0, case.T, 300))
    M = 1.01 * max(np.linalg.norm((H - 0.05 * np.diag(np.cos(w))) @ (H @ w - 0.05 * np.sin(w))) for w in along)
    n = int(np.ceil(case.T * high))
    eta = case.T / n
    path = descend(lambda w: H @ w - 0.05 * np.sin(w), case.start, [eta] * n)
    errors = np.linalg.norm(path - flow(eta * np.arange(n + 1)).reshape(n + 1, -1), axis=1)
    assert errors.max() <= eta * M / (2 * low) + 1e-9 * np.abs(along).max()


@pytest.mark.claim(
    "euler", "over a fixed time gradient descent is within O(η) of the flow", kind="order", tolerance=0.08
)
@pytest.mark.parametrize("p", [2, 3, 4])
def test_descent_follows_the_flow_to_first_order(p, tolerance):
    rng = np.random.default_rng(0)
    problem = dl.LpRegression(rng.standard_normal((20, 3)), rng.standard_normal(20), p=p)
    end = dl.end_to_end_flow(problem, np.zeros(3), 1, [0.0, 1.0])[-1, 0]
    rates = 0.02 / 2.0 ** np.arange(4)
    ends = [descend(problem.gradient, np.zeros(3), [eta] * round(1 / eta))[-1] for eta in rates]
    errors = [np.linalg.norm(w - end) for w in ends]
    assert_allclose(np.polyfit(np.log(rates), np.log(errors), 1)[0], 1.0, atol=tolerance)


@pytest.mark.claim(
    "euler",
    "without a bounded Hessian, L = −⅔|w|^{3/2}: the flow leaves 0, descent does not, at any rate",
    kind="counterexample",
    without="smooth",
)
def test_descent_stays_where_a_flow_that_is_not_unique_leaves():
    t = sp.Symbol("t", positive=True)
    w = t**2 / 4
    assert sp.simplify(sp.diff(w, t) - sp.sqrt(w)) == 0  # ẇ = −L′(w) = |w|^{1/2}
    for eta in (0.1, 0.01, 0.001):
        end = descend(lambda w: -np.sign(w) * np.sqrt(np.abs(w)), np.zeros(1), [eta] * round(2 / eta))[-1]
        assert abs(end.item() - 1.0) == 1.0  # w(2) = 1


@pytest.mark.claim(
    "stability",
    "the slowest factor is max(|1−ηλ_min|, |1−ηλ_max|), it is below 1 iff η < 2/λ_max, and least at 2/(λ_max+λ_min)",
    tolerance=1e-10,
)
@over("stability", examples=80)
def test_the_extreme_directions_decide_about_convergence(tolerance, case):
    low, high = np.linalg.eigvalsh(case.H)[[0, -1]]
    for eta in (case.η, case.η / high, 2 / (high + low)):
        slowest = max(abs(1 - eta * low), abs(1 - eta * high))
        step = np.array([descend(lambda w: case.H @ w, axis, [eta])[-1] for axis in np.eye(case.d)]).T
        assert_allclose(np.linalg.norm(step, 2), slowest, rtol=tolerance, atol=tolerance * (1 + eta * high))
        assert slowest >= (high - low) / (high + low) - tolerance
        if abs(slowest - 1) > 1e-9:
            assert converges(step) == (eta < 2 / high)
    assert_allclose(slowest, (high - low) / (high + low), atol=tolerance)


def converges(step):
    """Do the powers of the matrix go to 0? By squaring it again and again."""
    for _ in range(60):
        step = step @ step
        if not 1e-60 < np.linalg.norm(step) < 1e60:
            break
    return np.linalg.norm(step) < 1


@pytest.mark.claim("stability", "on a quadratic gradient descent converges iff η < 2/λ_max", kind="inequality")
@pytest.mark.parametrize(("factor", "arrives"), [(0.99, True), (1.0, False), (1.01, False)])
def test_the_steepest_direction_sets_the_limit(factor, arrives):
    problem = dl.LpRegression(np.diag([3.0, 1.0]), [1.0, 1.0], p=2)
    eta = factor * 2 / np.linalg.eigvalsh(problem.hessian(np.zeros(2)))[-1]
    w = descend(problem.gradient, np.zeros(2), [eta] * 3000)[-1]
    assert bool(np.linalg.norm(w - problem.optimum.weights) < 1e-6) is arrives


def chebyshev(kappa, n):
    """The n rates that are best together for eigenvalues in [1, κ]."""
    return 2 / (kappa + 1 + (kappa - 1) * np.cos((2 * np.arange(n) + 1) * np.pi / (2 * n)))


@pytest.mark.claim(
    "stability",
    "without a constant rate: Chebyshev steps, many of them beyond the limit, converge, and with √κ in the place of κ",
    kind="counterexample",
    without="constant",
)
@pytest.mark.parametrize("kappa", [10, 100, 1000])
def test_chebyshev_steps_turn_the_condition_number_into_its_root(kappa):
    eigenvalues, n = np.geomspace(1, kappa, 300), 32
    rates = chebyshev(kappa, n)
    assert (rates > 2 / kappa).sum() > n // 3
    left = np.abs(descend(lambda w: eigenvalues * w, np.ones(300), rates)[-1]).max()
    root = np.sqrt(kappa)
    assert left <= 2 * ((root - 1) / (root + 1)) ** n * (1 + 1e-6)
    assert left < 0.6 * ((kappa - 1) / (kappa + 1)) ** n


@pytest.mark.claim(
    "stability",
    "without a quadratic: on w⁴/4, whose curvature at 0 is 0, every rate diverges from far away",
    kind="counterexample",
    without="quadratic",
)
@pytest.mark.parametrize("eta", [0.01, 0.1, 1.0])
def test_no_rate_is_stable_from_every_start_of_a_quartic(eta):
    path = descend(lambda w: w**3, np.array([1.01 * np.sqrt(2 / eta)]), [eta] * 6)
    assert (np.diff(np.abs(path[:, 0])) > 0).all()
    inside = descend(lambda w: w**3, np.array([0.99 * np.sqrt(2 / eta)]), [eta] * 6)
    assert (np.diff(np.abs(inside[:, 0])) < 0).all()


@pytest.mark.claim(
    "stability",
    "a decaying mode decays faster under descent than under the flow, by ½ηλ² per unit of time",
    kind="symbolic",
)
def test_descent_decays_faster_than_the_flow():
    eta, lam = sp.symbols("eta lambda", positive=True)
    log_decay = sp.series(sp.log(1 - eta * lam) / eta, eta, 0, 2).removeO()
    assert sp.expand(log_decay + lam + eta * lam**2 / 2) == 0


@pytest.mark.claim("curvature-moves", "λ_max(H) ≤ (p−1) R² (pL)^{1−2/p}", kind="inequality", tolerance=1e-12)
@over("curvature-moves", examples=100)
def test_the_loss_bounds_the_curvature(tolerance, case):
    problem = dl.LpRegression(case.X, case.y, p=case.p)
    largest = np.linalg.eigvalsh(problem.hessian(case.w))[-1]
    R = np.mean(np.linalg.norm(case.X, axis=1) ** case.p) ** (1 / case.p)
    bound = (case.p - 1) * R**2 * (case.p * float(problem.loss(case.w))) ** (1 - 2 / case.p)
    assert largest <= bound * (1 + tolerance)


@pytest.mark.claim(
    "curvature-moves", "one example of one feature attains the bound, at every p", kind="numerical", tolerance=1e-12
)
@pytest.mark.parametrize("p", [2, 2.5, 4, 6])
def test_the_bound_is_attained(p, tolerance):
    problem, w = dl.LpRegression([[3.0]], [5.0], p=p), np.array([0.4])
    bound = (p - 1) * 9 * (p * float(problem.loss(w))) ** (1 - 2 / p)
    assert_allclose(problem.hessian(w).item(), bound, rtol=tolerance)


@pytest.mark.claim(
    "curvature-moves",
    "for p > 2 the curvature itself may rise along the flow: it is the bound that falls with the loss",
    kind="counterexample",
)
def test_the_curvature_is_not_always_largest_at_the_start():
    problem = dl.LpRegression([[3.0], [1.0]], [0.0, 5.0], p=4)
    path = dl.end_to_end_flow(problem, np.zeros(1), 1, [0.0, 0.01, 0.1, 3.0])[:, 0]
    assert (np.diff(problem.hessian(path)[:, 0, 0]) > 0).all()
    assert (np.diff(problem.loss(path)) < 0).all()


@pytest.mark.claim(
    "curvature-moves",
    "on random data that can be fitted the curvature falls along the flow from zero for p > 2, and stays for p = 2",
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


@pytest.mark.claim(
    "order-of-steps", "whatever the rates, the displacement after n steps is the same in every order", tolerance=1e-9
)
@over("order-of-steps", examples=80)
def test_the_order_of_the_rates_does_not_matter_on_a_quadratic(tolerance, case):
    rates = case.rates / np.linalg.eigvalsh(case.H)[-1]  # of either sign, and far beyond the limit
    start = np.random.default_rng(case.n).standard_normal(case.d)
    size = np.linalg.norm(start) * np.prod(1 + np.abs(rates) * np.linalg.norm(case.H, 2))
    ends = [descend(lambda w: case.H @ w, start, order)[-1] for order in (rates, rates[::-1], np.sort(rates))]
    for end in ends[1:]:
        assert_allclose(end, ends[0], atol=tolerance * size)


@pytest.mark.claim(
    "order-of-steps", "rates up to the limit leave (1−2/κ)^n of the flattest direction", kind="inequality"
)
@over("order-of-steps", examples=80)
def test_rates_below_the_limit_are_hardly_better_than_the_best_constant_one(case):
    values, vectors = np.linalg.eigh(case.H)
    rates = 2 / values[-1] * (1e-9 + np.abs(case.rates)) / (1e-9 + np.abs(case.rates).max())
    left = vectors[:, 0] @ descend(lambda w: case.H @ w, vectors[:, 0], rates)[-1]
    assert abs(left) >= max(0.0, 1 - 2 * values[0] / values[-1]) ** case.n - 1e-9


@pytest.mark.claim(
    "order-of-steps",
    "without a quadratic: on w⁴/4 a small step first arrives, the same steps in the other order diverge",
    kind="counterexample",
    without="quadratic",
)
def test_on_a_quartic_a_warm_up_helps():
    warm, cold = (descend(lambda w: w**3, np.ones(1), rates)[-1] for rates in ([0.9, 5.0], [5.0, 0.9]))
    assert abs(warm.item()) < 0.1
    assert abs(cold.item()) > 50


@pytest.mark.claim(
    "order-of-steps",
    "without the limit on the rates: Chebyshev steps leave less than (1−2/κ)^n of every direction",
    kind="counterexample",
    without="below-the-limit",
)
def test_only_steps_beyond_the_limit_gain_on_a_quadratic():
    eigenvalues = np.geomspace(1, 100, 300)
    left = np.abs(descend(lambda w: eigenvalues * w, np.ones(300), chebyshev(100, 32))[-1]).max()
    assert left < 0.01 < 0.5 < (1 - 2 / 100) ** 32


@pytest.mark.claim(
    "why-l4",
    "steps that grow as the loss falls need less than a tenth of the steps, each at its best rate",
    kind="inequality",
)
def test_growing_steps_gain_on_l4():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((400, 10)) * np.geomspace(1, 0.2, 10)
    targets = inputs @ rng.standard_normal(10) + 0.05 * rng.standard_normal(400)
    rates = 0.02 * 1.25 ** np.arange(20)

    def fewest(task, power):
        W, first = np.zeros((len(rates), 10)), float(task.loss(np.zeros(10)))
        for step in range(3000):
            losses = task.loss(W)
            if (losses < task.optimum.loss + 1e-4).any():
                return step
            W = W - np.where(losses < 10 * first, rates * (losses / first) ** power, 0.0)[:, None] * task.gradient(W)
        return 3000

    quartic = dl.LpRegression(inputs, targets, p=4)
    assert fewest(quartic, 0.0) > 10 * fewest(quartic, -0.5)


@pytest.mark.claim(
    "below-two", "within (ηs^p/2m)^{1/(2−p)} of an exact fit a step leads away from it", kind="inequality"
)
@over("below-two", examples=100)
def test_an_exact_fit_repels_below_two(case):
    _, sigma, right = np.linalg.svd(case.X, full_matrices=False)
    seen = sigma > 1e-9 * sigma[0]
    delta = right[seen].T @ (right[seen] @ case.w)
    if np.linalg.norm(delta) == 0:
        return
    problem = dl.LpRegression(case.X, np.zeros(case.m), p=case.p)
    near = 2 * case.m / sigma[seen][-1] ** case.p * np.linalg.norm(delta) ** (2 - case.p)  # this rate's radius is ‖δ‖
    for eta in (near * (1 + 1e-6), near * (1 + case.η)):
        stepped = delta - eta * problem.gradient(delta)
        assert np.linalg.norm(stepped) > np.linalg.norm(delta)


@pytest.mark.claim(
    "below-two",
    "without an exact fit: on noisy data p = 1.5 converges at a constant rate",
    kind="counterexample",
    without="exact-fit",
)
def test_below_two_a_constant_rate_converges_on_noisy_data():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((40, 3))
    left = {}
    for noise in (0.0, 0.3):
        problem = dl.LpRegression(inputs, inputs @ np.ones(3) + noise * rng.standard_normal(40), p=1.5)
        end = descend(problem.gradient, np.zeros(3), [0.05] * 5000)[-1]
        left[noise] = np.linalg.norm(problem.gradient(end))
    assert left[0.3] < 1e-12 < 1e-3 < left[0.0]
