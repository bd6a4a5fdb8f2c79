"""Two examples and robust rates, and the knife edge."""

import numpy as np
import pytest
import sympy as sp
from domains import Case, over
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.theory.gain import arrivals, robust

PROBLEM, START = dl.TwoPoint((100.0, 1.0), p=4), (0.1, 0.001)


def distances(case, start, steps):
    """|Δ| of each coordinate after every step from `start`, until one is beyond all bounds."""
    problem = dl.TwoPoint((case.y1, case.y2), p=case.p)
    w = np.array(start, dtype=float)
    found = [np.abs(w - problem.targets)]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            if not (found[-1] < 1e6).all():
                break
            w = w - case.η * problem.gradient(w)
            found.append(np.abs(w - problem.targets))
    return np.array(found)


@pytest.mark.claim(
    "two-points", "from 0 every |Δ_i| falls, far below its start, if η < 2/y_i^{p−2} for both", kind="inequality"
)
@over("two-points")
def test_below_the_limit_the_distances_fall_and_do_not_stop(case):
    targets = np.array([case.y1, case.y2])
    case.η = min(case.η / (1 + case.η), 0.95) * (2 / targets.max() ** (case.p - 2))  # any rate below the limit
    falling = distances(case, (0.0, 0.0), 300)
    assert (np.diff(falling, axis=0) <= 0).all()
    relative = case.η * targets ** (case.p - 2)  # of both, below 2
    for c, distance, y in zip(relative, falling[-1], targets, strict=True):
        if 0.02 < c < 1:  # slower rates need longer runs; by d(q^{2−p})/dt ≥ p − 2 the distance is below this
            law = np.exp(-c * 300) if case.p == 2 else (1 + (case.p - 2) * c * 300) ** (-1 / (case.p - 2))
            assert distance <= y * law * (1 + 1e-9) + 1e-15 * y


@pytest.mark.claim("two-points", "from 0 it diverges if η > 2/y_i^{p−2} for one i", kind="inequality")
@over("two-points")
def test_beyond_the_limit_of_one_coordinate_it_diverges(case):
    targets = np.array([case.y1, case.y2])
    case.η = (1.05 + case.η) * (2 / targets.max() ** (case.p - 2))
    grown = distances(case, (0.0, 0.0), 1000)
    largest = grown[:, targets.argmax()]
    assert not (largest[-1] < 1e4 * targets.max())
    assert (np.diff(largest[np.isfinite(largest)]) > 0).all()


@pytest.mark.claim(
    "two-points",
    "without a start at 0: from −y it diverges at half of the limit",
    kind="counterexample",
    without="start",
)
def test_a_start_farther_away_diverges_at_a_smaller_rate():
    case = Case(p=4, y1=2.0, y2=1.0, η=1 / 2.0**2)

    assert distances(case, (0.0, 0.0), 300)[-1].max() < 1
    assert not (distances(case, (-2.0, 0.0), 300)[-1] < 1e6).all()


@pytest.mark.claim("two-points", "at the limit it goes back and forth for good: neither converges nor diverges")
@pytest.mark.parametrize("p", [2, 3, 4.5])
def test_at_the_limit_itself_the_distance_stays(p):
    problem = dl.TwoPoint([2.0], p=p)
    w = np.array([0.0])
    for _ in range(10):
        w = w - 2 / 2.0 ** (p - 2) * problem.gradient(w)
        assert_allclose(abs(w - 2), 2, rtol=1e-9)


@pytest.mark.claim("two-points", "Δ_i ← Δ_i(1 − ηΔ_i^{p−2}), coordinate by coordinate", kind="symbolic")
@pytest.mark.parametrize("p", [2, 4, 6])
def test_the_coordinates_do_not_communicate(p):
    w, y = sp.symbols("w1:3", real=True), sp.symbols("y1:3", real=True)
    eta = sp.Symbol("eta", positive=True)
    loss = sum((a - b) ** p for a, b in zip(w, y, strict=True)) / p
    for a, b in zip(w, y, strict=True):
        assert sp.expand((a - eta * loss.diff(a) - b) - (a - b) * (1 - eta * (a - b) ** (p - 2))) == 0


@pytest.mark.claim(
    "knife-edge", "at η = 1/(2ε₁y₁²) one step of the depth-2 rule lands at (99.80, 0.4995)", tolerance=1e-4
)
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
    settings = {"start": dl.networks.Balanced(START), "record": [20_000]}
    networks = {"rule": dl.networks.Rule, "factors": dl.networks.Chain}
    ways = {way: dl.sweep(PROBLEM, 2, rates, 20_000, network=made, **settings) for way, made in networks.items()}
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


#: η = 10^(k/24), the steps tried, and the network: k from well below the best robust rate to beyond the last that works.
TRIED = {
    "gradient descent": (range(-97, -85), 30_000, 1, "rule"),
    "rule": (range(-134, -117), 12_000, 2, "rule"),
    "network": (range(-136, -117), 12_000, 2, "factors"),
    "network of depth 3": (range(-153, -138), 12_000, 3, "factors"),
}


def best_robust(name, starts):
    """Iterations to a loss of 0.01, to stay, from the slowest start at the best robust rate."""
    exponents, steps, depth, method = TRIED[name]
    rates = 10.0 ** (np.array(exponents) / 24)
    counts = arrivals(PROBLEM, depth, rates, starts, lambda w: PROBLEM.loss(w) < 1e-2, steps, method)
    return robust(rates, counts.max(axis=1)).min()


@pytest.mark.claim("honest-rates", "iterations 20,493, 5,089, 7,599, and 8,259 at depth 3; gains 4.03, 2.70, 2.48")
def test_the_counts_at_the_best_robust_rates():
    starts = np.geomspace(1e-4, 1e-2, 5)[:, None] * PROBLEM.targets
    counts = [best_robust(name, starts) for name in TRIED]
    assert_allclose(counts, [20_493, 5_089, 7_599, 8_259], rtol=2e-3)
    assert_allclose(counts[0] / np.array(counts[1:]), [4.03, 2.70, 2.48], atol=0.02)


@pytest.mark.claim(
    "honest-rates",
    "the fast rates of the first edition, 1,486 and 754 iterations from one start, are not robust",
    kind="counterexample",
)
@pytest.mark.parametrize(("exponent", "method", "count"), [(-116, "rule", 1_486), (-108, "factors", 754)])
def test_the_fast_rates_are_islands(exponent, method, count):
    rates = 10.0 ** ((exponent + np.arange(-3, 4)) / 24)
    found = arrivals(PROBLEM, 2, rates, [START], lambda w: PROBLEM.loss(w) < 1e-2, 60_000, method)[:, 0]
    assert found[3] == count
    assert np.isinf(robust(rates, found)).all()
