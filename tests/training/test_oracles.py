"""Every way to the gradients against the problem's own formula."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.networks import Chain, Dense, NearZero, Rule
from deeplinear.training import _compiled
from deeplinear.training.advancing import advance
from deeplinear.training.optimizers import Adam, HeavyBall
from deeplinear.training.oracles import CompiledPowerOracle, GramOracle, PowerOracle, ProblemOracle, SpectralOracle
from deeplinear.training.recording import Weights
from deeplinear.training.run import Run
from deeplinear.training.schedules import PowerOfLoss

compiled = pytest.mark.skipif(not _compiled.available(), reason="Numba is not installed")


def regression(p, examples, features):
    rng = np.random.default_rng(examples)
    inputs = rng.standard_normal((examples, features))
    return dl.LpRegression(inputs, inputs @ rng.standard_normal(features) + 0.3 * rng.standard_normal(examples), p=p)


@pytest.mark.parametrize(
    ("make", "p"),
    [
        *((make, p) for make in (PowerOracle, ProblemOracle) for p in (1.5, 2, 2.5, 3, 4, 5, 6)),
        *(pytest.param(CompiledPowerOracle, p, marks=compiled) for p in (1.5, 2, 2.5, 3, 4, 5, 6)),
        (SpectralOracle, 2),
        (GramOracle, 2),
    ],
)
@pytest.mark.parametrize(("examples", "features"), [(7, 3), (1000, 4), (513, 70)])  # fewer and more than a tile holds
def test_gradients_and_losses_are_the_problems_own(make, p, examples, features):
    problem = regression(p, examples, features)
    oracle, rng = make(problem), np.random.default_rng(0)
    for runs in (1, 24, 60, 2):  # fewer and more than are done at a time; the room is made anew
        weights = rng.standard_normal((runs, 1, features))
        given = weights if oracle.basis is None else weights @ oracle.basis.T
        slopes, losses = oracle(given, with_loss=True)
        again, none = oracle(given)
        assert none is None
        if oracle.basis is not None:
            slopes, again = slopes @ oracle.basis, again @ oracle.basis
        assert_allclose(slopes[:, 0], problem.gradient(weights[:, 0]), rtol=1e-9, atol=1e-11)
        assert_allclose(again, slopes, rtol=1e-12)
        assert_allclose(losses, problem.loss(weights[:, 0]), rtol=1e-11)


FIRST_CALLS = {
    "power_gradients": "np.zeros((1, 2)), np.zeros((1, 1, 2, 1)), np.zeros((1, 1, 1, 1)), 4.0, np.zeros((1, 1, 1)), "
    "np.zeros((1, 2, 1, 1)), np.zeros((1, 1)), True",
    "descend": "np.zeros((1, 1)), np.ones(1, int), np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1), 0, 1",
}


@compiled
@pytest.mark.parametrize("loop", FIRST_CALLS)
def test_a_compiled_loop_may_be_the_first_that_a_process_calls(loop):
    """Its trial takes the same lock as its work."""
    code = f"import numpy as np; from deeplinear.training import _compiled; _compiled.{loop}({FIRST_CALLS[loop]})"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@compiled
@pytest.mark.parametrize("p", [3, 4])
def test_on_data_of_some_size_the_engine_takes_the_compiled_way_and_nothing_changes(p, monkeypatch):
    problem = regression(p, 1000, 40)
    runs = [
        *(Run(Chain(depth), rate, start=NearZero(0.2)) for depth in (1, 2, 3) for rate in (1e-3, 5e-3, 9.0)),
        Run(Chain(1), 1e-3, optimizer=HeavyBall()),
        Run(Dense(2, 4), 1e-3, optimizer=Adam()),
        Run(Chain(2), 1e-3, schedule=PowerOfLoss(-0.5), start=NearZero(0.2)),
        Run(Rule(3), 1e-3, start=NearZero(0.2)),
    ]
    used = []
    call = CompiledPowerOracle.__call__
    monkeypatch.setattr(
        CompiledPowerOracle, "__call__", lambda self, *args, **kw: used.append(1) or call(self, *args, **kw)
    )
    fast = advance(problem, runs, [0, 10, 400], observe=[Weights()])
    assert used
    monkeypatch.setattr(_compiled, "available", lambda: False)
    plain = advance(problem, runs, [0, 10, 400], observe=[Weights()])
    assert_allclose(fast.loss, plain.loss, rtol=1e-10)
    assert_allclose(fast.recorded["weights"], plain.recorded["weights"], rtol=1e-9, atol=1e-11)
    assert (fast.diverged_at == plain.diverged_at).all()
    assert 3 <= (fast.diverged_at >= 0).sum() < len(runs)


@compiled
def test_single_precision_through_the_compiled_way():
    problem = regression(4, 1000, 40)
    single, double = (
        advance(problem, [Run(Chain(2), 1e-3, start=NearZero(0.2))], [0, 200], dtype=dtype).loss
        for dtype in (np.float32, float)
    )
    assert_allclose(single, double, rtol=1e-4)
    assert (single != double).any()


@pytest.mark.parametrize("outputs", [1, 3, 10])
@pytest.mark.parametrize(
    ("make", "p"),
    [
        (PowerOracle, 1.5),
        (PowerOracle, 4),
        pytest.param(CompiledPowerOracle, 4, marks=compiled),
        (SpectralOracle, 2),
        (GramOracle, 2),
    ],
)
def test_several_outputs_are_the_problems_own(make, p, outputs):
    rng = np.random.default_rng(outputs)
    inputs, targets = rng.standard_normal((600, 7)), rng.standard_normal((600, outputs))
    problem = dl.LpRegression(inputs, targets, p=p)
    oracle = make(problem)
    for runs in (1, 30, 300):  # more rows than the residuals of which are held at a time
        weights = rng.standard_normal((runs, outputs, 7))
        given = weights if oracle.basis is None else weights @ oracle.basis.T
        slopes, losses = oracle(given, with_loss=True)
        if oracle.basis is not None:
            slopes = slopes @ oracle.basis
        assert_allclose(slopes, problem.gradient(weights), rtol=1e-9, atol=1e-11)
        assert_allclose(losses, problem.loss(weights), rtol=1e-11)


class Ridge(dl.LpRegression):
    """A subclass that changes the loss: it must be trained as it says, not as its parent."""

    def loss(self, weights):
        return super().loss(weights) + (np.asarray(weights) ** 2).sum(axis=-1) / 2

    def gradient(self, weights):
        return super().gradient(weights) + np.asarray(weights)


@pytest.mark.parametrize("p", [2, 4])
@pytest.mark.parametrize("examples", [30, 2000])
def test_a_subclass_that_changes_the_loss_is_trained_as_it_says(p, examples):
    plain = regression(p, examples, 20)
    ridge = Ridge(plain.inputs, plain.targets, p)
    run = Run(Chain(2), 2e-3, start=NearZero(0.2))
    result = advance(ridge, [run], [0, 400], observe=[Weights()])
    end = result.recorded["weights"][0, -1]
    assert_allclose(result.loss[0, -1], ridge.loss(end), rtol=1e-12)
    assert abs(result.loss[0, -1] / advance(plain, [run], [400]).loss[0, -1] - 1) > 1e-2
