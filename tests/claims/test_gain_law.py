"""The gain law: the largest rates at which no start is taken beyond its target, and what they are worth in steps."""

from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp
from domains import over
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.theory.gain import arrivals, gain, monotone_rate, robust

#: Starts as parts of the target: the whole interval, both ends dense.
PARTS = np.concatenate([np.geomspace(1e-9, 0.5, 2000), 1 - np.geomspace(0.5, 1e-9, 2000)])
DEPTHS = (2, 3, 4, 8)


def beyond(depth, p, y, eta, method="rule"):
    """How far the step from each of the parts of y goes, over the way to y; above 1 is beyond."""
    w = PARTS * y
    if method == "rule":
        return eta * depth * w ** (2 - 2 / depth) * (y - w) ** (p - 2)
    u = w ** (1 / depth)
    way = y ** (1 / depth) * -np.expm1(np.log(PARTS) / depth)
    return eta * u ** (depth - 1) * (y * (1 - PARTS)) ** (p - 1) / way


@pytest.mark.claim("gain-law", "no start is taken beyond y iff η ≤ η_N, and y^a η_N/η_1 = G", tolerance=1e-9)
@over("gain-law")
def test_the_largest_rate_at_which_no_start_goes_beyond_its_target(tolerance, case):
    eta = monotone_rate(case.N, case.p, case.y)
    assert beyond(case.N, case.p, case.y, eta).max() <= 1 + tolerance
    assert beyond(case.N, case.p, case.y, 1.01 * eta).max() > 1
    plain = monotone_rate(1, case.p, case.y)
    assert_allclose(case.y ** (2 - 2 / case.N) * eta / plain, gain(case.N, case.p), rtol=1e3 * tolerance)


