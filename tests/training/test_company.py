"""What a run becomes does not depend on its company, its observers, or the way in which its loss is computed."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl

N = dl.networks
FAR = dl.TwoPoint((10.0, 1.0), p=4)
rng = np.random.default_rng(0)
INPUTS = rng.standard_normal((30, 4)) @ np.diag([3, 1, 0.5, 0.1])
TARGETS = INPUTS @ [1.0, -2, 0, 0.5] + 0.1 * rng.standard_normal(30)


class Generic(dl.LpRegression):
    """The same loss, computed by its own methods."""

    def loss(self, weights):
        return super().loss(weights)

    def gradient(self, weights):
        return super().gradient(weights)


@pytest.mark.parametrize("optimizer", [dl.optimizers.GradientDescent(), dl.optimizers.HeavyBall()])
def test_a_shallow_chain_stays_itself_when_its_deeper_neighbours_have_diverged(optimizer):
    runs = [dl.Run(N.Chain(depth), 5e-3, optimizer=optimizer) for depth in (1, 3)]
    alone, together = (dl.advance(FAR, some, [0, 1000]) for some in (runs[:1], runs))
    assert together.diverged_at[1] >= 0
    assert_allclose(together.loss[0], alone.loss[0], rtol=1e-14)


SQUARES = dl.LpRegression(
    np.column_stack([INPUTS, np.ones(30)]), 1000 + 1e-4 * (INPUTS @ [1.0, 2.0, 3.0, 4.0]) + 1e-4 * np.sin(np.arange(30))
)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 2e-3)])
def test_jax_keeps_losses_that_are_small_beside_the_targets(dtype, tolerance):
    pytest.importorskip("jax")
    runs = [dl.Run(learning_rate=0.1)]
    mine, jax = (dl.advance(SQUARES, runs, [0, 200, 5000], backend=by, dtype=dtype).loss for by in ("numpy", "jax"))
    assert_allclose(jax, mine, rtol=tolerance)
    assert (jax >= 0).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("exponent", "rate"), [(-0.05, 0.1), (0.1, 0.02)])
def test_a_schedule_that_follows_the_loss_sees_it_without_cancellation(dtype, exponent, rate):
    targets = 1001 * (INPUTS @ [1.0, -2, 0, 0.5]) + 1e-3 * np.cos(np.arange(30))
    runs = [dl.Run(learning_rate=rate, schedule=dl.schedules.PowerOfLoss(exponent))]
    plain, generic = (
        dl.advance(kind(INPUTS, targets), runs, [0, 100, 3000], dtype=dtype) for kind in (dl.LpRegression, Generic)
    )
    assert plain.diverged_at == generic.diverged_at == -1
    assert_allclose(plain.loss, generic.loss, rtol=1e-9 if dtype == "float64" else 5e-2)


@dataclass(frozen=True)
class Lasso(N.Chain):
    def decay(self, layers):
        return tuple(np.sign(W) for W in layers)


@dataclass(frozen=True)
class Kicked(dl.optimizers.HeavyBall):
    def initial_state(self, parameters):
        return (np.ones_like(parameters),)


@pytest.mark.parametrize(
    "run",
    [
        dl.Run(Lasso(2), 0.05, weight_decay=0.1, start=N.NearZero(0.3)),
        dl.Run(N.Chain(2), 0.01, optimizer=Kicked(), start=N.NearZero(0.3)),
    ],
)
def test_what_is_overridden_is_computed_in_the_features_own_basis(run):
    ends = [
        dl.advance(kind(INPUTS, TARGETS), [run], [0, 300], observe=[dl.recording.Weights()]).recorded["weights"]
        for kind in (dl.LpRegression, Generic)
    ]
    assert_allclose(*ends, rtol=1e-9, atol=1e-12)


def test_an_observer_cannot_change_the_run():
    def meddle(snapshot):
        for layer in snapshot.layers:
            layer /= 2
        return snapshot.loss

    with pytest.raises(ValueError, match="read-only"):
        dl.advance(FAR, [dl.Run(N.Chain(2), 1e-3)], [0, 10], observe={"mine": meddle})


class Unnameable(dl.problems.Problem):
    """Its fingerprint cannot be taken, since a lock has no content."""

    shape = (2,)

    def __init__(self):
        import threading

        self.lock, self.asked = threading.Lock(), 0

    def loss(self, weights):
        return (weights**2).sum(-1) / 2

    def gradient(self, weights):
        self.asked += 1
        return weights


@pytest.mark.parametrize(
    "job", [lambda p: dl.sweep(p, 1, 0.1, 500), lambda p: dl.tune(p, N.Chain(1), budget=500, seeds=2)]
)
def test_a_problem_without_a_fingerprint_is_refused_before_the_work(job):
    problem = Unnameable()
    with pytest.raises(TypeError, match="fingerprint"):
        job(problem)
    assert problem.asked < 20


def test_a_method_that_cannot_be_tuned_does_not_cost_the_others():
    methods = {"plain": {}, "stuck": {"network": N.Chain(4), "start": N.NearZero(1e-60)}}
    with pytest.warns(UserWarning, match=r"stuck: no rate from .* It is left out"):
        found = dl.compare(dl.TwoPoint((1.0, 0.5)), methods, budget=20, seeds=3)
    assert list(found.tuned) == ["plain"]


def test_a_sweep_says_which_backend_with_its_settings(tmp_path):
    pytest.importorskip("jax")
    made = dl.sweep(FAR, 1, 1e-4, 5, backend=dl.training.backends.Jax(device="cpu"))
    assert made.attrs["backend"] == "Jax(device='cpu')"


def test_a_network_whose_pullback_is_not_analytic_has_no_silent_sharpness():
    @dataclass(frozen=True)
    class Norms(N.Network):
        def layer_shapes(self, shape):
            return (shape, (1, 1))

        def weights(self, layers):
            v, s = layers
            return s * v / ((v * v).sum(axis=(1, 2), keepdims=True)) ** 0.5

        def pullback(self, layers, slopes):
            v, s = layers
            size = np.linalg.norm(v, axis=(1, 2), keepdims=True)
            along = (slopes * v).sum(axis=(1, 2), keepdims=True)
            return (s / size * (slopes - along * v / size**2), along / size)

    with pytest.raises(TypeError, match="pullback"):
        dl.sharpness(dl.TwoPoint((1.0, 2.0)), [[[0.5, 1.0]], [[2.0]]], Norms())


def test_a_pullback_that_is_not_the_transpose_is_named():
    @dataclass(frozen=True)
    class Wrong(N.Chain):
        def pullback(self, layers, slopes):
            return tuple(2 * layer for layer in super().pullback(layers, slopes))

    with pytest.raises(TypeError, match="not the transpose"):
        dl.sharpness(dl.TwoPoint((1.0, 2.0)), [[[0.5, 1.0]], [[2.0]]], Wrong(2))
