"""TwoPointLab from Python: its controls, and its runs against the rest of the package."""

import re

import numpy as np
import pytest

import deeplinear as dl
from deeplinear.explorables import TwoPointLab


@pytest.mark.parametrize("method", ["rule", "factors"])
@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_a_run_is_what_the_core_computes_step_by_step(method, depth):
    lab = TwoPointLab(depth=depth, method=method, ratio=10, learning_rate=1e-5, steps=200)
    run = lab.compute()
    w, factors = lab.start, dl.balanced(lab.start, depth)
    path = {}
    for t in range(201):
        path[t] = w
        if method == "rule":
            w = dl.end_to_end_step(w, lab.problem.gradient(w), lab.learning_rate, depth)
        else:
            factors = dl.gradient_step(factors, lab.problem.gradient(w), lab.learning_rate)
            w = dl.end_to_end(factors)[0]
    np.testing.assert_allclose(run.weights, [path[t] for t in run.steps], rtol=1e-11)
    np.testing.assert_allclose(run.loss, lab.problem.loss(run.weights), rtol=1e-12)


def test_plain_descent_multiplies_each_residual_by_its_own_factor():
    lab = TwoPointLab(method="gd", learning_rate=1e-4, steps=24)
    residuals = lab.compute().weights - [100.0, 1.0]
    np.testing.assert_allclose(residuals[1:], residuals[:-1] * (1 - 1e-4 * residuals[:-1] ** 2), rtol=1e-9, atol=1e-12)


def test_the_steps_to_the_goal_are_the_published_ones_at_the_published_rates():
    steps = {
        method: TwoPointLab(method=method, learning_rate=10 ** (k / 6)).compute().reached
        for method, k in (("gd", -24), ("rule", -29), ("factors", -27))
    }
    assert steps == {"gd": 20_365, "rule": 1_486, "factors": 754}


def test_the_best_rates_are_islands_between_rates_that_diverge():
    for method, best in (("rule", -29), ("factors", -27)):
        runs = {
            k: TwoPointLab(method=method, learning_rate=10 ** (k / 6)).compute() for k in (best - 1, best, best + 1)
        }
        assert [run.diverged is None for run in runs.values()] == [False, True, False]


def test_the_step_of_the_appendix_works_by_the_rule_and_not_on_the_layers():
    lab = TwoPointLab(method="rule", learning_rate=5e-4)
    run = lab.compute()
    assert run.weights[1] == pytest.approx([99.80, 0.4995], abs=5e-3)
    assert (run.reached, run.diverged) == (12, None)
    lab.method = "factors"
    assert lab.compute().diverged == 2


def test_a_run_ends_with_its_steps_its_divergence_or_its_success():
    assert TwoPointLab(steps=50).compute().steps[-1] == 50
    diverged = TwoPointLab(learning_rate=1e-2).compute()
    assert diverged.steps[-1] == diverged.diverged
    assert not diverged.loss[-1] <= 1e12 * diverged.loss[0]
    settled = TwoPointLab(p=2, method="gd", learning_rate=0.5).compute()
    assert settled.loss[-1] <= 1e-6 < settled.loss[-2]


@pytest.mark.parametrize(
    ("control", "value", "error", "message"),
    [
        ("depth", 0, ValueError, "depth is 0, it must be 1 or more"),
        ("depth", 9, ValueError, "depth is 9, it must be 8 or less"),
        ("depth", 2.0, TypeError, "depth is 2.0, it must be a whole number"),
        ("p", 1.5, ValueError, "p is 1.5, it must be 2 or more"),
        ("p", "four", TypeError, "p is 'four', it must be a real number"),
        ("ratio", 2000, ValueError, "ratio is 2000, it must be 1000 or less"),
        ("learning_rate", 0, ValueError, "learning_rate is 0, it must be greater than 0"),
        ("learning_rate", float("nan"), ValueError, "learning_rate is nan, it must be finite"),
        ("method", "sgd", ValueError, "method is 'sgd', it must be one of 'factors', 'rule', 'gd', 'momentum', 'adam'"),
        ("direction", "up", ValueError, "direction is 'up'"),
        ("steps", 10**6, ValueError, "steps is 1e\\+06, it must be 100000 or less"),
    ],
)
def test_a_value_out_of_place_is_refused_by_name_when_made_and_when_set(control, value, error, message):
    with pytest.raises(error, match=message):
        TwoPointLab(**{control: value})
    lab = TwoPointLab()
    before = lab.state
    with pytest.raises(error, match=message):
        setattr(lab, control, value)
    assert lab.state == before


def test_the_poster_says_in_words_what_it_shows():
    lab = TwoPointLab()
    assert "The depth-2 network reaches a loss of 0.01 after 7,034 steps, 2.9 times faster than" in lab.summary()
    assert "diverges at step 2" in TwoPointLab(learning_rate=5e-4).summary()
    assert "has not reached" in TwoPointLab(steps=20).summary()


@pytest.mark.parametrize(
    "state", [{"p": 2}, {"p": 8, "ratio": 1000}, {"learning_rate": 1.0}, {"ratio": 1, "scale": 1}, {"method": "adam"}]
)
def test_a_poster_can_be_drawn_of_any_state(state):
    poster = TwoPointLab(**{"steps": 300} | state).poster(standalone=True)
    assert poster.startswith("<svg ")
    assert not re.search("nan|inf", poster)
