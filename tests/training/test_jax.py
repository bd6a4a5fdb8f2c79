"""JAX gives what NumPy gives, and says what it cannot follow."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear import networks, optimizers
from deeplinear._door import offered
from deeplinear.networks import AdaptiveStep, Amplification, Chain, Dense, Diagonal, NearZero, Rule, namespace
from deeplinear.training import checkpoint, recording
from deeplinear.training.backends import Jax
from deeplinear.training.schedules import CosineDecay, PowerOfLoss, Schedule, WarmUp

jax = pytest.importorskip("jax")

NETWORKS = [Chain(1), Chain(3), Dense(2, 3), Diagonal(3), Rule(2.5), AdaptiveStep(2), Amplification(2)]
ONE_OUTPUT = (AdaptiveStep, Amplification)
POWERS = [1.5, 2, 3, 4, 6]

rng = np.random.default_rng(0)
INPUTS = rng.standard_normal((12, 4))
TARGETS = INPUTS @ rng.standard_normal((4, 3)) + rng.standard_normal((12, 3))
MANY = rng.standard_normal((300, 5))  # so many that they are arguments of what is compiled
START = NearZero(0.3)

SETTINGS = {"NaturalGradient": (INPUTS.T @ INPUTS / len(INPUTS),)}
OPTIMIZERS = [getattr(optimizers, name)(*SETTINGS.get(name, ())) for name in offered(optimizers.Optimizer, optimizers)]


WEIGHTS = (recording.Weights(),)


def both(problem, runs, marks, observe=WEIGHTS, **settings):
    """The trajectories on NumPy and on JAX, which must agree."""
    here = dl.advance(problem, runs, marks, observe=observe, **settings)
    there = dl.advance(problem, runs, marks, observe=observe, backend="jax", **settings)
    close = {"rtol": 1e-4, "atol": 1e-4} if settings.get("dtype") == np.float32 else {"rtol": 1e-9, "atol": 1e-9}
    assert_array_equal(there.diverged_at, here.diverged_at)
    assert_allclose(there.loss, here.loss, rtol=close["rtol"])
    assert there.recorded.keys() == here.recorded.keys()
    for name, values in here.recorded.items():
        assert_allclose(there.recorded[name], values, **close)
    return there


def pairs(power, outputs):
    """A fifth of all networks × optimizers, another at every p, in which each network and each optimizer occurs."""
    for i, network in enumerate(NETWORKS):
        for j, optimizer in enumerate(OPTIMIZERS):
            if outputs > 1 and isinstance(network, ONE_OUTPUT):
                continue
            if isinstance(network, Diagonal) and isinstance(optimizer, optimizers.NaturalGradient):
                continue  # chaotic: its Fisher matrix is singular wherever an entry passes through 0
            if (i + j) % len(POWERS) == POWERS.index(power):
                yield network, optimizer


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("power", POWERS)
def test_every_network_moves_under_every_optimizer_as_on_numpy(power, outputs):
    problem = dl.LpRegression(INPUTS, TARGETS if outputs > 1 else TARGETS[:, 0], p=power)
    runs = [
        dl.Run(network=network, optimizer=optimizer, learning_rate=1e-4, start=START, weight_decay=1e-2)
        for network, optimizer in pairs(power, outputs)
    ]
    result = both(problem, runs, [0, 10, 1000])
    assert (result.loss[:, -1] < result.loss[:, 0]).all()


def test_every_network_and_every_optimizer_is_in_the_list():
    assert {type(network).__name__ for network in NETWORKS} == set(offered(networks.Network, networks))
    assert {optimizer.acts_on for optimizer in OPTIMIZERS} == {"entries", "layers", "network"}


@pytest.mark.parametrize(
    "problem",
    [
        dl.problems.LogisticRegression(INPUTS, TARGETS[:, 0] > 0),
        dl.problems.MatrixCompletion(TARGETS, rng.random(TARGETS.shape) < 0.6, p=4),
        dl.problems.MatrixSensing(rng.standard_normal((300, 3, 2)), rng.standard_normal(300), p=3),
        dl.TwoPoint((3.0, 1.0), p=4),
        dl.LpRegression(MANY, MANY @ np.ones((5, 2)) + 1, p=4),
        dl.LpRegression(MANY, MANY @ np.ones(5) + 1),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_every_problem_is_followed(problem):
    runs = [
        dl.Run(network=network, optimizer=optimizer, learning_rate=1e-3, start=START)
        for network, optimizer in [(Dense(2, 3), optimizers.GradientDescent()), (Diagonal(2), optimizers.Adam())]
    ]
    both(problem, runs, [0, 1000])


def test_runs_that_diverge_schedules_observers_and_progress_are_those_of_numpy():
    problem, told = dl.TwoPoint((10.0, 1.0), p=4), []
    schedules = [dl.schedules.Constant(), WarmUp(50), CosineDecay(300), PowerOfLoss(-0.25)]
    runs = [
        dl.Run(network=Chain(depth), learning_rate=rate, schedule=schedule, weight_decay=decay, seed=depth)
        for depth, decay in ((1, 0.0), (2, 1e-3), (3, 0.0))
        for rate in (1e-4, 1e-3, 1e-1)
        for schedule in schedules
    ]
    observe = [recording.Weights(), recording.LayerNorms(), recording.Imbalance()]
    result = both(problem, runs, [0, 3, 70, 300], observe)
    assert (result.diverged_at >= 0).any()
    assert (result.diverged_at < 0).any()
    dl.advance(problem, runs, [0, 300], backend="jax", progress=told.append)
    assert sum(told) == 300 * len(runs)


def test_single_precision_and_the_settings_of_jax_elsewhere():
    problem = dl.LpRegression(MANY, MANY @ np.ones(5) + 1, p=4)
    seen = []
    observe = {"precision": lambda snapshot: seen.append(snapshot.weights.dtype) or snapshot.loss}
    runs = [dl.Run(network=Dense(2, 2), optimizer=optimizers.Adam(), learning_rate=1e-3, start=START)]
    both(problem, runs, [0, 100], observe, dtype=np.float32)
    assert set(seen) == {np.dtype(np.float32)}
    assert jax.numpy.ones(1).dtype == np.float32
    assert not jax.config.jax_enable_x64


def test_a_run_that_was_interrupted_goes_on_from_its_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "_SAVE_EVERY", 0.0)
    problem, told, file = dl.TwoPoint((10.0, 1.0), p=4), [], tmp_path / "state"
    runs = [dl.Run(network=Chain(2), optimizer=optimizers.Adam(), learning_rate=rate) for rate in (1e-3, 1e-2)]
    runs += [dl.Run(network=Dense(2, 2), learning_rate=10.0)]
    whole = dl.advance(problem, runs, [0, 30, 600], backend="jax", observe=[recording.Weights()])

    def interrupt(taken):
        told.append(taken)
        if sum(told) > 100 * len(runs):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dl.advance(
            problem,
            runs,
            [0, 30, 600],
            backend="jax",
            observe=[recording.Weights()],
            progress=interrupt,
            checkpoint=file,
        )
    told.clear()
    resumed = dl.advance(
        problem, runs, [0, 30, 600], backend="jax", observe=[recording.Weights()], progress=told.append, checkpoint=file
    )
    assert told[0] > 0
    assert sum(told) == 600 * len(runs)
    assert_array_equal(resumed.loss, whole.loss)
    assert_array_equal(resumed.diverged_at, whole.diverged_at)
    assert_array_equal(resumed.recorded["weights"], whole.recorded["weights"])
    assert not list(tmp_path.iterdir())


def test_a_device_can_be_chosen_and_no_runs_are_no_trouble():
    problem = dl.TwoPoint((1.0,))
    here = dl.advance(problem, [dl.Run()], [0, 5])
    assert_allclose(dl.advance(problem, [dl.Run()], [0, 5], backend=Jax("cpu")).loss, here.loss, rtol=1e-12)
    assert dl.advance(problem, [], [0, 5], backend="jax").loss.shape == (0, 2)


class OwnData(dl.problems.Problem):
    """Looks at its own data with NumPy, and at the weights with what the libraries share."""

    shape = (5,)

    def __init__(self):
        self.inputs = MANY

    def loss(self, weights):
        residuals = namespace(weights).asarray(weights) @ self.inputs.T - 1.0
        return (residuals**2).sum(axis=-1) / (2 * np.linalg.norm(self.inputs))

    def gradient(self, weights):
        return (namespace(weights).asarray(weights) @ self.inputs.T - 1.0) @ self.inputs / np.linalg.norm(self.inputs)


@dataclass(frozen=True)
class Counting(optimizers.Optimizer):
    """A whole number for its memory, which becomes another kind of number, and layers one by one."""

    acts_on = "layers"

    def initial_state(self, parameters):
        return (0,)

    def step(self, parameters, gradient, state, learning_rate):
        return parameters - learning_rate * gradient / (1 + state[0]), (state[0] + 0.5,)


def test_what_is_handed_in_from_outside_is_followed_too():
    both(OwnData(), [dl.Run(network=Dense(2, 2), optimizer=Counting(), start=START, learning_rate=1e-2)], [0, 50])


class NumPyAlone(dl.problems.Problem):
    shape = (2,)

    def loss(self, weights):
        return (np.asarray(weights, dtype=float) ** 2).sum(axis=-1) / 2

    def gradient(self, weights):
        return np.asarray(weights, dtype=float)


@dataclass(frozen=True)
class InPlace(optimizers.Optimizer):
    def step(self, parameters, gradient, state, learning_rate):
        parameters -= learning_rate * gradient
        parameters[:, 0] = 0.0
        return parameters, state


@dataclass(frozen=True)
class Grows(optimizers.Optimizer):
    def initial_state(self, parameters):
        return (parameters,)

    def step(self, parameters, gradient, state, learning_rate):
        return parameters, (namespace(gradient).concatenate([state[0], gradient]),)


@dataclass(frozen=True)
class Branches(networks.Network):
    def layer_shapes(self, shape):
        return (shape,)

    def weights(self, layers):
        return layers[0] if (layers[0] < 1e9).all() else 0 * layers[0]

    def pullback(self, layers, slopes):
        return (slopes,)


@dataclass(frozen=True)
class Stepwise(Schedule):
    needs_loss = True

    def __call__(self, step, loss):
        return np.ones(len(loss)) if step < 10 else np.full(len(loss), 0.5)


@pytest.mark.parametrize(
    ("said", "problem", "settings"),
    [
        ("the problem .*NumPyAlone", NumPyAlone(), {}),
        (r"the optimizer InPlace\(\)", dl.TwoPoint((1.0, 2.0)), {"optimizer": InPlace()}),
        (r"the optimizer Grows\(\) \(TypeError: its memory changes", dl.TwoPoint((1.0, 2.0)), {"optimizer": Grows()}),
        (r"the network Branches\(\)", dl.TwoPoint((1.0, 2.0)), {"network": Branches()}),
        (r"the schedule Stepwise\(\)", dl.TwoPoint((1.0, 2.0)), {"schedule": Stepwise()}),
    ],
)
def test_what_cannot_be_followed_is_named_with_what_to_write(said, problem, settings):
    runs = [dl.Run(), dl.Run(optimizer=optimizers.Adam()), dl.Run(**settings)]
    with pytest.raises(TypeError, match=said) as error:
        dl.advance(problem, runs, [0, 5], backend="jax")
    assert "xp = deeplinear.networks.namespace(x)" in str(error.value)
    assert "backend='numpy'" in str(error.value)


SCALES = rng.uniform(1, 2, 4)  # one array for all that follows: what JAX keeps of an array, it keeps for this very one


@dataclass(frozen=True)
class Scaled(networks.Network):
    def layer_shapes(self, shape):
        return (shape,)

    def weights(self, layers):
        return SCALES * layers[0]

    def pullback(self, layers, slopes):
        return (SCALES * slopes,)


class OwnArrays(dl.problems.Problem):
    """Takes a function of NumPy's of its data, so that these are built in."""

    shape = (4,)

    def __init__(self):
        self.targets = SCALES

    def loss(self, weights):
        return ((weights - np.sqrt(self.targets)) ** 4).sum(axis=-1)

    def gradient(self, weights):
        return 4 * (weights - np.sqrt(self.targets)) ** 3


class Known(dl.problems.Problem):
    shape = (4,)

    def loss(self, weights):
        return ((weights - SCALES) ** 4).sum(axis=-1)

    def gradient(self, weights):
        return 4 * (weights - SCALES) ** 3


@pytest.mark.parametrize(
    ("make", "network"),
    [
        (lambda: dl.LpRegression(INPUTS, TARGETS[:, 0], p=4), Chain(1)),
        (OwnArrays, Chain(1)),
        (Known, Chain(1)),
        (lambda: dl.TwoPoint(SCALES, p=4), Scaled()),
    ],
    ids=["the package's", "with arrays of its own", "with arrays from around it", "a network's arrays"],
)
def test_one_process_may_change_its_precision_and_change_it_back(make, network):
    runs, once = [dl.Run(network=network, learning_rate=1e-3)], make()
    for problem in (once, None):
        for dtype in (np.float64, np.float32, np.float32, np.float64, np.float32):
            both(problem or make(), runs, [0, 10], dtype=dtype)