@pytest.mark.claim("gain-law", "at a monotone rate w rises to y from every start", kind="inequality")
@over("gain-law", examples=30, most={"p": 5.0})
def test_at_a_monotone_rate_every_start_rises_to_its_target(case):
    w, eta = PARTS[::200] * case.y, monotone_rate(case.N, case.p, case.y)
    first = w
    for _ in range(200):
        before, w = w, w + eta * case.N * w ** (2 - 2 / case.N) * np.maximum(case.y - w, 0) ** (case.p - 1)
        assert ((before <= w) & (w <= case.y * (1 + 1e-12))).all()
    assert (w[len(w) // 2 :] > first[len(w) // 2 :] * (1 - 1e-12)).all()
    assert w[len(w) // 2] > 0.5 * case.y


@pytest.mark.claim("gain-law", "w = xy is where w^a(y−w)^{p−2} is largest, and G = 1/(NM)", kind="symbolic")
def test_the_maximum_by_algebra():
    w, y, a, q = sp.symbols("w y a q", positive=True)  # q = p − 2
    slope = sp.diff(a * sp.log(w) + q * sp.log(y - w), w)
    assert sp.solve(slope, w) == [a * y / (a + q)]
    assert sp.simplify(slope.diff(w) + a / w**2 + q / (y - w) ** 2) == 0
    x = a / (a + q)
    at_most = (w**a * (y - w) ** q).subs(w, x * y)
    ratio = at_most / (y ** (a + q) * x**a * (1 - x) ** q)
    assert sp.simplify(sp.expand_log(sp.log(ratio), force=True)) == 0


@pytest.mark.claim("gain-law", "G(2, 4) = 27/8, and 1/N at p = 2")
def test_known_gains():
    assert_allclose(gain(2, 4), 27 / 8, rtol=1e-14)
    assert_allclose([gain(N, 2) for N in (1, 1.5, 2, 7)], [1, 1 / 1.5, 1 / 2, 1 / 7], rtol=1e-14)


@pytest.mark.claim("gain-of-layers", "no start is taken beyond y iff η ≤ G_f/y^{a+p−2}, and G_f ≤ G", tolerance=1e-9)
@over("gain-of-layers")
def test_the_largest_rate_of_equal_layers(tolerance, case):
    N, p, y = case.N, case.p, case.y
    eta = gain(N, p, "factors") / y ** (2 - 2 / N + p - 2)
    assert beyond(N, p, y, eta, "factors").max() <= 1 + 1e2 * tolerance
    assert beyond(N, p, y, 1.01 * eta, "factors").max() > 1
    assert gain(N, p, "factors") <= gain(N, p) * (1 + tolerance)


@pytest.mark.claim("gain-of-layers", "a step of the layers goes at least as far as one of the rule", kind="inequality")
@over("gain-of-layers")
def test_a_step_of_the_layers_goes_at_least_as_far(case):
    w = PARTS * case.y
    q = w ** (1 - 2 / case.N) * (case.y - w) ** (case.p - 1) / case.y ** (2 - 2 / case.N + case.p - 2)
    layers, rule = w * (1 + q) ** case.N, w * (1 + case.N * q)
    assert (layers >= rule * (1 - 1e-12)).all()


@pytest.mark.claim("gain-of-layers", "at depth 2 the layers go farthest from v = (1+√(8p−7))/(4(p−1))", kind="symbolic")
def test_where_two_layers_go_farthest():
    v, p = sp.symbols("v p", positive=True)
    slope = sp.diff(sp.log(v) + (p - 2) * sp.log(1 - v) + (p - 1) * sp.log(1 + v), v)
    assert sp.simplify(slope * v * (1 - v) * (1 + v) - (1 + v - 2 * (p - 1) * v**2)) == 0
    farthest = (1 + sp.sqrt(8 * p - 7)) / (4 * (p - 1))
    assert sp.simplify((1 + v - 2 * (p - 1) * v**2).subs(v, farthest)) == 0
    half = sp.Rational(1, 2)
    assert farthest.subs(p, 4) == half
    assert half * (1 - half) ** 2 * (1 + half) ** 3 == sp.Rational(27, 64)


@pytest.mark.claim(
    "gain-of-layers",
    "without equal layers: from 10 and 0.05 a step at the monotone rate goes far beyond the target",
    kind="counterexample",
    without="equal",
)
def test_unequal_layers_go_beyond_at_the_rate_of_equal_ones():
    eta = monotone_rate(2, 4, method="factors")
    reached = {}
    for u, v in ((0.5**0.5, 0.5**0.5), (10.0, 0.05)):
        pull = eta * (1 - u * v) ** 3
        reached[u] = (u + pull * v) * (v + pull * u)
    assert reached.pop(0.5**0.5) <= 1
    assert min(reached.values()) > 30


def waiting(case, method, *, far=400.0):
    """Steps that the second coordinate waits, counted, and by the law with the head start that was seen."""
    y = np.array([1.0, far ** (-1 / (case.p - 2))])
    problem, eta = dl.TwoPoint(y, p=case.p), monotone_rate(case.N, case.p, method=method)

    def count(reached):
        counts = arrivals(problem, case.N, [eta], [case.ε * y], reached, 60_000, method)
        return counts.item()

    climb = count(lambda w: w[..., 0] >= 0.9)
    total = count(lambda w: np.abs(w[..., 1] - y[1]) <= case.δ * y[1])
    theta = head_start(problem, case.N, eta, case.ε * y, method)
    law = (case.δ ** (2 - case.p) - (1 - theta) ** (2 - case.p)) / ((case.p - 2) * eta * y[1] ** (case.p - 2))
    return climb, total - climb, law, theta


def head_start(problem, depth, eta, w, method):
    """w₂/y₂ when w₁ passes 0.9."""
    factors = dl.balanced([w], depth)
    while w[0] < 0.9:
        if method == "rule":
            w = dl.end_to_end_step(w, problem.gradient(w), eta, depth)
        else:
            factors = dl.gradient_step(factors, problem.gradient(w)[None], eta)
            w = dl.end_to_end(factors)[0]
    return w[1] / problem.targets[1]


@pytest.mark.claim("waiting-coordinate", "the steps at y₂/y₁ with (y₁/y₂)^{p−2} = 400", tolerance=0.06)
@pytest.mark.parametrize("method", ["rule", "factors"])
@over("waiting-coordinate", examples=8)
def test_how_long_the_second_coordinate_waits(tolerance, method, case):
    _, waited, law, theta = waiting(case, method)
    assert_allclose(waited, law, rtol=tolerance)
    assert theta >= case.ε ** (1 / case.N) * 0.9 ** (1 - 1 / case.N) * (1 - 1e-6)
    assert theta < 1 - case.δ


@pytest.mark.claim("waiting-coordinate", "in the flow the head start is ε^{1/N}", tolerance=0.01)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_the_head_start_of_the_flow(tolerance, depth):
    start, y = 1e-3, np.array([1.0, 1e-4])
    path = dl.end_to_end_flow(dl.TwoPoint(y, p=4), [start * y], depth, np.geomspace(1e-3, 500, 400))[:, 0]
    first, second = (path / y).T
    at = np.flatnonzero((first > 0.1) & (first < 0.9))
    assert_allclose(second[at], start ** (1 / depth) * first[at] ** (1 - 1 / depth), rtol=tolerance)


@pytest.mark.claim(
    "waiting-coordinate",
    "without a small y₂/y₁: at depth 8 from ε = 1e-6 the climb is longer than the wait, and the law far too small",
    kind="counterexample",
    without="limit",
)
def test_where_the_first_coordinate_is_late_the_law_does_not_hold():
    y, delta, eta = np.array([1.0, 0.1]), 0.4, monotone_rate(8, 4)
    starts = [1e-6 * y]
    total = arrivals(dl.TwoPoint(y, p=4), 8, [eta], starts, lambda w: np.abs(w[..., 1] - y[1]) <= delta * y[1], 60_000)
    law = (delta**-2 - (1 - 1e-6 ** (1 / 8)) ** -2) / (2 * eta * y[1] ** 2)
    assert total.item() > 3 * law


@pytest.mark.claim(
    "waiting-coordinate",
    "with a head start beyond 1 − δ there is no wait, and the law is negative: depth 4 from ε = 0.3",
    kind="counterexample",
    without="behind",
)
@pytest.mark.parametrize("method", ["rule", "factors"])
def test_a_coordinate_that_is_there_first_does_not_wait(method):
    climb, waited, law, theta = waiting(SimpleNamespace(N=4, p=4.0, δ=0.4, ε=0.3), method)
    assert theta > 0.6
    assert law < -500
    assert climb + waited < 10


STARTS, GRID = np.geomspace(1e-4, 1e-2, 5), 10.0 ** (np.arange(-9, 12) / 24)
PROBLEMS = {3: (100, 0.1), 4: (10, 0.1), 6: (4, 0.4)}  # p: y₁/y₂, δ


def steps_needed(depth, p, method):
    """Until both coordinates are within δ, at the best robust rate of 24 a decade, from the slowest start."""
    ratio, delta = PROBLEMS[p]
    y, rates = np.array([1.0, 1 / ratio]), GRID * monotone_rate(depth, p, method=method)
    wait = (delta ** (2 - p) - 1) / (p - 2) * ratio ** (p - 2) / gain(depth, p, method)
    counts = arrivals(
        dl.TwoPoint(y, p=p),
        depth,
        rates,
        STARTS[:, None] * y,
        lambda w: (np.abs(w - y) <= delta * y).all(axis=-1),
        int(2.5 * wait) + 2000,
        method,
    )
    return robust(rates, counts.max(axis=1)).min()


@pytest.mark.claim(
    "gain-law", "tuned runs at robust rates gain 0.7 to 1.05 of G by the rule, at depths 2, 3, 4, 8", kind="inequality"
)
@pytest.mark.parametrize("p", PROBLEMS)
def test_tuned_runs_of_the_rule_gain_what_the_law_says(p):
    plain = steps_needed(1, p, "rule")
    parts = [plain / steps_needed(depth, p, "rule") / gain(depth, p) for depth in DEPTHS]
    assert 0.7 < min(parts) <= max(parts) < 1.05


@pytest.mark.claim(
    "gain-of-layers", "tuned runs of the layers gain 0.55 to 0.95 of G_f, at depths 2, 3, 4, 8", kind="inequality"
)
@pytest.mark.parametrize("p", PROBLEMS)
def test_tuned_runs_of_the_layers_gain_what_the_law_says(p):
    plain = steps_needed(1, p, "rule")
    parts = [plain / steps_needed(depth, p, "factors") / gain(depth, p, "factors") for depth in DEPTHS]
    assert 0.55 < min(parts) <= max(parts) < 0.95
