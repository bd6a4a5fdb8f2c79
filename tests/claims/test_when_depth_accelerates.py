"""Two examples, the quadratic bound, scalar networks, flat minima, and the warm-up hypothesis on the records of long runs."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear import records

PROBLEM, START = dl.TwoPoint((100.0, 1.0), p=4), (0.1, 0.001)


@pytest.mark.claim(
    "two-points", "from w near 0 gradient descent diverges iff η exceeds 2/y_i^{p−2} for an i", kind="inequality"
)
@pytest.mark.parametrize("p", [2, 4, 6])
def test_the_larger_target_sets_the_stable_rate(p):
    problem = dl.TwoPoint((10.0, 1.0), p=p)
    limit = 2 / 10.0 ** (p - 2)
    for factor, stays in ((0.98, True), (1.02, False)):
        W = np.zeros((1, 2))
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(4000):
                W = W - factor * limit * problem.gradient(W)
        assert bool(np.isfinite(W).all() and np.abs(W).max() < 25) is stays


@pytest.mark.claim("two-points", "Δ_i ← Δ_i(1 − ηΔ_i^{p−2}), coordinate by coordinate", kind="symbolic")
@pytest.mark.parametrize("p", [2, 4, 6])
def test_the_coordinates_do_not_communicate(p):
    w, y = sp.symbols("w1:3", real=True), sp.symbols("y1:3", real=True)
    eta = sp.Symbol("eta", positive=True)
    loss = sum((a - b) ** p for a, b in zip(w, y, strict=True)) / p
    for a, b in zip(w, y, strict=True):
        assert sp.expand((a - eta * loss.diff(a) - b) - (a - b) * (1 - eta * (a - b) ** (p - 2))) == 0


@pytest.mark.claim("knife-edge", "at η = 1/(2ε₁y₁²) one step of the depth-2 rule lands at (99.80, 0.4995)", tolerance=1e-4)
def test_the_first_step_of_the_published_argument(tolerance):
    step = dl.end_to_end_step(START, PROBLEM.gradient(np.array(START)), 1 / (2 * 0.1 * 100**2), 2)
    assert_allclose(step, [99.80, 0.4995], rtol=tolerance)


@pytest.mark.claim(
    "knife-edge",
    "the rule survives that rate times 0.96 to 1.04 and no more; the network survives none of them",
    kind="counterexample",
)
def test_the_published_rate_works_for_the_rule_alone_and_within_four_percent():
    factors = np.array([0.93, 0.96, 0.98, 1.0, 1.02, 1.04, 1.07])
    rates = factors / (2 * 0.1 * 100**2)
    ways = {way: dl.sweep(PROBLEM, 2, rates, 20_000, start=START, method=way, record=[20_000]) for way in ("rule", "factors")}
    alive = {way: np.isfinite(runs.loss.values.ravel()) for way, runs in ways.items()}
    assert alive["rule"].tolist() == [False, True, True, True, True, True, False]
    assert not alive["factors"].any()


@pytest.mark.claim("knife-edge", "the term that the rule drops is y₁/(4ε₁) times the one that it keeps", tolerance=0.01)
def test_the_dropped_term_is_the_larger_one(tolerance):
    eta = 1 / (2 * 0.1 * 100**2)
    low, high = dl.balanced([START], 2)
    slope = PROBLEM.gradient(np.array(START))[None]
    down, up = dl.layer_gradients((low, high), slope)
    kept = eta * (high @ down + up @ low)
    assert_allclose(eta**2 * (up @ down)[0, 0] / kept[0, 0], -100 / (4 * 0.1), rtol=tolerance)


def iterations(exponent, goal=1e-2, steps=60_000, **settings):
    """Iterations until the loss is below the goal to stay, at the rate 10^(exponent/6); None if that is not reached."""
    runs = dl.sweep(
        PROBLEM, learning_rate=10 ** (exponent / 6), steps=steps, start=START, record=np.arange(steps + 1), **settings
    )
    below = runs.loss.values.ravel() < goal
    return int(np.flatnonzero(~below)[-1]) + 1 if below[-1] else None


@pytest.mark.claim(
    "honest-rates", "iterations at the best rates whose neighbours work: gradient descent 20,365, rule 7,337, network 7,539"
)
@pytest.mark.parametrize(
    ("exponent", "settings", "count"),
    [(-24, {"depth": 1}, 20_365), (-33, {"depth": 2, "method": "rule"}, 7_337), (-33, {"depth": 2}, 7_539)],
)
def test_the_counts_of_the_two_point_example(exponent, settings, count):
    assert iterations(exponent, **settings) == count
    assert None not in [iterations(exponent + beside, **settings) for beside in (-1, 1)]


@pytest.mark.claim("honest-rates", "the rule's 1,486 and the network's 754 are islands: beside each a run fails")
@pytest.mark.parametrize(
    ("exponent", "settings", "count"), [(-29, {"depth": 2, "method": "rule"}, 1_486), (-27, {"depth": 2}, 754)]
)
def test_the_fast_rates_are_islands(exponent, settings, count):
    assert iterations(exponent, **settings) == count
    assert None in [iterations(exponent + beside, **settings) for beside in (-1, 1)]


@pytest.mark.claim("l2-sandwich", "κ(H)/N ≤ κ(PH) ≤ N κ(H), for random H and w", kind="inequality")
@given(st.integers(2, 6), st.integers(2, 7), st.integers(0, 10_000))
@settings(max_examples=80, deadline=None)
def test_depth_changes_the_condition_of_a_square_loss_by_at_most_a_factor_of_depth(d, depth, seed):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((2 * d, d))
    assert 1 / depth - 1e-9 <= change_of_condition(A.T @ A, rng.standard_normal(d), depth) <= depth + 1e-9


@pytest.mark.claim("l2-sandwich", "both bounds are attained when w lies along an extreme eigenvector", tolerance=1e-6)
@given(st.integers(2, 6), st.integers(2, 7), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_both_bounds_are_attained(tolerance, d, depth, seed):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.standard_normal((d, d)))[0]
    values = np.linspace(1, 2 * depth, d)  # κ(H) ≥ N, which the lower bound needs
    H = Q * values @ Q.T
    assert_allclose(change_of_condition(H, Q[:, -1], depth), depth, rtol=tolerance)
    if d > 2:
        values = np.concatenate([[1], np.linspace(depth, 2 * depth, d - 1)])
        assert_allclose(change_of_condition(Q * values @ Q.T, Q[:, 0], depth), 1 / depth, rtol=tolerance)


def change_of_condition(H, w, depth):
    """κ(PH)/κ(H) for the preconditioner at w."""
    root = np.linalg.cholesky(dl.preconditioner(w, depth))
    values = np.linalg.eigvalsh(root.T @ H @ root)
    return values[-1] / values[0] / np.linalg.cond(H)


@pytest.mark.claim("scalar-rate", "L(t) ≤ L(0) e^{−2N c^{2−2/N} t} from a start c in (0, y)", kind="inequality")
@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("start", [0.3, 0.9])
def test_the_scalar_network_converges_at_the_bounded_rate(depth, start):
    times = np.linspace(0, 2, 9)
    problem = dl.TwoPoint([1.0])
    path = dl.end_to_end_flow(problem, [[start]], depth, times)
    bound = problem.loss([start]) * np.exp(-2 * depth * start ** (2 - 2 / depth) * times)
    assert (problem.loss(path)[:, 0] <= bound * (1 + 1e-9)).all()


t, c, y, u = sp.symbols("t c y u", positive=True)
CLOSED = {1: y + (c - y) * sp.exp(-t), 2: y * sp.exp(2 * y * t) / (sp.exp(2 * y * t) - 1 + y / c)}


@pytest.mark.claim("scalar-solution", "w(t) at depths 1 and 2 solves ẇ = N w^{2−2/N}(y − w), w(0) = c", kind="symbolic")
@pytest.mark.parametrize("depth", [1, 2])
def test_the_closed_solutions_solve_the_equation(depth):
    w = CLOSED[depth]
    assert sp.simplify(w.diff(t) - depth * w ** (2 - sp.Rational(2, depth)) * (y - w)) == 0
    assert sp.simplify(w.subs(t, 0) - c) == 0


@pytest.mark.claim("scalar-solution", "t(w) at depth 4, with w = u²", kind="symbolic")
def test_the_implicit_solution_of_depth_four():
    time = -1 / (2 * y * u) + sp.log((sp.sqrt(y) + u) / (sp.sqrt(y) - u)) / (4 * y ** sp.Rational(3, 2))
    assert sp.simplify(time.diff(u) * 4 * u**3 * (y - u**2) - 2 * u) == 0  # dt/du · ẇ = dw/du


@pytest.mark.claim("scalar-solution", "the package's flow is the closed solution", tolerance=1e-9)
@pytest.mark.parametrize("depth", [1, 2])
def test_the_flow_of_the_package_is_the_closed_solution(depth, tolerance):
    times = np.linspace(0, 3, 7)
    path = dl.end_to_end_flow(dl.TwoPoint([1.7]), [[0.05]], depth, times)[:, 0, 0]
    exact = [float(CLOSED[depth].subs({t: time, c: 0.05, y: 1.7})) for time in times]
    assert_allclose(path, exact, rtol=tolerance)


@pytest.mark.claim(
    "flattest-minimum", "Σ_i s²/w_i² ≥ N s^{2−2/N} on w_1⋯w_N = s, with equality for equal |w_i|", kind="inequality"
)
@given(st.integers(2, 6), st.floats(0.1, 5), st.integers(0, 10_000))
@settings(max_examples=80, deadline=None)
def test_the_balanced_minimum_is_the_flattest(depth, s, seed):
    w = np.exp(np.random.default_rng(seed).standard_normal(depth))
    w *= (s / w.prod()) ** (1 / depth)
    least = depth * s ** (2 - 2 / depth)
    assert (s**2 / w**2).sum() >= least * (1 - 1e-12)
    equal = np.full(depth, s ** (1 / depth))
    assert_allclose((s**2 / equal**2).sum(), least)


@pytest.mark.claim("flattest-minimum", "the curvature of ½(w_1⋯w_N − s)² at a minimum is Σ_i s²/w_i²", kind="symbolic")
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_curvature_at_a_minimum_of_a_scalar_chain(depth):
    w = sp.symbols(f"w1:{depth + 1}", positive=True)
    product, s = sp.prod(w), sp.Symbol("s", positive=True)
    hessian = sp.hessian((product - s) ** 2 / 2, w).subs(w[-1], s / sp.prod(w[:-1]))
    at = [*w[:-1], s / sp.prod(w[:-1])]
    slopes = sp.Matrix([s / v for v in at])  # the Hessian is ∇(w_1⋯w_N) ∇(w_1⋯w_N)ᵀ there, of rank one
    assert (hessian - slopes * slopes.T).applyfunc(sp.simplify).is_zero_matrix


@pytest.mark.claim("flattest-minimum", "at a balanced minimum the sharpness of the factored loss is λ_max(P H)", tolerance=1e-4)
@pytest.mark.parametrize("depth", [2, 3])
def test_the_sharpness_of_a_balanced_minimum_is_that_of_the_preconditioned_hessian(depth, tolerance):
    rng = np.random.default_rng(depth)
    inputs, w = rng.standard_normal((30, 3)), rng.standard_normal(3)
    problem = dl.LpRegression(inputs, inputs @ w, p=2)
    factors = dl.balanced([w], depth)
    shapes = [W.shape for W in factors]
    ends = np.cumsum([W.size for W in factors])[:-1]

    def slope(flat):
        layers = [part.reshape(shape) for part, shape in zip(np.split(flat, ends), shapes, strict=True)]
        gradients = dl.layer_gradients(layers, problem.gradient(dl.end_to_end(layers)[0]))
        return np.concatenate([G.ravel() for G in gradients])

    at, h = np.concatenate([W.ravel() for W in factors]), 1e-5
    hessian = np.array([(slope(at + h * e) - slope(at - h * e)) / (2 * h) for e in np.eye(at.size)])
    expected = np.linalg.eigvals(dl.preconditioner(w, depth) @ problem.hessian(w)).real.max()
    assert_allclose(np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1], expected, rtol=tolerance)


@pytest.mark.claim(
    "warm-up", "on ℓ4, a warm-up without depth gains three quarters or more, in log loss, of what depth 2 gains", kind="record"
)
def test_a_schedule_without_depth_gains_most_of_it_on_the_quartic_loss():
    final = last_losses("baselines-l4")
    assert final["depth 2"] < 0.6 * final["depth 1"]
    assert np.log(final["depth 1"] / final["warm-up"]) > 0.75 * np.log(final["depth 1"] / final["depth 2"])
    assert final["step by loss"] < final["depth 2"]


@pytest.mark.claim(
    "warm-up",
    "on ℓ4 under momentum, depth 2 and a warm-up both gain more than 30-fold, within 10 % of each other",
    kind="record",
)
def test_under_momentum_a_warm_up_does_what_depth_does():
    final = last_losses("baselines-l4")
    for name in ("heavy ball, depth 2", "heavy ball, depth 3", "warm-up, heavy ball"):
        assert final[name] < final["heavy ball"] / 30
        assert abs(np.log(final[name] / final["heavy ball, depth 2"])) < 0.1


@pytest.mark.claim("warm-up", "on ℓ2 neither a warm-up nor depth lowers the loss by more than a tenth", kind="record")
def test_neither_gains_on_the_square_loss():
    final = last_losses("baselines-l2")
    assert all(final[name] > 0.9 * final["depth 1"] for name in ("warm-up", "depth 2", "depth 3"))


def last_losses(name):
    record = records.read(name)
    return {curve: record.median(curve)[-1] for curve in record.names}
