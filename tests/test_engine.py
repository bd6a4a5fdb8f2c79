"""The engine against a loop that a reader would write for one run; mixtures, single precision, checkpoints, every oracle."""

import dataclasses
import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear import _compiled
from deeplinear.engine import advance
from deeplinear.optimizers import AdaDelta, AdaGrad, Adam, GradientDescent, HeavyBall, Nesterov, RMSProp
from deeplinear.runs import Run
from deeplinear.schedules import PowerOfLoss, WarmUp

OPTIMIZERS = {
    "GradientDescent": (GradientDescent(), {2: 2e-2, 3: 2e-2, 4: 1e-2, 6: 5e-4}),
    "HeavyBall": (HeavyBall(), {2: 4e-3, 3: 3e-3, 4: 1e-3, 6: 5e-5}),
    "Nesterov": (Nesterov(), {2: 4e-3, 3: 3e-3, 4: 1e-3, 6: 5e-5}),
    "AdaGrad": (AdaGrad(), dict.fromkeys((2, 3, 4, 6), 5e-2)),
    "AdaDelta": (AdaDelta(epsilon=1e-3), dict.fromkeys((2, 3, 4, 6), 0.05)),  # at its usual ε it is chaotic near the optimum
    "RMSProp": (RMSProp(epsilon=1e-2), dict.fromkeys((2, 3, 4, 6), 3e-4)),
    "Adam": (Adam(epsilon=1e-3), dict.fromkeys((2, 3, 4, 6), 3e-3)),
}


def regression(p, examples=40, features=5):
    rng = np.random.default_rng(int(2 * p))
    inputs = rng.standard_normal((examples, features))
    return dl.LpRegression(inputs, inputs @ rng.standard_normal(features) + 0.3 * rng.standard_normal(examples), p=p)


def naive(problem, run, steps):
    """One run, one layer at a time, from the public pieces: end-to-end weights after each step."""
    layers = list(run.initial_factors(problem.shape[0]))
    memory = [run.optimizer.initial_state(W) for W in layers]
    path = []
    for step in range(steps + 1):
        w = dl.end_to_end(layers)
        path.append(w[0])
        eta = run.learning_rate * float(run.schedule(step, problem.loss(w[0])))
        slopes = dl.layer_gradients(layers, problem.gradient(w[0]))
        for j, G in enumerate(slopes):
            layers[j], memory[j] = run.optimizer.step(layers[j], G + run.weight_decay * layers[j], memory[j], eta)
    return np.array(path)


@pytest.mark.parametrize("p", [2, 3, 4, 6])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_run_equals_the_naive_loop(name, p):
    method, rates = OPTIMIZERS[name]
    problem, marks = regression(p), [0, 1, 10, 1000]
    runs = [
        Run(depth, rates[p], seed=depth, width=width, scale=0.4, optimizer=method)
        for depth, width in itertools.product((1, 2, 3, 4), (1, 5))
    ]
    together, moved = advance(problem, runs, marks, keep_weights=True), []
    for i, run in enumerate(runs):
        path = naive(problem, run, 1000)[marks]
        assert_allclose(together.weights[i], path, rtol=1e-10, atol=1e-10, err_msg=f"{run}")
        assert_allclose(together.loss[i], problem.loss(path), rtol=1e-10)
        moved.append(np.linalg.norm(path[-1] - path[0]) > 0.05)
    assert sum(moved) >= 5  # deep ones may still sit on their plateau


@pytest.mark.parametrize("p", [1.5, 2, 2.5, 4, 5])
@pytest.mark.parametrize("change", [{"weight_decay": 0.2}, {"schedule": WarmUp(50)}, {"schedule": PowerOfLoss(-0.5)}])
@pytest.mark.parametrize("width", [1, 3])
def test_decay_and_schedules_equal_the_naive_loop(p, change, width):
    problem, run = regression(p), Run(3, 5e-3, width=width, scale=0.5, **change)
    path = naive(problem, run, 300)[[0, 300]]
    result = advance(problem, [run], [0, 300], keep_weights=True)
    assert_allclose(result.weights[0], path, rtol=1e-9, atol=1e-11)
    plain = advance(problem, [dataclasses.replace(run, weight_decay=0.0, schedule=Run().schedule)], [0, 300])
    assert abs(plain.loss[0, -1] / result.loss[0, -1] - 1) > 1e-3


def test_a_mixture_gives_what_each_run_gives_alone():
    problem = regression(4)
    runs = [
        Run(1, 1e-2),
        Run(3, 1e-2, method="rule", start=(0.1, 0.2, 0.0, -0.3, 0.1)),
        Run(2, 1e-2, width=4, optimizer=Adam()),
        Run(2, 9.0, scale=0.5),  # diverges
        Run(4, 1e-2, start="identity", schedule=WarmUp(30)),
        Run(3, 1e-2, start="identity", method="amplification"),
        Run(3, 1e-2, start="identity", method="adaptive-step", weight_decay=0.1),
    ]
    marks = [0, 5, 200]
    together = advance(problem, runs, marks, keep_weights=True)
    for i, run in enumerate(runs):
        alone = advance(problem, [run], marks, keep_weights=True)
        assert_allclose(together.loss[i], alone.loss[0], rtol=1e-10)
        assert_allclose(together.weights[i], alone.weights[0], rtol=1e-9, atol=1e-12)
        assert together.diverged_at[i] == alone.diverged_at[0]
    assert (together.diverged_at >= 0).tolist() == [False, False, False, True, False, False, False]


