"""BalanceDrift from Python: its runs against the drift law, the flow and the rule of the package, its starts,
its bundle.
"""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.explorables import BalanceDrift
from deeplinear.theory.conservation import imbalance_after_step, relative_imbalance

STARTS = ("balanced", "near-zero", "identity", "xavier")


def sizes(gaps):
    return [np.linalg.norm(D) for D in gaps]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("depth", "width"), [(2, 5), (3, 1), (5, 8)])
def test_a_run_is_what_the_core_computes_step_by_step(start, depth, width):
    lab = BalanceDrift(depth=depth, width=width, start=start, learning_rate=0.1, weight_decay=0.2)
    run, factors = lab.compute(), lab.factors
    rule = dl.end_to_end(factors)
    assert list(run.steps) == list(range(41))
    for t in range(41):
        W = dl.end_to_end(factors)
        assert_allclose(run.imbalance[t], sizes(dl.imbalance(factors)), rtol=1e-9, atol=1e-12)
        assert_allclose(run.loss[t], lab.problem.loss(W), rtol=1e-11)
        assert_allclose(run.rule_loss[t], lab.problem.loss(rule), rtol=1e-9)
        assert_allclose(run.distance[t], np.linalg.norm(W - rule) / np.linalg.norm(W), rtol=1e-8, atol=1e-12)
        assert_allclose(run.relative[t], relative_imbalance(factors), rtol=1e-9, atol=1e-12)
        factors = dl.gradient_step(factors, lab.problem.gradient(W), 0.1, 0.2)
        rule = dl.end_to_end_step(rule, lab.problem.gradient(rule), 0.1, depth, 0.2)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_the_imbalance_moves_by_the_exact_drift_law(start, decay):
    lab = BalanceDrift(depth=4, start=start, learning_rate=0.1, weight_decay=decay)
    run, factors = lab.compute(), lab.factors
    for t in range(len(run.steps) - 1):
        slopes = dl.layer_gradients(factors, lab.problem.gradient(dl.end_to_end(factors)))
        assert_allclose(
            run.imbalance[t + 1], sizes(imbalance_after_step(factors, slopes, 0.1, decay)), rtol=1e-8, atol=1e-12
        )
        factors = dl.gradient_step(factors, lab.problem.gradient(dl.end_to_end(factors)), 0.1, decay)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("decay", [0.0, 0.4])
