"""The one door: mixtures, every way to the gradients, single precision, checkpoints, and what is refused there."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear.networks import AdaptiveStep, Amplification, Balanced, Chain, Dense, Diagonal, Identity, NearZero, Rule
from deeplinear.theory.sharpness import Sharpness
from deeplinear.training import _compiled
from deeplinear.training.advancing import advance
from deeplinear.training.optimizers import Adam, GradientDescent, HeavyBall
from deeplinear.training.recording import SingularValues, Weights
from deeplinear.training.run import Run
from deeplinear.training.schedules import Constant, WarmUp


def regression(p, examples=40, features=5):
    rng = np.random.default_rng(int(2 * p))
    inputs = rng.standard_normal((examples, features))
    return dl.LpRegression(inputs, inputs @ rng.standard_normal(features) + 0.3 * rng.standard_normal(examples), p=p)


def test_a_mixture_gives_what_each_run_gives_alone():
    problem = regression(4)
    runs = [
        Run(Chain(1), 1e-2),
        Run(Rule(3), 1e-2, start=Balanced((0.1, 0.2, 0.0, -0.3, 0.1))),
        Run(Dense(2, 4), 1e-2, optimizer=Adam()),
        Run(Chain(2), 9.0, start=NearZero(0.5)),  # diverges
        Run(Chain(4), 1e-2, start=Identity(), schedule=WarmUp(30)),
        Run(Amplification(3), 1e-2, start=Identity()),
        Run(AdaptiveStep(3), 1e-2, start=Identity(), weight_decay=0.1),
        Run(Diagonal(2), 1e-2, start=NearZero(0.3)),
    ]
    marks = [0, 5, 200]
    together = advance(problem, runs, marks, observe=[Weights()])
    for i, run in enumerate(runs):
        alone = advance(problem, [run], marks, observe=[Weights()])
        assert_allclose(together.loss[i], alone.loss[0], rtol=1e-10)
        assert_allclose(together.recorded["weights"][i], alone.recorded["weights"][0], rtol=1e-9, atol=1e-12)
        assert together.diverged_at[i] == alone.diverged_at[0]
    assert (together.diverged_at >= 0).tolist() == [False, False, False, True, False, False, False, False]


def test_the_parts_of_the_rule_multiply_to_the_rule():
    problem, w = regression(4), (0.4, -0.1, 0.2, 0.0, 0.3)
    g, eta, depth = problem.gradient(w), 1e-3, 3
    ends = {}
    for method, network in (("rule", Rule), ("adaptive-step", AdaptiveStep), ("amplification", Amplification)):
        result = advance(problem, [Run(network(depth), eta, start=Balanced(w))], [0, 1], observe=[Weights()])
        ends[method] = (result.recorded["weights"][0, 1] - result.recorded["weights"][0, 0]) / -eta
    size = np.linalg.norm(w) ** (2 - 2 / depth)
    assert_allclose(ends["rule"], dl.precondition_vector(w, g, depth), rtol=1e-9)
    assert_allclose(ends["adaptive-step"], size * g, rtol=1e-9)
    assert_allclose(ends["amplification"] * size, ends["rule"], rtol=1e-9)


@pytest.mark.skipif(not _compiled.available(), reason="Numba is not installed")
def test_the_compiled_way_and_the_batched_way_agree(monkeypatch):
    problem = regression(2)
    runs = [
        Run(Chain(depth), rate, start=NearZero(0.3), weight_decay=decay)
        for depth in (1, 2, 4)
        for rate in (1e-2, 9.0)
        for decay in (0, 0.1)
    ]
    marks = [0, 1, 7, 10_000]
    compiled = advance(problem, runs, marks, observe=[Weights()])
    monkeypatch.setattr(_compiled, "available", lambda: False)
    batched = advance(problem, runs, marks, observe=[Weights()])
    assert_array_equal(compiled.diverged_at, batched.diverged_at)
    assert_allclose(compiled.loss, batched.loss, rtol=1e-9)
    assert_allclose(compiled.recorded["weights"], batched.recorded["weights"], rtol=1e-9, atol=1e-12)
    assert (compiled.diverged_at >= 0).any()
    assert (compiled.diverged_at < 0).any()


@pytest.mark.parametrize(
    "run", [Run(Chain(1), 1.0, schedule=WarmUp(400)), Run(AdaptiveStep(3), 1.0, start=Balanced((0.1,) * 5))]
)
def test_a_coordinate_at_rest_does_not_hide_that_a_step_is_too_long(run):
    """A step that grows slowly first brings the steep directions to rest;
    it must not spare them when it has grown too long.
    """
    inputs = np.random.default_rng(0).standard_normal((40, 5)) * (4, 3, 2, 1, 1)
    problem = dl.LpRegression(inputs, inputs @ (1.0, -1.0, 2.0, 0.5, 3.0))

    class Plain(dl.problems.Problem):
        shape, gradient, loss = problem.shape, problem.gradient, problem.loss

    for task in (problem, Plain()):
        assert advance(task, [run], [3000]).diverged_at[0] > 0


@pytest.mark.parametrize("optimizer", [GradientDescent(), Adam()])
def test_single_precision_stays_single_and_close(optimizer):
    problem, runs = (
        regression(4),
        [Run(Chain(depth), 3e-3, start=NearZero(0.4), optimizer=optimizer) for depth in (1, 3)],
    )
    double, single = (advance(problem, runs, [0, 300], dtype=dtype) for dtype in (np.float64, np.float32))
    assert_allclose(single.loss, double.loss, rtol=2e-4)
    assert (single.loss != double.loss).all()


@pytest.mark.parametrize("p", [2, 4])
def test_an_interrupted_batch_goes_on_where_it_was(p, tmp_path, monkeypatch):
    problem, marks = regression(p), np.arange(0, 401, 50)
    start = NearZero(0.4)
    runs = [Run(Chain(2), 1e-2, start=start), Run(Chain(2), 9.0, start=start), Run(Chain(3), 1e-2, optimizer=Adam())]
    whole = advance(problem, runs, marks, observe=[Weights()])
    monkeypatch.setattr("deeplinear.training.checkpoint._SAVE_EVERY", 0.0)
    monkeypatch.setattr("deeplinear.training.loop._LEAP", 30)
    monkeypatch.setattr("deeplinear.training.loop._REPORT_EVERY", 1)
    taken = 0

    def power_cut(steps):
        nonlocal taken
        taken += steps
        if taken > {2: 1000, 4: 750}[p]:  # least squares has two parts: two runs compiled, one through the Gram matrix
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance(problem, runs, marks, observe=[Weights()], checkpoint=tmp_path / "batch", progress=power_cut)
    assert list(tmp_path.glob("batch-*.npz"))
    calls = []
    resumed = advance(
        problem,
        runs,
        marks,
        observe=[Weights()],
        checkpoint=tmp_path / "batch",
        progress=lambda steps: calls.append(steps),
    )
    assert sum(calls[1:]) <= {2: 400, 4: 450}[p]  # after the report of what had been done, it did not begin anew
    assert sum(calls) == 1200  # and in the end all has been told
    assert_array_equal(resumed.loss, whole.loss)
    assert_array_equal(resumed.diverged_at, whole.diverged_at)
    assert_array_equal(resumed.recorded["weights"], whole.recorded["weights"])
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_of_other_runs_is_refused(tmp_path, saved_at_once):
    interrupted(regression(4), [Run()], tmp_path / "batch")
    with pytest.raises(ValueError, match="checkpoint of other runs"):
        advance(regression(4), [Run(seed=1)], [0, 500], checkpoint=tmp_path / "batch")


def interrupted(problem, runs, file, marks=(0, 500)):
    def power_cut(steps):
        if list(file.parent.iterdir()):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance(problem, runs, list(marks), checkpoint=file, progress=power_cut)


@pytest.fixture
def saved_at_once(monkeypatch):
    monkeypatch.setattr("deeplinear.training.checkpoint._SAVE_EVERY", 0.0)
    monkeypatch.setattr("deeplinear.training.loop._REPORT_EVERY", 1)


def test_a_checkpoint_of_another_layout_is_refused(tmp_path, saved_at_once, monkeypatch):
    interrupted(regression(4), [Run()], tmp_path / "batch")
    monkeypatch.setattr("deeplinear.training.checkpoint._LAYOUT", 5)
    with pytest.raises(ValueError, match="checkpoint of layout 4, this version reads 5"):
        advance(regression(4), [Run()], [0, 500], checkpoint=tmp_path / "batch")


def test_a_checkpoint_of_the_first_edition_is_refused(tmp_path):
    np.savez(tmp_path / "batch-0.npz", fingerprint="x", step=3)
    with pytest.raises(ValueError, match="of another layout, without layout: delete it"):
        advance(regression(4), [Run()], [0, 500], checkpoint=tmp_path / "batch")


def test_a_damaged_checkpoint_is_named(tmp_path):
    (tmp_path / "batch-0.npz").write_bytes(b"PK but not for long")
    with pytest.raises(ValueError, match=r"batch-0\.npz is damaged"):
        advance(regression(4), [Run()], [0, 500], checkpoint=tmp_path / "batch")


@pytest.mark.parametrize(
    ("key", "values", "words"),
    [
        ("layout", "x", "a checkpoint of layout x, this version reads"),
        ("0-parameters", np.ones((7, 7)), "is damaged"),
        ("0-parameters", np.ones((1, 7)), "is damaged"),
        ("0-state-0-0", np.ones((7, 7)), "is damaged"),
        ("0-state-0-0", "x", "is damaged"),
        ("0-members", [5], "is damaged .it lacks runs that are alive"),
    ],
)
def test_a_checkpoint_whose_arrays_do_not_fit_is_named(key, values, words, tmp_path, saved_at_once):
    runs = [Run(optimizer=Adam())]
    interrupted(regression(4), runs, tmp_path / "batch")
    (file,) = tmp_path.iterdir()
    with np.load(file) as saved:
        arrays = dict(saved)
    np.savez(file, **(arrays | {key: np.array(values)}))
    with pytest.raises(ValueError, match=rf"batch-0\.npz {words}|batch-0\.npz is {words}"):
        advance(regression(4), runs, [0, 500], checkpoint=tmp_path / "batch")


def test_a_checkpoint_has_a_name():
    with pytest.raises(ValueError, match="checkpoint is '', it must be the path of a file"):
        advance(regression(4), [Run()], [0, 1], checkpoint="")


PROBLEMS = {
    "logistic": dl.problems.LogisticRegression(np.random.default_rng(0).standard_normal((30, 4)), [0, 1, 1] * 10),
    "completion": dl.problems.MatrixCompletion(np.arange(12.0).reshape(3, 4) / 9, np.arange(12).reshape(3, 4) % 3 > 0),
    "sensing": dl.problems.MatrixSensing(np.random.default_rng(1).standard_normal((8, 2, 3)), np.arange(8.0)),
    "three outputs": dl.LpRegression(np.random.default_rng(2).standard_normal((20, 4)), np.eye(20)[:, :3], p=3),
    "two points": dl.TwoPoint((3.0, 1.0, 2.0), p=4),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_is_recorded_interrupted_and_resumed_alike(name, tmp_path, saved_at_once):
    problem = PROBLEMS[name]
    observers = [Weights(), SingularValues(), Sharpness()]
    networks = [Dense(2, 3), Dense(3, (4, 2)), Diagonal(2), Rule(2.5 if len(problem.shape) == 1 else 3)]
    runs = [
        Run(network, 1e-2, start=NearZero(0.3), optimizer=method)
        for network in networks
        for method in (Adam(), HeavyBall())
    ]
    whole = advance(problem, runs, [0, 60, 200], observe=observers)
    taken = 0

    def power_cut(steps):
        nonlocal taken
        taken += steps
        if taken > 900:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance(problem, runs, [0, 60, 200], observe=observers, checkpoint=tmp_path / "batch", progress=power_cut)
    resumed = advance(problem, runs, [0, 60, 200], observe=observers, checkpoint=tmp_path / "batch")
    assert_array_equal(resumed.loss, whole.loss)
    for key, values in whole.recorded.items():
        assert_array_equal(resumed.recorded[key], values)
    assert np.isfinite(whole.recorded["sharpness"]).all()
    assert (whole.loss[:, -1] < whole.loss[:, 0]).all()


class Unbatched(dl.problems.Problem):
    shape = (2,)

    def loss(self, weights):
        return float(weights[0] ** 2 + weights[1] ** 2)

    def gradient(self, weights):
        return np.array([2 * weights[0], 2 * weights[1]])


class Mixing(Unbatched):
    """Takes a stack, and lets its members talk to each other."""

    def loss(self, weights):
        return (np.asarray(weights) ** 2).sum(axis=-1)

    def gradient(self, weights):
        return 2 * np.asarray(weights) - np.asarray(weights).mean()


@dataclass
class Unfrozen(dl.optimizers.Optimizer):
    rate: float = 1.0

    def step(self, parameters, gradient, state, learning_rate):
        return parameters - self.rate * learning_rate * gradient, state


class PlainClass:
    def initial_state(self, parameters):
        return ()

    def step(self, parameters, gradient, state, learning_rate):
        return parameters, state


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: advance(Unbatched(), [Run()], [1]), ValueError, "Unbatched .*stack of weights"),
        (lambda: advance(Mixing(), [Run()], [1]), ValueError, "other gradients than each of them alone"),
        (lambda: advance(dl.LpRegression, [Run()], [1]), TypeError, "the class LpRegression: give it its data"),
        (lambda: advance("l4", [Run()], [1]), TypeError, "problem is 'l4'"),
        (lambda: advance(dl.TwoPoint([1.0]), [1e-3], [1]), TypeError, "runs holds 0.001"),
        (lambda: advance(dl.TwoPoint([1.0]), [Run()], [3, 1]), ValueError, "increasing whole steps"),
        (lambda: advance(dl.TwoPoint([1.0]), [Run()], [0.5]), ValueError, "increasing whole steps"),
        (lambda: advance(dl.TwoPoint([1.0]), [Run()], []), ValueError, "increasing whole steps"),
        (lambda: advance(dl.TwoPoint([1.0]), [Run()], [1], backend="cuda"), ValueError, "'numpy', 'jax' or an object"),
        (
            lambda: advance(dl.TwoPoint([1.0]), [Run()], [1], backend=3),
            TypeError,
            "inherits from dl.training.backends.Backend",
        ),
        (
            lambda: advance(dl.TwoPoint([1.0]), [Run()], [1], observe=["loss"]),
            TypeError,
            "observe holds 'loss': give a list of objects",
        ),
        (lambda: advance(dl.TwoPoint([1.0]), [Run()], [1], observe=[Weights]), TypeError, "observe holds <class"),
        (lambda: advance(dl.TwoPoint([1.0]), [Run()], [1], observe={"n": lambda s: 1.0}), ValueError, "one row a run"),
        (lambda: Run(2), TypeError, r"network is 2: .*Chain\(…\), Dense\(…\)"),
        (lambda: Run(network="rule"), TypeError, r"network is 'rule'.*Rule\(…\)"),
        (lambda: Run(start="near-zero"), TypeError, r"start is 'near-zero'.*NearZero\(…\)"),
        (lambda: Run(optimizer=Adam), TypeError, r"the class Adam, write Adam\(…\)"),
        (
            lambda: Run(optimizer=PlainClass()),
            TypeError,
            "one of your own inherits from deeplinear.training.optimizers.Optimizer",
        ),
        (lambda: Run(optimizer=Unfrozen()), TypeError, "Unfrozen, whose settings can change: write @dataclass"),
        (lambda: Run(schedule=lambda step, loss: 1.0), TypeError, r"schedule is <function.*WarmUp\(…\)"),
        (lambda: Dense(3, (2,)), ValueError, "depth 3 has 2 hidden layers"),
        (lambda: Run(Dense(3, (2, 4)), start=Balanced()).layers((1, 5)), ValueError, "hidden layers of one width"),
    ],
)
def test_what_cannot_be_used_is_refused_at_the_door(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(
    ("observe", "error", "words"),
    [
        (
            Weights(),
            TypeError,
            r"observe is Weights\(\), it must be a list or a mapping: write observe=\[Weights\(\)\]",
        ),
        (Weights, TypeError, r"write observe=\[Weights\(\)\]"),
        (lambda snapshot: snapshot.loss, TypeError, r"write observe=\{'a name': <function"),
        ("weights", TypeError, "observe is 'weights': give a list of objects such as Weights"),
        (None, TypeError, "observe is None: give a list of objects"),
        ([Weights(), Weights()], ValueError, "observe holds two of the name 'weights': give them names of their own"),
        ({1: Weights()}, TypeError, "observe has the name 1: names must be text"),
        ({"n": lambda snapshot: None}, TypeError, "the observer 'n' returns a NoneType: it must return real numbers"),
        (
            {"n": lambda snapshot: 1j * snapshot.loss},
            TypeError,
            "the observer 'n' returns a ndarray: it must return real",
        ),
    ],
)
def test_observers_in_another_form_are_told_the_form(observe, error, words):
    with pytest.raises(error, match=words):
        advance(dl.TwoPoint([1.0]), [Run()], [1], observe=observe)


def test_a_run_that_diverges_has_no_observations_from_then_on():
    problem, runs = dl.TwoPoint((10.0, 1.0), p=4), [Run(Chain(2), 1e-3), Run(Chain(3), 1e-1, start=NearZero(0.5))]
    result = advance(
        problem, runs, [0, 2, 500], observe=[dl.recording.LayerNorms(), dl.recording.Imbalance(), Weights()]
    )
    assert result.diverged_at[1] > 2
    assert result.recorded["layer norms"].shape == (2, 3, 3)
    assert np.isnan(result.recorded["layer norms"][0, :, 2]).all()  # there is no third layer
    assert np.isnan(result.recorded["layer norms"][1, 2]).all()
    assert np.isfinite(result.recorded["layer norms"][1, :2]).all()
    assert np.isnan(result.recorded["weights"][1, 2]).all()
    factors = runs[1].layers(problem.shape)
    assert_allclose(result.recorded["layer norms"][1, 0], [np.linalg.norm(W) for W in factors], rtol=1e-14)
    assert_allclose(result.recorded["imbalance"][1, 0], [np.linalg.norm(D) for D in dl.imbalance(factors)], rtol=1e-14)


@pytest.mark.parametrize("p", [2, 4])
def test_observations_are_in_the_coordinates_of_the_problem(p):
    """Least squares advances in the eigenbasis; nobody who looks on may notice."""
    problem, seen = regression(p), []
    run = Run(Dense(2, 3), 1e-2, start=NearZero(0.3))
    result = advance(
        problem, [run], [0, 50], observe={"layers": lambda s: seen.append(s.of(0)) or s.loss, "w": Weights()}
    )
    assert_allclose(dl.end_to_end(seen[1])[0], result.recorded["w"][0, 1], rtol=1e-10)
    assert_allclose(problem.loss(result.recorded["w"][0]), result.loss[0], rtol=1e-10)
    assert_allclose(seen[0][0], run.layers(problem.shape)[0], rtol=1e-10, atol=1e-12)


def test_a_checkpoint_in_other_coordinates_is_refused(tmp_path, saved_at_once, monkeypatch):
    """Of equal eigenvalues, libraries choose eigenvectors of their own; a layer in the one's is none in the other's."""
    problem, run = regression(2), Run(Dense(2, 3), 1e-2)
    interrupted(problem, [run], tmp_path / "batch")
    svd = np.linalg.svd
    monkeypatch.setattr(np.linalg, "svd", lambda *args, **kw: (*svd(*args, **kw)[:2], -svd(*args, **kw)[2]))
    with pytest.raises(ValueError, match="turn the coordinates of least squares"):
        advance(problem, [run], [0, 500], checkpoint=tmp_path / "batch")


class Tenfold(Chain):
    def weights(self, layers):
        return 10 * super().weights(layers)

    def pullback(self, layers, slopes):
        return super().pullback(layers, 10 * slopes)


class TenfoldDense(Dense):
    def weights(self, layers):
        return 10 * super().weights(layers)

    def pullback(self, layers, slopes):
        return super().pullback(layers, 10 * slopes)


class Halved(Rule):
    def pullback(self, layers, slopes):
        return tuple(part / 2 for part in super().pullback(layers, slopes))


class HalfStep(Constant):
    def __call__(self, step, loss):
        return np.full_like(np.asarray(loss, dtype=float), 0.5)


@dataclass(frozen=True)
class Clipped(GradientDescent):
    def step(self, parameters, gradient, state, learning_rate):
        return super().step(parameters, np.clip(gradient, -0.1, 0.1), state, learning_rate)


@pytest.mark.parametrize("p", [2, 4])
def test_subclasses_are_what_they_say(p):
    problem, start = regression(p), NearZero(0.3)
    runs = [
        Run(Tenfold(2), 1e-4, start=start),
        Run(TenfoldDense(2, 1), 1e-4, start=start),
        Run(Halved(2), 1e-2, start=start),
        Run(Chain(2), 1e-2, start=start, schedule=HalfStep()),
        Run(Chain(2), 1e-2, start=start, optimizer=Clipped()),
    ]
    result = advance(problem, [*runs, Run(Chain(2), 1e-2, start=start)], [1], observe=[Weights()]).recorded["weights"][
        :, 0
    ]
    v, s = Chain(2), start.layers(Chain(2), (1, 5), 0)

    def after(layers, gradients, rate):
        return dl.end_to_end([W - rate * G for W, G in zip(layers, gradients, strict=True)])[0]

    w = v.weights(s)[0]
    tenfold = dl.layer_gradients(s, 10 * problem.gradient(10 * w))
    assert_allclose(result[0], 10 * after(s, tenfold, 1e-4), rtol=1e-10)
    assert_allclose(result[1], result[0], rtol=1e-12)
    assert_allclose(result[2], w - 1e-2 / 2 * dl.precondition_vector(w, problem.gradient(w), 2), rtol=1e-9)
    slopes = dl.layer_gradients(s, problem.gradient(w))
    assert_allclose(result[3], after(s, slopes, 0.5e-2), rtol=1e-10)
    assert_allclose(result[4], after(s, [np.clip(G, -0.1, 0.1) for G in slopes], 1e-2), rtol=1e-9)
    assert_allclose(result[5], after(s, slopes, 1e-2), rtol=1e-10)


@dataclass(frozen=True)
class Lars(dl.optimizers.Optimizer):
    """Steps as long as the parameters: it looks at more than one entry."""

    def step(self, parameters, gradient, state, learning_rate):
        size = np.sqrt((parameters**2).sum(axis=1, keepdims=True))
        return parameters - learning_rate * size * gradient, state


def test_the_company_of_a_run_changes_nothing():
    problem = regression(4)
    shallow = Run(Chain(1), 1e-2, start=NearZero(0.3), optimizer=Lars())
    deep = Run(Chain(4), 1e-2, start=NearZero(0.5), optimizer=Lars())
    alone = advance(problem, [shallow], [50]).loss[0]
    # One run or two: a matrix product may sum in another order, and nothing else differs.
    assert_allclose(advance(problem, [shallow, deep], [50]).loss[0], alone, rtol=1e-14)


@dataclass(frozen=True)
class Secret(dl.schedules.Schedule):
    def __call__(self, step, loss):
        return 1 / (1 + np.asarray(loss))


def test_a_schedule_that_reads_the_loss_says_so():
    for backend in ("numpy", "jax"):
        with pytest.raises(ValueError, match="needs_loss = True"):
            advance(regression(4), [Run(schedule=Secret())], [10], backend=backend)


def test_the_loss_at_a_mark_is_the_problems_own_down_to_zero():
    inputs = np.random.default_rng(0).standard_normal((30, 3))
    problem = dl.LpRegression(inputs, inputs @ [1.0, 2.0, 3.0])
    result = advance(
        problem, [Run(Chain(1), 0.3), Run(Chain(1), 0.03, optimizer=Adam())], [20_000], observe=[Weights()]
    )
    assert_allclose(result.loss[:, 0], problem.loss(result.recorded["weights"][:, 0]), atol=1e-28)
    assert (result.loss >= 0).all()
    assert (result.loss < 1e-28).all()