def test_the_parts_of_the_rule_multiply_to_the_rule():
    problem, w = regression(4), (0.4, -0.1, 0.2, 0.0, 0.3)
    g, eta, depth = problem.gradient(w), 1e-3, 3
    ends = {}
    for method in ("rule", "adaptive-step", "amplification"):
        result = advance(problem, [Run(depth, eta, start=w, method=method)], [0, 1], keep_weights=True)
        ends[method] = (result.weights[0, 1] - result.weights[0, 0]) / -eta
    size = np.linalg.norm(w) ** (2 - 2 / depth)
    assert_allclose(ends["rule"], dl.precondition_vector(w, g, depth), rtol=1e-9)
    assert_allclose(ends["adaptive-step"], size * g, rtol=1e-9)
    assert_allclose(ends["amplification"] * size, ends["rule"], rtol=1e-9)


@pytest.mark.skipif(not _compiled.available(), reason="Numba is not installed")
def test_the_compiled_way_and_the_batched_way_agree(monkeypatch):
    problem = regression(2)
    runs = [
        Run(depth, rate, scale=0.3, weight_decay=decay) for depth in (1, 2, 4) for rate in (1e-2, 9.0) for decay in (0, 0.1)
    ]
    marks = [0, 1, 7, 10_000]
    compiled = advance(problem, runs, marks, keep_weights=True)
    monkeypatch.setattr(_compiled, "available", lambda: False)
    batched = advance(problem, runs, marks, keep_weights=True)
    assert_array_equal(compiled.diverged_at, batched.diverged_at)
    assert_allclose(compiled.loss, batched.loss, rtol=1e-9)
    assert_allclose(compiled.weights, batched.weights, rtol=1e-9, atol=1e-12)
    assert (compiled.diverged_at >= 0).any()
    assert (compiled.diverged_at < 0).any()


@pytest.mark.parametrize("run", [Run(1, 1.0, schedule=WarmUp(400)), Run(3, 1.0, method="adaptive-step", start=(0.1,) * 5)])
def test_a_coordinate_at_rest_does_not_hide_that_a_step_is_too_long(run):
    """A step that grows slowly first brings the steep directions to rest; it must not spare them when it has grown too long."""
    inputs = np.random.default_rng(0).standard_normal((40, 5)) * (4, 3, 2, 1, 1)
    problem = dl.LpRegression(inputs, inputs @ (1.0, -1.0, 2.0, 0.5, 3.0))

    class Dense:
        shape, gradient, loss, targets = problem.shape, problem.gradient, problem.loss, problem.targets

    for task in (problem, Dense()):
        assert advance(task, [run], [3000]).diverged_at[0] > 0


@pytest.mark.parametrize("optimizer", [GradientDescent(), Adam()])
def test_single_precision_stays_single_and_close(optimizer):
    problem, runs = regression(4), [Run(depth, 3e-3, scale=0.4, optimizer=optimizer) for depth in (1, 3)]
    double, single = (advance(problem, runs, [0, 300], dtype=dtype) for dtype in (np.float64, np.float32))
    assert_allclose(single.loss, double.loss, rtol=2e-4)
    assert (single.loss != double.loss).all()


@pytest.mark.parametrize("p", [2, 4])
def test_an_interrupted_batch_goes_on_where_it_was(p, tmp_path, monkeypatch):
    problem, marks = regression(p), np.arange(0, 401, 50)
    runs = [Run(2, 1e-2, scale=0.4), Run(2, 9.0, scale=0.4), Run(3, 1e-2, optimizer=Adam())]
    whole = advance(problem, runs, marks, keep_weights=True)
    monkeypatch.setattr("deeplinear.batches._SAVE_EVERY", 0.0)
    monkeypatch.setattr("deeplinear.batches._LEAP", 30)
    monkeypatch.setattr("deeplinear.batches._REPORT_EVERY", 1)
    taken = 0

    def power_cut(steps):
        nonlocal taken
        taken += steps
        if taken > {2: 1000, 4: 750}[p]:  # least squares has two parts: two runs compiled, one through the Gram matrix
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance(problem, runs, marks, keep_weights=True, checkpoint=tmp_path / "batch", progress=power_cut)
    assert list(tmp_path.glob("batch-*.npz"))
    calls = []
    resumed = advance(
        problem, runs, marks, keep_weights=True, checkpoint=tmp_path / "batch", progress=lambda steps: calls.append(steps)
    )
    assert sum(calls) <= {2: 200, 4: 450}[p]  # it did not begin anew
    assert_array_equal(resumed.loss, whole.loss)
    assert_array_equal(resumed.diverged_at, whole.diverged_at)
    assert_array_equal(resumed.weights, whole.weights)
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_of_other_runs_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("deeplinear.batches._SAVE_EVERY", 0.0)
    monkeypatch.setattr("deeplinear.batches._REPORT_EVERY", 1)

    def power_cut(steps):
        if list(tmp_path.iterdir()):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance(regression(4), [Run()], [0, 500], checkpoint=tmp_path / "batch", progress=power_cut)
    with pytest.raises(ValueError, match="checkpoint of other runs"):
        advance(regression(4), [Run(seed=1)], [0, 500], checkpoint=tmp_path / "batch")
