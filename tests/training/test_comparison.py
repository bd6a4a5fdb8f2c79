"""Methods side by side: each at its own rate, with everything that the numbers depend on."""

from dataclasses import dataclass

import numpy as np
import pytest

import deeplinear as dl
from deeplinear.training.comparison import compare

PROBLEM = dl.TwoPoint((10.0, 1.0), p=4)
SETTINGS = {"budget": 200, "seeds": 3}


@pytest.fixture(scope="module")
def comparison():
    methods = {
        "plain": dl.Run(learning_rate=123.0, seed=9),
        "deep": {"network": dl.networks.Chain(2)},
        "heavy ball": {"optimizer": dl.optimizers.HeavyBall(), "weight_decay": 1e-4},
    }
    return compare(PROBLEM, methods, **SETTINGS)


def test_every_method_is_trained_at_its_own_rate_with_every_seed(comparison):
    assert comparison.loss.dims == ("name", "seed", "step")
    assert comparison.data.name.values.tolist() == ["plain", "deep", "heavy ball"]
    for name, tuned in comparison.tuned.items():
        runs = [dl.Run(**settings_of(tuned.run), seed=seed) for seed in range(3)]
        ends = dl.advance(PROBLEM, runs, [200]).loss[:, 0]
        np.testing.assert_allclose(comparison.loss.sel(name=name, step=200), ends, rtol=1e-9)


def settings_of(run):
    return {name: value for name, value in vars(run).items() if name != "seed"}


def test_a_method_has_the_rate_that_it_would_have_alone(comparison):
    alone = dl.tune(PROBLEM, dl.networks.Chain(2), **SETTINGS)
    assert comparison.learning_rate.sel(name="deep").item() == alone.learning_rate
    assert comparison.data.survival.sel(name="deep").item() == alone.survival
    assert comparison.tuned["deep"].refused == alone.refused


def test_the_whole_grid_comes_along(comparison):
    for name, tuned in comparison.tuned.items():
        final = comparison.data.final.sel(name=name).dropna("tried", how="all")
        assert final.tried.values.tolist() == tuned.grid.learning_rate.values.tolist()
        np.testing.assert_array_equal(final.transpose("tried", "seed"), tuned.grid.loss)


def test_no_setting_is_forgotten(comparison):
    attributes = comparison.data.attrs
    assert attributes["problem"] == repr(PROBLEM)
    assert attributes["fingerprint"] == PROBLEM.fingerprint()
    assert attributes["steps"] == 200
    assert attributes["deep: network"] == "Chain(depth=2)"
    assert attributes["heavy ball: optimizer"] == repr(dl.optimizers.HeavyBall())
    assert attributes["heavy ball: weight_decay"] == 1e-4


def test_the_table_has_a_line_a_method(comparison):
    lines = str(comparison).splitlines()
    assert [line.split("  ")[0].strip() for line in lines[2:]] == ["plain", "deep", "heavy ball"]
    assert "after 200 steps" in lines[0]
    assert comparison._repr_html_().count("<tr>") == 4


@dataclass(frozen=True)
class Halved(dl.optimizers.Optimizer):
    """Gradient descent at half the rate."""

    rotation_equivariant = True

    def step(self, parameters, gradient, state, learning_rate):
        return parameters - 0.5 * learning_rate * gradient, state


def test_anybody_s_optimizer_gets_a_rate_of_its_own():
    comparison = compare(PROBLEM, {"whole": {}, "half": {"optimizer": Halved()}}, **SETTINGS)
    whole, half = comparison.learning_rate.values
    assert half / whole == pytest.approx(2, rel=0.3), "the nearest on the lattice"


class Quartic(dl.problems.Problem):
    """``Σ (w − 1)⁴/4``."""

    shape = (2,)

    def loss(self, weights):
        return ((np.asarray(weights) - 1) ** 4).sum(axis=-1) / 4

    def gradient(self, weights):
        return (np.asarray(weights) - 1) ** 3


def test_anybody_s_problem_is_compared_on():
    comparison = compare(Quartic(), {"plain": {}, "deep": {"network": dl.networks.Chain(2)}}, **SETTINGS)
    assert float(comparison.loss.isel(step=-1).max()) < 1e-3


@pytest.mark.parametrize(
    ("methods", "kind", "words"),
    [
        ({}, TypeError, "give a mapping of names"),
        ([dl.Run()], TypeError, "give a mapping of names"),
        ({1: {}}, TypeError, "a method has the name 1: names must be text"),
        ({"": {}}, TypeError, "a method has the name '': names must be text, and not empty"),
        ({"fast": "Adam"}, TypeError, r"fast is 'Adam': give dl\.Run"),
        ({"fast": {"rate": 1.0}}, ValueError, "fast has a setting 'rate'"),
        ({"fast": {"optimizer": "Adam"}}, TypeError, "fast: optimizer is 'Adam'"),
        ({"fast": {"start": dl.networks.Given([np.ones((1, 3))])}}, ValueError, "^fast: "),
        ({"fast": {"weight_decay": -1.0}}, ValueError, "fast: weight_decay is -1"),
    ],
)
def test_what_is_no_method_is_refused_by_name(methods, kind, words):
    with pytest.raises(kind, match=words):
        compare(PROBLEM, methods, **SETTINGS)


def test_a_method_without_a_rate_is_named():
    stuck = {"network": dl.networks.Chain(4), "start": dl.networks.NearZero(1e-60)}
    with pytest.raises(ValueError, match="stuck: no rate from"):
        compare(PROBLEM, {"stuck": stuck}, budget=20, seeds=3)