def test_the_law_is_the_imbalance_on_the_flow_of_the_network(start, decay):
    lab = BalanceDrift(start=start, weight_decay=decay, learning_rate=0.1)
    run = lab.compute()
    path = dl.network_flow(lab.problem, lab.factors, run.time[::10], weight_decay=decay)
    assert_allclose(run.law[::10], [sizes(dl.imbalance(factors)) for factors in path], rtol=1e-8, atol=1e-9)
    assert_allclose(run.law, np.exp(-2 * decay * run.time)[:, None] * run.imbalance[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_half_the_rate_drifts_half_as_far(start, decay):
    drifts = [
        BalanceDrift(depth=2, start=start, learning_rate=eta, weight_decay=decay).compute().drift[-1]
        for eta in (0.05, 0.025)
    ]
    assert drifts[0] / drifts[1] == pytest.approx(2, abs=0.3)


def test_the_drift_at_twice_the_rate_is_that_of_the_run_at_twice_the_rate():
    for state in ({}, {"start": "xavier", "weight_decay": 0.3}, {"depth": 6, "start": "identity"}):
        lab = BalanceDrift(learning_rate=0.05, **state)
        expected = lab.compute().drift_at_twice
        lab.learning_rate = 0.1
        assert lab.compute().drift[-1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("start", STARTS)
def test_weight_decay_takes_the_imbalance_away_whatever_the_start(start):
    run = BalanceDrift(start=start, weight_decay=1.0, learning_rate=0.025).compute()
    begun = max(run.imbalance[0].max(), run.drift.max())
    assert run.imbalance[-1].max() < 1e-2 * begun
    if start == "xavier":
        assert_allclose(run.imbalance[-1] / run.imbalance[0], np.exp(-8), rtol=0.25)


@pytest.mark.parametrize("depth", [2, 3, 8])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8])
def test_the_balanced_start_is_balanced_and_has_the_rank_that_fits(depth, width):
    lab = BalanceDrift(depth=depth, width=width, learning_rate=1.0)
    assert lab.compute().relative[0] < 1e-13
    assert np.linalg.matrix_rank(dl.end_to_end(lab.factors), tol=1e-9) == min(width, 4)


def test_hidden_widths_from_the_rank_on_do_not_matter_to_a_balanced_start():
    narrow, wide = (BalanceDrift(width=width).compute() for width in (4, 8))
    for name in ("loss", "rule_loss", "distance", "imbalance"):
        assert_allclose(getattr(narrow, name)[1:], getattr(wide, name)[1:], rtol=1e-9)


def test_near_zero_is_balanced_in_absolute_terms_only():
    for seed in range(10):
        run = BalanceDrift(start="near-zero", depth=2, seed=seed, learning_rate=1.0).compute()
        assert run.imbalance[0].max() < 0.3
        assert run.relative[0] > 0.5


@pytest.mark.parametrize("depth", range(2, 9))
def test_the_identity_start_is_balanced_while_no_hidden_layer_is_wider_than_the_narrower_end(depth):
    for width in range(1, 9):
        run = BalanceDrift(start="identity", depth=depth, width=width, learning_rate=1.0).compute()
        assert (run.relative[0] < 1e-12) == (width <= 4)
    one_wider = BalanceDrift(start="identity", depth=depth, width=5).compute().imbalance[0]
    assert_allclose(one_wider, [0.0] * (depth - 2) + [1.0], atol=1e-12)


def test_rule_and_network_close_in_with_the_rate_from_a_balanced_start_alone():
    for start, ratio in (("balanced", 2.0), ("near-zero", 1.0), ("xavier", 1.0)):
        ends = [BalanceDrift(depth=2, start=start, learning_rate=eta).compute().distance[-1] for eta in (0.05, 0.025)]
        assert ends[0] / ends[1] == pytest.approx(ratio, abs=0.3)


def test_a_step_of_the_rule_leaves_the_ranks_that_a_narrow_network_keeps():
    lab = BalanceDrift(width=1, depth=2)
    run = lab.compute()
    lowest = 0.5 * (1.5**2 + 1 + 0.5**2)  # with the best matrix of rank 1
    assert run.loss.min() >= lowest - 1e-12
    assert run.rule_loss[-1] < 0.5 * lowest


def test_the_loss_is_half_the_squared_distance_from_a_map_of_known_singular_values():
    problem = BalanceDrift().problem
    target = problem.optimum.weights
    assert_allclose(np.linalg.svd(target, compute_uv=False), [2, 1.5, 1, 0.5], rtol=1e-12)
    W = np.arange(20.0).reshape(4, 5)
    assert problem.loss(W) == pytest.approx(0.5 * np.sum((W - target) ** 2), rel=1e-12)
    assert_allclose(problem.gradient(W), W - target, rtol=1e-12, atol=1e-12)


def test_divergence_ends_the_run_and_names_its_step():
    run = BalanceDrift(start="xavier", depth=5, learning_rate=1.0).compute()
    assert run.diverged == run.steps[-1] < 4
    assert run.loss[-1] == np.inf > run.loss[-2]
    assert run.drift_at_twice is None
    assert not np.isnan(np.concatenate([run.imbalance.ravel(), run.relative, run.distance, run.drift])).any()


def test_the_rule_may_diverge_alone():
    run = BalanceDrift(learning_rate=0.5).compute()
    assert (run.diverged, run.rule_diverged) == (None, 6)
    assert run.steps[-1] == 8
    assert np.isinf(run.rule_loss[6:]).all()
    assert np.isinf(run.distance[6:]).all()
    assert np.isfinite(run.rule_loss[:6]).all()


def test_a_run_lasts_for_time_4_and_is_recorded_at_50_steps_at_most():
    for eta in (0.025, 0.05, 0.083, 0.1):
        run = BalanceDrift(learning_rate=eta, depth=2).compute()
        assert run.time[-1] == pytest.approx(4, abs=eta / 2)
        assert 25 <= len(run.steps) <= 50
        assert_allclose(run.time, eta * run.steps)


@pytest.mark.parametrize(
    ("control", "value", "error", "message"),
    [
        ("depth", 1, ValueError, "depth is 1, it must be 2 or more"),
        ("depth", 9, ValueError, "depth is 9, it must be 8 or less"),
        ("width", 0, ValueError, "width is 0, it must be 1 or more"),
        ("width", 5.0, TypeError, "width is 5.0, it must be a whole number"),
        ("learning_rate", 0.01, ValueError, r"learning_rate is 0.01, it must be 0.025 or more"),
        ("learning_rate", 2, ValueError, "learning_rate is 2, it must be 1 or less"),
        ("weight_decay", -0.1, ValueError, r"weight_decay is -0.1, it must be 0 or more"),
        (
            "start",
            "zero",
            ValueError,
            "start is 'zero', it must be one of 'balanced', 'near-zero', 'identity', 'xavier'",
        ),
        ("seed", 100, ValueError, "seed is 100, it must be 99 or less"),
    ],
)
def test_a_value_out_of_place_is_refused_by_name(control, value, error, message):
    with pytest.raises(error, match=message):
        BalanceDrift(**{control: value})
    lab = BalanceDrift()
    with pytest.raises(error, match=message):
        setattr(lab, control, value)
    assert lab.state == BalanceDrift().state


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"depth": 8, "width": 8, "start": "xavier", "learning_rate": 0.025},
        {"depth": 8, "width": 8, "learning_rate": 0.025},
        {"depth": 5, "learning_rate": 1.0, "start": "xavier"},
        {"depth": 8, "width": 1, "start": "near-zero", "weight_decay": 1.0},
        {"learning_rate": 0.5},
    ],
)
def test_poster_and_page_of_any_state_are_small_and_hold_no_broken_numbers(state):
    lab = BalanceDrift(**state)
    poster = lab.poster(standalone=True)
    assert not re.search("nan|inf", poster)
    assert len(poster.encode()) < 9_000
    assert len(lab._repr_mimebundle_()[0]["text/html"].encode()) <= 60_000


def test_the_summary_says_what_happens():
    assert "stays balanced and descent drifts by 0.033 (0.065 at twice the rate)" in BalanceDrift().summary()
    decaying = BalanceDrift(start="xavier", weight_decay=0.5).summary()
    assert "shrinks the imbalance from 4.8 to 0.079, flow's law says 0.088" in decaying
    assert "the rule diverges at step 6" in BalanceDrift(learning_rate=0.5).summary()
    assert "diverges at step 3" in BalanceDrift(depth=5, learning_rate=1.0).summary()
