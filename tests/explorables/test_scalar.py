"""ScalarLab from Python: its runs against the package and closed forms, its memory against the run, its pictures."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

import deeplinear as dl
from deeplinear.explorables import ScalarLab
from deeplinear.explorables.numerics.ode import rk4
from deeplinear.explorables.scalar.lab import factors_of

PROBLEM = dl.TwoPoint([1.0], p=2)  # ½(w − 1)²

STATES = st.fixed_dictionaries(
    {
        "depth": st.integers(1, 8),
        "start": st.floats(-1, 2),
        "imbalance": st.floats(-1.5, 1.5),
        "weight_decay": st.floats(0, 0.5),
        "learning_rate": st.floats(0.02, 0.4),
        "moment": st.floats(0, 1),
        "time": st.floats(1, 4),
    }
)


def factors(lab):
    return factors_of(lab.start, lab.depth, lab.imbalance)


@given(
    product=st.one_of(st.floats(-1, 2), st.floats(1e-12, 1e-3)), depth=st.integers(2, 8), imbalance=st.floats(-1.5, 1.5)
)
def test_the_start_has_its_product_and_its_imbalance_in_the_first_place_only(product, depth, imbalance):
    start = factors_of(product, depth, imbalance)
    if abs(product) > 1e-150:  # its square is then a number
        assert dl.end_to_end(start)[0, 0] == pytest.approx(product, rel=1e-12, abs=0)
    gaps = np.ravel(dl.imbalance(start))
    assert gaps[0] == pytest.approx(imbalance, abs=1e-14)
    assert not gaps[1:].any()
    assert all(factor >= 0 for factor in start[1:])


@pytest.mark.parametrize("depth", [2, 3, 8])
def test_without_imbalance_the_start_is_the_balanced_one(depth):
    for mine, core in zip(factors_of(0.3, depth, 0.0), dl.balanced([[0.3]], depth), strict=True):
        np.testing.assert_allclose(mine, core, rtol=1e-14)


@pytest.mark.parametrize("decay", [0, 0.3])
@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_a_run_is_what_the_core_computes_step_by_step(depth, decay):
    lab = ScalarLab(depth=depth, imbalance=0.4, start=-0.2, weight_decay=decay, time=3)
    layers, run = factors(lab), lab.compute()
    for t in range(31):
        w = dl.end_to_end(layers)[0, 0]
        assert run.w[t] == pytest.approx(w, rel=1e-12)
        assert run.others[t] == pytest.approx(dl.layer_gradients(layers, [[1.0]])[0].item(), rel=1e-12)
        layers = dl.gradient_step(layers, PROBLEM.gradient([[w]]), lab.learning_rate, decay)


@settings(max_examples=40, deadline=None)
@given(STATES)
def test_a_step_is_its_rate_and_its_memory_exactly(state):
    run = ScalarLab(**state).compute()
    t, nabla = run.step, run.w - 1
    if run.diverged is None:
        size = max(1, np.abs(run.memory).sum() + run.rho[t])
        stepped = run.w[t] - run.rho[t] * nabla[t] - run.memory @ nabla[:t] + run.leftover
        assert stepped == pytest.approx(run.w[t + 1], abs=1e-12 * size)


@pytest.mark.parametrize("decay", [0, 0.2])
@pytest.mark.parametrize("depth", [2, 3, 5])
def test_the_memory_is_that_of_the_chapter_with_the_exact_rho(depth, decay):
    lab = ScalarLab(depth=depth, start=0.05, learning_rate=0.2, weight_decay=decay, moment=0.4)
    run = lab.compute()
    t, (rho, gamma) = run.step, (run.rho, run.gamma)
    mu = [-gamma[t] * rho[tau] * np.prod(1 - gamma[tau + 1 : t]) for tau in range(t)]
    np.testing.assert_allclose(run.memory, mu, rtol=1e-11)
    assert run.leftover == pytest.approx(-gamma[t] * np.prod(1 - gamma[:t]) * run.w[0], rel=1e-11)


def test_at_depth_2_rho_and_gamma_are_the_chapters_but_for_the_second_order():
    run = ScalarLab(depth=2, imbalance=0.3).compute()
    w2, nabla, eta = run.others[:-1], run.w[:-1] - 1, 0.1
    w1 = run.w[:-1] / w2
    np.testing.assert_allclose(run.gamma, eta * w1 * nabla / w2, rtol=1e-11, atol=1e-14)
    second_order = eta**2 * (w2 * nabla) * (w1 * nabla)
    np.testing.assert_allclose(run.rho * nabla, eta * w2**2 * nabla - second_order, rtol=1e-12)


def test_the_memory_pushes_while_the_other_factors_grow_and_brakes_after_an_overshoot():
    early, late = (ScalarLab(depth=3, learning_rate=0.6, moment=moment).compute() for moment in (0.3, 0.55))
    assert early.others[early.step + 1] > early.others[early.step]
    assert (early.memory > 0).all()
    assert late.w[late.step] > 1
    assert (late.memory < 0).all()


def test_depth_1_has_one_rate_and_no_memory_but_that_of_weight_decay():
    run = ScalarLab(depth=1).compute()
    np.testing.assert_array_equal(run.rho, 0.1)
    assert not run.memory.any()
    np.testing.assert_array_equal(run.w, run.plain)
    decaying = ScalarLab(depth=1, weight_decay=0.5).compute().memory
    np.testing.assert_allclose(decaying[1:] / decaying[:-1], 1 / 0.95)


@pytest.mark.parametrize("depth", [1, 2, 3, 5, 8])
@pytest.mark.parametrize(
    ("start", "imbalance", "decay"), [(0.05, 0, 0), (-1, 1.5, 0.3), (2, -0.7, 0), (-0.5, 0.3, 0.1)]
)
def test_the_flow_is_that_of_the_core(depth, start, imbalance, decay):
    lab = ScalarLab(depth=depth, start=start, imbalance=imbalance, weight_decay=decay, time=6)
    path = dl.network_flow(PROBLEM, factors(lab), np.linspace(0, 6, 97), decay)
    np.testing.assert_allclose(lab.compute().flow, [dl.end_to_end(layers)[0, 0] for layers in path], atol=1e-7)


def test_the_flow_of_depth_1_is_an_exponential_and_of_balanced_depth_2_a_logistic_curve():
    t = np.linspace(0, 10, 97)
    np.testing.assert_allclose(ScalarLab(depth=1).compute().flow, 1 - 0.99 * np.exp(-t), atol=1e-8)
    np.testing.assert_allclose(ScalarLab().compute().flow, 1 / (1 + 99 * np.exp(-2 * t)), atol=1e-7)


@pytest.mark.parametrize("imbalance", [-1, 0.5, 1.5])
def test_at_depth_2_the_flow_obeys_one_equation_for_the_product_whatever_the_sign_of_the_imbalance(imbalance):
    run = ScalarLab(depth=2, imbalance=imbalance, time=5).compute()
    rate = lambda _, w: np.sqrt(imbalance**2 + 4 * w**2) * (1 - w)  # noqa: E731
    exact = solve_ivp(rate, (0, 5), [0.01], t_eval=np.linspace(0, 5, 97), rtol=1e-11, atol=1e-13).y[0]
    np.testing.assert_allclose(run.flow, exact, atol=1e-7)


def test_imbalance_is_faster():
    settled = [ScalarLab(imbalance=imbalance).compute().settled for imbalance in (0, 0.5, 1)]
    assert settled == sorted(settled, reverse=True)
    assert settled[-1] < ScalarLab().compute().plain_settled < settled[0]


def test_imbalance_of_either_sign_takes_the_same_way_by_its_rate_or_by_its_start():
    up, down = (ScalarLab(imbalance=imbalance, moment=0.05).compute() for imbalance in (1, -1))
    np.testing.assert_allclose(up.w, down.w, rtol=1e-12)
    moves = up.w[up.step + 1] - up.w[up.step]
    assert up.rho[up.step] * (1 - up.w[up.step]) > 0.8 * moves
    assert down.leftover > 0.75 * moves


@pytest.mark.parametrize("rate", [0.1, 0.9, 3])
@pytest.mark.parametrize("depth", [2, 4, 8])
def test_a_negative_balanced_start_of_even_depth_never_gets_past_zero(depth, rate):
    assert (ScalarLab(depth=depth, start=-0.5, learning_rate=rate, time=30).compute().w <= 0).all()


def test_a_little_imbalance_or_a_wide_step_of_odd_depth_gets_past_zero():
    assert ScalarLab(depth=2, start=-0.5, imbalance=0.1).compute().settled
    assert ScalarLab(depth=3, start=-1, learning_rate=0.2, time=20).compute().w[-1] < 0
    assert ScalarLab(depth=3, start=-1, learning_rate=0.7, time=20).compute().w[1] > 0


def test_weight_decay_pulls_below_the_target_and_the_memory_then_cancels_the_step():
    run = ScalarLab(depth=2, start=0.5, weight_decay=0.2, learning_rate=0.5, time=30, moment=1).compute()
    assert run.w[-1] == pytest.approx(1 - 0.2, abs=1e-9)
    assert run.memory.sum() == pytest.approx(-run.rho[-1], rel=0.1)
    assert ScalarLab(depth=1, weight_decay=0.2, time=30).compute().w[-1] == pytest.approx(1 / 1.2)


def test_runs_settle_end_or_diverge():
    run = ScalarLab(depth=5, start=0.3, learning_rate=4, time=30).compute()
    assert run.diverged == len(run.w) - 1 == 2
    assert run.settled is None
    assert ScalarLab(start=1.0).compute().settled == 0
    assert ScalarLab(start=0.0).compute().settled is None
    settled = ScalarLab().compute()
    assert abs(settled.w[settled.settled - 1] - 1) > 0.01 >= np.abs(settled.w[settled.settled :] - 1).max()


def test_the_moment_runs_from_the_first_step_to_the_last():
    assert [ScalarLab(moment=moment).compute().step for moment in (0, 0.5, 1)] == [0, 50, 99]


def test_a_runge_kutta_step_is_of_order_4():
    errors = [abs(rk4(lambda y: y, np.array([1.0]), h)[0] - np.exp(h)) for h in (0.1, 0.05)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(5, abs=0.1)  # of one step, one more


@pytest.mark.parametrize(
    ("control", "value", "error", "message"),
    [
        ("depth", 9, ValueError, "depth is 9, it must be 8 or less"),
        ("depth", 2.0, TypeError, "depth is 2.0, it must be a whole number"),
        ("start", -1.5, ValueError, "start is -1.5, it must be -1 or more"),
        ("imbalance", 2, ValueError, "imbalance is 2, it must be 1.5 or less"),
        ("weight_decay", -0.1, ValueError, "weight_decay is -0.1, it must be 0 or more"),
        ("learning_rate", 0, ValueError, "learning_rate is 0, it must be 0.02 or more"),
        ("moment", "end", TypeError, "moment is 'end', it must be a real number"),
        ("time", float("inf"), ValueError, "time is inf, it must be finite"),
    ],
)
def test_a_value_out_of_place_is_refused_by_name(control, value, error, message):
    with pytest.raises(error, match=message):
        ScalarLab(**{control: value})


def test_the_summary_says_what_is_seen():
    assert ScalarLab().summary().startswith("Depth 2 settles at step 45, plain descent at step 44")
    assert "all past ones together 0.28 η: momentum" in ScalarLab().summary()
    assert "a brake" in ScalarLab(depth=3, learning_rate=0.6, moment=0.55).summary()
    assert "does not get past zero" in ScalarLab(start=-0.5).summary()
    assert "past ones almost nothing" in ScalarLab(depth=1).summary()
    assert "diverges at step 2" in ScalarLab(depth=5, start=0.3, learning_rate=4).summary()


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"start": 0.0},
        {"start": 1.0, "moment": 0},
        {"depth": 8, "imbalance": 1.5, "start": 2, "time": 30},
        {"depth": 5, "start": 0.3, "learning_rate": 4, "moment": 1},
        {"depth": 3, "start": 0.0, "imbalance": -1, "weight_decay": 0.5},
        {"learning_rate": 4, "time": 1},
        {"learning_rate": 0.02, "time": 30, "moment": 1, "weight_decay": 0.1},
    ],
)
def test_a_poster_can_be_drawn_of_any_state(state):
    poster = ScalarLab(**state).poster()
    assert not re.search('nan|inf|d="M"', poster)
    assert len(poster.encode()) < 9_000


def test_the_figure_weighs_little():
    assert len(ScalarLab()._repr_mimebundle_()[0]["text/html"].encode()) <= 52_000
