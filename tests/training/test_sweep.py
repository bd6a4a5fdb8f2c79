"""The sweep against one network at a time, its bookkeeping of divergence, and its refusals."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear.networks import Amplification, Balanced, Chain, Dense, Diagonal, Identity, NearZero, Rule
from deeplinear.training.optimizers import Adam, GradientDescent
from deeplinear.training.schedules import WarmUp

NETWORKS = {"factors": None, "rule": Rule}
RATES = {2: 3e-2, 3: 3e-2, 4: 2e-2, 6: 5e-3}


def regression(p, examples=40, features=5):
    rng = np.random.default_rng(p)
    inputs = rng.standard_normal((examples, features))
    return dl.LpRegression(inputs, inputs @ rng.standard_normal(features) + 0.3 * rng.standard_normal(examples), p=p)


def one_by_one(problem, depth, rate, steps, method, seed, scale):
    """The same run, built from the public steps: its end-to-end weights after each of `steps`."""
    factors = dl.near_zero((*problem.shape, *[1] * depth), scale, seed)
    w, path = dl.end_to_end(factors)[0], []
    for _ in range(steps + 1):
        path.append(w)
        if method == "rule":
            w = dl.end_to_end_step(w, problem.gradient(w), rate, depth)
        else:
            factors = dl.gradient_step(factors, problem.gradient(w), rate)
            w = dl.end_to_end(factors)[0]
    return np.array(path)


@pytest.mark.parametrize("method", ["factors", "rule"])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("p", [2, 3, 4, 6])
def test_every_run_is_the_one_that_the_public_steps_make(p, depth, method):
    problem, marks = regression(p), [0, 1, 10, 300, 1000]
    settings = {"seed": (0, 7), "scale": 0.4, "network": NETWORKS[method]}
    # Other depths beside it: a run must not feel the layers that only deeper ones have.
    runs = dl.sweep(problem, {1, depth, 4}, (RATES[p] / 3, RATES[p]), 1000, record=marks, keep_weights=True, **settings)
    for rate in runs.learning_rate.values:
        for seed in (0, 7):
            path = one_by_one(problem, depth, rate, 1000, method, seed, 0.4)[marks]
            ours = runs.sel(depth=depth, learning_rate=rate, seed=seed)
            assert_allclose(ours.weights, path, rtol=1e-10, atol=1e-10)
            assert_allclose(ours.loss, problem.loss(path), rtol=1e-10)
            assert np.linalg.norm(path[-1] - path[0]) > 0.1  # the run went somewhere


@pytest.mark.parametrize("method", ["factors", "rule"])
@pytest.mark.parametrize("examples", [40, 3])  # more and fewer than features: then some directions are flat
def test_least_squares_in_the_eigenbasis_equals_the_dense_way(examples, method):
    problem = regression(2, examples)

    class Plain(dl.problems.Problem):  # the same functions, without the type that lets the sweep take the short way
        shape, gradient, loss = problem.shape, problem.gradient, problem.loss

    settings = {"seed": (0, 1), "scale": 0.3, "network": NETWORKS[method], "record": 20, "keep_weights": True}
    fast, dense = (dl.sweep(task, (1, 2, 3), (1e-3, 1e-2), 1000, **settings) for task in (problem, Plain()))
    assert_allclose(fast.loss, dense.loss, rtol=1e-9)
    assert_allclose(fast.weights, dense.weights, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("p", [2, 4])
def test_divergence_is_reported_at_its_step_and_leaves_the_others_alone(p):
    problem, calm, wild = regression(p), RATES[p], 3.0
    runs = dl.sweep(problem, (1, 2), (calm, wild), 3000, record=np.arange(3001), keep_weights=True)
    alone = dl.sweep(problem, (1, 2), calm, 3000, record=np.arange(3001))
    assert_allclose(runs.loss.sel(learning_rate=calm), alone.loss.squeeze("learning_rate"), rtol=1e-10)
    assert (runs.diverged_at.sel(learning_rate=calm) == -1).all()
    for depth in (1, 2):
        run = runs.sel(depth=depth, learning_rate=wild, seed=0)
        end = run.diverged_at.item()
        assert 0 < end < 3000
        assert np.isfinite(run.loss[:end]).all()
        assert np.isfinite(run.weights[:end]).all()
        assert (run.loss[end:] == np.inf).all()
        assert run.weights[end:].isnull().all()
        with np.errstate(over="ignore", invalid="ignore"):
            path = one_by_one(problem, depth, wild, end, "factors", 0, 0.01)
            lengths = (problem.gradient(path) ** 2).sum(axis=1)
        assert np.isfinite(lengths[:end]).all()
        assert not np.isfinite(lengths[end])


def test_a_run_that_lives_has_no_end_and_one_that_dies_has_it_between_recorded_steps():
    runs = dl.sweep(dl.TwoPoint((10.0, 1.0), p=4), 1, (1e-3, 1e-1), 100, record=[2, 50])
    assert runs.diverged_at.values.ravel().tolist() == [-1, 5]
    assert np.isfinite(runs.loss.sel(step=2)).all()
    assert np.isinf(runs.loss.sel(step=[50, 100], learning_rate=1e-1)).all()


def test_depths_share_the_first_layer_and_seeds_do_not():
    start = (
        dl.sweep(regression(4), (1, 2), 1e-3, 1, seed=(0, 1), record=[0], keep_weights=True)
        .weights.sel(step=0)
        .squeeze()
    )
    one, two = start.sel(depth=1).values, start.sel(depth=2).values
    for seed in (0, 1):
        first, second = dl.near_zero((5, 1, 1), 0.01, seed)
        assert_array_equal(one[seed], first[0])
        assert_allclose(two[seed], second.item() * first[0], rtol=1e-14)
    assert not np.allclose(one[0], one[1])


def test_results_are_labelled_by_what_was_asked():
    problem = dl.TwoPoint((2.0, 1.0))
    runs = dl.sweep(problem, [3, 1], (0.1, 0.01), 50, seed=(4, 2), network=Rule, record=[0, 7])
    assert runs.loss.dims == ("depth", "learning_rate", "seed", "step")
    assert runs.diverged_at.dims == ("depth", "learning_rate", "seed")
    labels = {name: runs[name].values.tolist() for name in runs.loss.dims}
    assert labels == {"depth": [3, 1], "learning_rate": [0.1, 0.01], "seed": [4, 2], "step": [0, 7, 50]}
    assert runs.attrs == {
        "problem": repr(problem),
        "fingerprint": problem.fingerprint(),
        "network": "Rule",
        "width": "1",
        "optimizer": "GradientDescent()",
        "start": "NearZero(scale=0.01)",
        "schedule": "Constant()",
        "weight_decay": 0.0,
        "steps": 50,
        "dtype": "float64",
        "backend": "numpy",
        "version": f"deeplinear {dl.__version__}",
    }
    assert "weights" not in runs
    single = dl.sweep(problem, 1, 0.01, 50, seed=2, network=Rule, record=[50])
    assert_allclose(runs.loss.sel(depth=1, learning_rate=0.01, seed=2, step=50), single.loss.item(), rtol=1e-14)


def test_widths_optimizers_and_starts_are_axes_where_there_are_several():
    problem = regression(4)
    methods, starts = (
        {"plain": GradientDescent(), "Adam": Adam()},
        {"zero": NearZero(), "one": Identity(), "own": Balanced((0.1, 0, 0, 0, 0.2))},
    )
    settings = {"steps": 40, "seed": (0, 1), "record": [40]}
    runs = dl.sweep(problem, (1, 2), 1e-3, width=(1, 3), optimizer=methods, start=starts, **settings)
    assert runs.loss.dims == ("depth", "width", "optimizer", "start", "learning_rate", "seed", "step")
    assert runs.start.values.tolist() == ["zero", "one", "own"]
    for width, method, start in itertools.product((1, 3), methods, starts):
        alone = dl.sweep(problem, (1, 2), 1e-3, width=width, optimizer=methods[method], start=starts[start], **settings)
        assert alone.loss.dims == ("depth", "learning_rate", "seed", "step")
        assert_allclose(runs.loss.sel(width=width, optimizer=method, start=start), alone.loss, rtol=1e-12)
    spread = runs.loss.sel(depth=2).squeeze().values
    assert len(np.unique(spread.round(12))) == 2 * 2 * (2 * 2 + 1)  # a start of one's own has no seeds

    assert runs.attrs["optimizer"] == f"plain: {GradientDescent()}; Adam: {Adam()}"
    single = dl.sweep(problem, 2, 1e-3, dtype=np.float32, **settings)
    assert single.attrs["dtype"] == "float32"
    assert_allclose(single.loss, dl.sweep(problem, 2, 1e-3, **settings).loss, rtol=1e-4)


def test_a_progress_bar_counts_every_step_of_every_run(capsys):
    dl.sweep(regression(4), (1, 2, 3), (1e-3, 9.0), 500, progress=True)
    assert "100%" in capsys.readouterr().err
    dl.sweep(regression(4), 1, 1e-3, 10)
    assert not capsys.readouterr().err


def test_a_number_to_record_means_log_spaced_steps_from_first_to_last():
    steps = dl.sweep(dl.TwoPoint([1.0]), 1, 0.1, 1000, record=10).step.values
    assert len(steps) <= 10
    assert steps[[0, 1, -1]].tolist() == [0, 1, 1000]
    assert (np.diff(np.log(steps[1:])) > 0).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"depth": 0}, "depth is 0, it must be 1 or more"),
        ({"depth": (2, 2)}, r"depth is \(2, 2\): give at least one, each once"),
        ({"depth": ()}, "give at least one"),
        ({"seed": -1}, "seed is -1"),
        ({"learning_rate": 0.0}, r"learning_rate is \[0.0\]"),
        ({"learning_rate": (0.1, 0.1)}, "each positive and once"),
        ({"learning_rate": ()}, "give at least one"),
        ({"learning_rate": np.nan}, "learning_rate holds nan"),
        ({"steps": 0}, "steps is 0"),
        ({"scale": 0.0}, "scale is 0.0"),
        ({"width": 0}, "width is 0"),
        ({"width": (2, 2)}, r"width is \(2, 2\): give at least one, each once"),
        ({"optimizer": {}}, "optimizer is an empty mapping"),
        ({"start": Balanced((1.0, 2.0))}, r"weights of shape \(2,\) and the problem needs 1 weights"),
        ({"start": NearZero(), "scale": 0.1}, "which has a scale of its own"),
        ({"network": Chain(2), "depth": 2}, "leave out depth and width"),
        ({"network": Diagonal, "width": 3}, "width is 3, and Diagonal has none: leave it out"),
        ({"network": Rule, "depth": (2.5, 2.5)}, "give each once"),
        ({"network": Rule, "depth": 0.5}, "depth is 0.5"),
        ({"network": {}}, "network is an empty mapping"),
        (
            {"network": Amplification(2), "problem": dl.LpRegression(np.eye(2), np.eye(2))},
            "for one output, and there are 2",
        ),
        ({"weight_decay": -0.1}, "weight_decay is -0.1"),
        ({"dtype": np.float16}, "dtype is float16, it must be float64 or float32"),
        ({"method": "flow"}, "method is 'flow': leave it out, and give network="),
        ({"record": 1}, "record is 1"),
        ({"record": [5, 11]}, "whole steps from 0 to 10"),
        ({"record": [0.5]}, "whole steps from 0 to 10"),
        ({"record": []}, "whole steps from 0 to 10"),
    ],
)
def test_a_wrong_argument_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        dl.sweep(**{"problem": dl.TwoPoint([1.0]), "learning_rate": 0.1, "steps": 10, **change})


@pytest.mark.parametrize(
    "change", [{"depth": 1.5}, {"seed": "x"}, {"steps": 10.0}, {"record": "all"}, {"learning_rate": "a"}]
)
def test_a_wrong_type_is_named(change):
    with pytest.raises((TypeError, ValueError), match=next(iter(change))):
        dl.sweep(**{"problem": dl.TwoPoint([1.0]), "learning_rate": 0.1, "steps": 10, **change})


@pytest.mark.parametrize(
    "change", [{"optimizer": "adam"}, {"optimizer": Adam}, {"schedule": lambda step, loss: 1.0}, {"network": "rule"}]
)
def test_a_name_or_a_class_where_an_object_is_wanted_is_an_error_that_lists_the_names(change):
    (name,) = change
    listed = {"optimizer": "AdaDelta", "schedule": "WarmUp", "network": "Chain"}[name]
    with pytest.raises(TypeError, match=rf"{name} is .*{listed}\(…\)"):
        dl.sweep(dl.TwoPoint([1.0]), learning_rate=0.1, steps=10, **change)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"start": "identity"}, {"start": Identity()}),
        ({"start": "balanced", "scale": 0.2}, {"start": Balanced(scale=0.2)}),
        ({"start": (0.1, 0.2)}, {"start": Balanced((0.1, 0.2))}),
        ({"method": "rule"}, {"network": Rule}),
        ({"method": "amplification", "start": "identity"}, {"network": Amplification, "start": Identity()}),
    ],
)
def test_former_names_still_work_and_say_what_to_write(old, new):
    problem, settings = (
        dl.TwoPoint((2.0, 1.0), p=4),
        {"depth": (1, 2), "learning_rate": 0.01, "steps": 50, "record": [50]},
    )
    with pytest.warns(DeprecationWarning, match=r"write .*dl\.networks\."):
        before = dl.sweep(problem, **settings, **old)
    assert_array_equal(before.loss, dl.sweep(problem, **settings, **new).loss)


def test_networks_of_ones_own_choice_are_an_axis():
    problem = regression(4)
    networks = {"wide": Dense(2, 7), "narrow": Chain(3), "rule, 2.5 layers": Rule(2.5)}
    runs = dl.sweep(problem, network=networks, learning_rate=(1e-3, 1e-2), steps=60, record=[60], seed=(0, 1))
    assert runs.loss.dims == ("network", "learning_rate", "seed", "step")
    for name, network in networks.items():
        alone = dl.sweep(problem, network=network, learning_rate=(1e-3, 1e-2), steps=60, record=[60], seed=(0, 1))
        assert alone.loss.dims == ("learning_rate", "seed", "step")
        assert_allclose(runs.loss.sel(network=name), alone.loss, rtol=1e-12)


def test_several_outputs_and_a_column_of_targets_are_swept():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((30, 4))
    three = dl.LpRegression(inputs, rng.standard_normal((30, 3)), p=4)
    runs = dl.sweep(
        three, network=Dense(2, 3), learning_rate=1e-2, steps=200, record=[200], scale=0.3, keep_weights=True
    )
    assert runs.weights.dims == ("learning_rate", "seed", "step", "output", "feature")
    assert_allclose(runs.loss.item(), three.loss(runs.weights.values.squeeze()), rtol=1e-12)
    column = dl.LpRegression(inputs, three.targets[:, :1], p=4)
    flat = dl.LpRegression(inputs, three.targets[:, 0], p=4)
    settings = {"depth": (1, 3), "learning_rate": 1e-2, "steps": 100, "record": [100], "scale": 0.3}
    assert_allclose(dl.sweep(column, **settings).loss, dl.sweep(flat, **settings).loss, rtol=1e-12)


def test_a_sweep_keeps_what_it_was():
    settings = {"learning_rate": 1e-3, "steps": 10, "record": [10]}
    plain = dl.sweep(regression(4), 2, **settings)
    changes = {
        "optimizer": {"optimizer": Adam()},
        "schedule": {"schedule": WarmUp(5)},
        "width": {"width": 3},
        "weight_decay": {"weight_decay": 0.1},
        "start": {"start": Identity()},
    }
    also = {"width": ["network"]}
    for name, change in changes.items():
        other = dl.sweep(regression(4), 2, **settings, **change)
        assert {key for key in plain.attrs if plain.attrs[key] != other.attrs[key]} == ({name, *also.get(name, ())})
    assert dl.sweep(regression(2), 2, **settings).attrs["fingerprint"] != plain.attrs["fingerprint"]
    assert (
        dl.sweep(regression(4), 2, **settings, width=3).attrs != dl.sweep(regression(4), 2, **settings, width=5).attrs
    )


def test_an_observer_may_not_take_a_name_of_the_result():
    for name in ("loss", "seed", "weights"):
        with pytest.raises(ValueError, match=f"observe holds '{name}'"):
            dl.sweep(regression(4), 2, 1e-3, 10, observe={name: lambda snapshot: snapshot.loss}, keep_weights=True)


def test_weights_are_there_when_every_run_has_diverged():
    runs = dl.sweep(regression(4), (1, 2), 1e3, 100, record=[100], keep_weights=True)
    assert (runs.diverged_at > 0).all()
    assert runs.weights.isnull().all()
