"""Every way to the gradients against the problem's own formula."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear import _compiled
from deeplinear.engine import advance
from deeplinear.optimizers import Adam, HeavyBall
from deeplinear.oracles import CompiledPowerOracle, GramOracle, PowerOracle, ProblemOracle, SpectralOracle
from deeplinear.runs import Run
from deeplinear.schedules import PowerOfLoss

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
        weights = rng.standard_normal((runs, features))
        given = weights if oracle.basis is None else weights @ oracle.basis.T
        slopes, losses = oracle(given, with_loss=True)
        again, none = oracle(given)
        assert none is None
        if oracle.basis is not None:
            slopes, again = slopes @ oracle.basis, again @ oracle.basis
        assert_allclose(slopes, problem.gradient(weights), rtol=1e-9, atol=1e-11)
        assert_allclose(again, slopes, rtol=1e-12)
        assert_allclose(losses, problem.loss(weights), rtol=1e-11)


@compiled
@pytest.mark.parametrize("p", [3, 4])
def test_on_data_of_some_size_the_engine_takes_the_compiled_way_and_nothing_changes(p, monkeypatch):
    problem = regression(p, 1000, 40)
    runs = [
        *(Run(depth, rate, scale=0.2) for depth in (1, 2, 3) for rate in (1e-3, 5e-3, 9.0)),
        Run(1, 1e-3, optimizer=HeavyBall()),
        Run(2, 1e-3, width=4, optimizer=Adam()),
        Run(2, 1e-3, schedule=PowerOfLoss(-0.5), scale=0.2),
        Run(3, 1e-3, method="rule", scale=0.2),
    ]
    used = []
    call = CompiledPowerOracle.__call__
    monkeypatch.setattr(CompiledPowerOracle, "__call__", lambda self, *args, **kw: used.append(1) or call(self, *args, **kw))
    fast = advance(problem, runs, [0, 10, 400], keep_weights=True)
    assert used
    monkeypatch.setattr(_compiled, "available", lambda: False)
    plain = advance(problem, runs, [0, 10, 400], keep_weights=True)
    assert_allclose(fast.loss, plain.loss, rtol=1e-10)
    assert_allclose(fast.weights, plain.weights, rtol=1e-9, atol=1e-11)
    assert (fast.diverged_at == plain.diverged_at).all()
    assert 3 <= (fast.diverged_at >= 0).sum() < len(runs)


@compiled
def test_single_precision_through_the_compiled_way():
    problem = regression(4, 1000, 40)
    single, double = (advance(problem, [Run(2, 1e-3, scale=0.2)], [0, 200], dtype=dtype).loss for dtype in (np.float32, float))
    assert_allclose(single, double, rtol=1e-4)
    assert (single != double).any()
