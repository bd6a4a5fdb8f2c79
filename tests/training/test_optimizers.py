"""Each optimizer against Keras's or optax's, step by step, and the laws that it states."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear.training import checkpoint, loop
from deeplinear.training.optimizers import (
    AdaDelta,
    AdaGrad,
    Adam,
    AMSGrad,
    GradientDescent,
    HeavyBall,
    Muon,
    NaturalGradient,
    Nesterov,
    RMSProp,
    Shampoo,
    SignDescent,
)

ENTRIES = [
    GradientDescent(),
    HeavyBall(),
    Nesterov(),
    AdaGrad(),
    AdaDelta(),
    RMSProp(),
    Adam(),
    AMSGrad(),
    SignDescent(),
]
LAYERS = [Muon(), Muon(newton_schulz_steps=5), Shampoo(), Shampoo(decay=0.9)]
COVARIANCE = np.cov(np.random.default_rng(5).standard_normal((3, 20)))
ALL = [*ENTRIES, *LAYERS, NaturalGradient(COVARIANCE)]
named = pytest.mark.parametrize("method", ALL, ids=repr)
stepping = pytest.mark.parametrize("method", [*ENTRIES, *LAYERS], ids=repr)

CURVATURES = np.array([[5.0, 0.3, 1.0], [0.5, 2.0, 1.5]])


def gradient(W):
    """Of a loss with unequal curvatures and a quartic term, so that no two coordinates see the same history."""
    return CURVATURES * (W - [1.0, -2.0, 0.0]) + W**3


def start(stack=()):
    return np.random.default_rng(0).normal(size=(*stack, 2, 3))


def follow(method, W, rate, steps=12, gradient=gradient):
    state, path = method.initial_state(W), []
    for _ in range(steps):
        W, state = method.step(W, gradient(W), state, rate)
        path.append(W)
    return np.array(path)


KERAS = {
    GradientDescent: ("SGD", {}),
    HeavyBall: ("SGD", {"momentum": 0.9}),
    Nesterov: ("SGD", {"momentum": 0.9, "nesterov": True}),
    AdaGrad: ("Adagrad", {}),
    AdaDelta: ("Adadelta", {}),
    RMSProp: ("RMSprop", {}),
    Adam: ("Adam", {}),
    AMSGrad: ("Adam", {"amsgrad": True, "beta_2": 0.9}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KERAS)
def test_an_optimizer_of_keras_takes_the_steps_that_keras_takes(kind):
    keras = pytest.importorskip("keras")
    rate, (name, chosen) = 0.03, KERAS[kind]
    method = kind(beta_2=0.9) if kind is AMSGrad else kind()  # short memory, so that the largest is not the last
    # Keras holds learning rates and coefficients in single precision, whatever the precision of the weights.
    reference = getattr(keras.optimizers, name)(rate, **chosen)
    variable = keras.Variable(start(), dtype="float64")
    path = []
    for _ in range(12):
        reference.apply([keras.ops.convert_to_tensor(gradient(np.asarray(variable)), dtype="float64")], [variable])
        path.append(np.array(variable))
    # 1 − β₂ᵗ starts at 0.001 and keeps four digits in single precision
    assert_allclose(
        follow(method, start(), float(np.float32(rate))), path, rtol=0, atol=3e-6 if isinstance(method, Adam) else 3e-7
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", [SignDescent(), Muon(newton_schulz_steps=5)], ids=repr)
def test_an_optimizer_of_optax_takes_the_steps_that_optax_takes(method):
    optax = pytest.importorskip("optax")
    rate, W = np.float32(0.02), start().astype(np.float32)  # optax computes in single precision
    reference = optax.sign_sgd(rate) if isinstance(method, SignDescent) else optax.contrib.muon(rate, nesterov=False)
    theirs, path = {"W": W.T}, []  # a layer of JAX has its inputs first
    state = reference.init(theirs)
    for _ in range(12):
        updates, state = reference.update({"W": gradient(theirs["W"].T).astype(np.float32).T}, state, theirs)
        theirs = {"W": np.asarray(optax.apply_updates(theirs, updates)["W"])}
        path.append(theirs["W"].T)
    assert_allclose(follow(method, W, rate), path, rtol=0, atol=1e-5)


@stepping
def test_a_batch_of_runs_is_the_runs_one_by_one(method):
    starts, rates = start((4,)), np.array([1e-3, 1e-2, 3e-2, 5e-2])
    together = follow(method, starts, rates[:, None, None])
    for i, (W, rate) in enumerate(zip(starts, rates, strict=True)):
        assert_allclose(together[:, i], follow(method, W, rate), rtol=1e-12)


@stepping
def test_a_step_changes_neither_the_parameters_nor_the_state_it_was_given(method):
    W = start()
    state = method.initial_state(W)
    kept = [np.array(part) for part in state]
    method.step(W, gradient(W), state, 0.1)
    assert_array_equal(W, start())
    assert all(np.array_equal(part, before) for part, before in zip(state, kept, strict=True))


@stepping
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (2, 3)])
def test_without_a_gradient_nothing_moves(method, shape):
    assert_array_equal(follow(method, np.ones(shape), 0.1, gradient=np.zeros_like), np.ones((12, *shape)))


@stepping
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1)])
def test_scalars_and_vectors_descend(method, shape):
    path = follow(method, np.ones(shape), 0.01, gradient=lambda W: W)
    assert (np.abs(path) < 1).all()


@stepping
def test_single_precision_stays_single(method):
    W = start().astype(np.float32)
    path = follow(method, W, np.float32(0.01), gradient=lambda W: gradient(W).astype(np.float32))
    assert path.dtype == np.float32
    assert all(part.dtype == np.float32 for part in method.initial_state(W) if part.ndim)
    assert_allclose(path, follow(method, start(), 0.01), atol=1e-4)


@stepping
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_gradient_that_is_no_number_spoils_its_own_run_alone(method):
    W, G = start((3,)), gradient(start((3,)))
    G[1] = np.inf, np.nan, 1.0
    moved, _ = method.step(W, G, method.initial_state(W), 0.1)
    assert not np.isfinite(moved[1]).all()
    assert_array_equal(moved[[0, 2]], method.step(W[[0, 2]], G[[0, 2]], method.initial_state(W[[0, 2]]), 0.1)[0])


def rotated_gap(method, seed):
    """How far a run in rotated inputs is from the rotated run, in learning rates."""
    Q, rate = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0], 1e-2
    there = follow(method, start() @ Q, rate, gradient=lambda V: gradient(V @ Q.T) @ Q)
    return np.abs(there @ Q.T - follow(method, start(), rate)).max() / rate


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), method=st.sampled_from([m for m in [*ENTRIES, *LAYERS] if m.rotation_equivariant])
)
def test_rotated_inputs_give_the_rotated_run(method, seed):
    assert rotated_gap(method, seed) < 1e-9


@pytest.mark.parametrize("method", [m for m in [*ENTRIES, *LAYERS] if not m.rotation_equivariant], ids=repr)
def test_a_method_that_looks_at_coordinates_does_not_follow_a_rotation(method):
    assert rotated_gap(method, seed=1) > 1e-2


@named
def test_a_run_does_not_notice_that_its_neighbours_diverge(method):
    runs = [run_of(method, seed, rate) for seed, rate in ((1, 1e-3), (2, 1e60), (3, 1e-3))]
    marks = [0, 1, 5, 60]
    together = dl.advance(quartic(), runs, marks)
    assert (together.diverged_at >= 0).tolist() == [False, True, False]
    for run, losses in zip(runs, together.loss, strict=True):
        assert_allclose(losses, dl.advance(quartic(), [run], marks).loss[0], rtol=1e-11)


@named
def test_an_interrupted_run_goes_on_with_its_memory(method, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "_SAVE_EVERY", 0.0)
    monkeypatch.setattr(loop, "_REPORT_EVERY", 1)
    runs, marks, taken = [run_of(method, seed, 1e-3) for seed in (1, 2)], [0, 40], []
    whole = dl.advance(quartic(), runs, marks)

    def power_cut(steps):
        taken.append(steps)
        if sum(taken) > 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dl.advance(quartic(), runs, marks, checkpoint=tmp_path / "batch", progress=power_cut)
    assert list(tmp_path.iterdir())
    resumed = dl.advance(quartic(), runs, marks, checkpoint=tmp_path / "batch")
    assert_array_equal(resumed.loss, whole.loss)
    assert not list(tmp_path.iterdir())


def quartic():
    rng = np.random.default_rng(0)
    return dl.LpRegression(rng.standard_normal((20, 3)), rng.standard_normal((20, 2)), p=4)


def run_of(method, seed, rate):
    network = dl.networks.Dense(2, width=3)
    return dl.Run(network=network, start=dl.networks.Identity(0.2), seed=seed, learning_rate=rate, optimizer=method)


def test_without_momentum_the_heavy_ball_is_gradient_descent():
    assert_allclose(follow(HeavyBall(0.0), start(), 0.03), follow(GradientDescent(), start(), 0.03), rtol=1e-14)


@pytest.mark.parametrize("kind", [Adam, AMSGrad])
def test_adam_s_first_step_is_the_learning_rate_whatever_the_gradient(kind):
    method, w = kind(epsilon=0.0), np.array([0.0, 0.0])
    moved, _ = method.step(w, np.array([1e-6, -1e6]), method.initial_state(w), 0.01)
    assert_allclose(moved, [-0.01, 0.01], rtol=1e-12)


def test_adam_without_memory_is_sign_descent():
    method = Adam(beta_1=0.0, beta_2=0.0, epsilon=0.0)
    assert_allclose(follow(method, start(), 0.03), follow(SignDescent(), start(), 0.03), rtol=1e-13)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "method",
    [Adam(epsilon=0.0), AMSGrad(epsilon=0.0), RMSProp(epsilon=0.0), AdaGrad(initial_accumulator=0.0, epsilon=0.0)],
    ids=lambda method: type(method).__name__,
)
def test_without_epsilon_what_has_had_no_slope_stays(method):
    problem = dl.LpRegression([[1.0, 0.0], [2.0, 0.0]], [1.0, 1.0], p=4)  # the second weight has no part in it
    run = dl.Run(start=dl.networks.Balanced((0.5, 0.3)), optimizer=method, learning_rate=1e-3)
    result = dl.advance(problem, [run], [0, 20], observe=[dl.recording.Weights()])
    assert result.diverged_at.tolist() == [-1]
    assert result.recorded["weights"][0, :, 1].tolist() == [0.3, 0.3]


def test_amsgrad_is_adam_until_gradients_shrink():
    grows, shrinks = (lambda W: W * 0 + next(counter) ** 2), (lambda W: W * 0 + 1 / next(counter) ** 2)
    for slope, same in ((grows, True), (shrinks, False)):
        counter = iter(range(1, 100))
        adam = follow(Adam(beta_2=0.5), start(), 0.01, gradient=slope)
        counter = iter(range(1, 100))
        assert np.allclose(adam, follow(AMSGrad(beta_2=0.5), start(), 0.01, gradient=slope), rtol=1e-12) is same


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2), (1, 4), (1, 1)])
def test_muon_and_shampoo_without_memory_step_by_the_polar_factor(shape):
    G = np.random.default_rng(1).normal(size=shape)
    U, sigma, Vt = np.linalg.svd(G, full_matrices=False)
    for method, singular in (
        (Muon(momentum=0.0), 1),
        (Shampoo(decay=0.0, epsilon=0.0), 1),
        (Shampoo(epsilon=0.0), 1),
        (Shampoo(epsilon=0.0, exponent=0.5), 1 / sigma),
    ):
        step = method.step(G * 0, G, method.initial_state(G), 1.0)[0]
        assert_allclose(step, -(U * singular) @ Vt, atol=1e-9, err_msg=repr(method))


def test_the_polar_factor_leaves_what_has_no_gradient():
    G = np.outer([1.0, 2.0], [2.0, 0.0, -1.0])
    step = Muon().step(G * 0, G, Muon().initial_state(G), 1.0)[0]
    assert_allclose(step, -G / np.linalg.norm(G), rtol=1e-12)


def test_five_newton_schulz_steps_bring_singular_values_near_one_and_not_to_it():
    rng = np.random.default_rng(2)
    U, V = (np.linalg.qr(rng.normal(size=(6, 6)))[0] for _ in range(2))
    sigma = np.geomspace(1, 0.012, 6)  # over the Frobenius norm, 1.3, still 0.01
    G = 7 * (U * sigma) @ V.T
    method = Muon(newton_schulz_steps=5)
    step = method.step(G * 0, G, method.initial_state(G), 1.0)[0]
    found = np.diagonal(-U.T @ step @ V)
    assert_allclose(-U.T @ step @ V, np.diag(found), atol=1e-9)
    assert (found > 0.68).all()
    assert (found < 1.14).all()
    assert np.abs(found - 1).max() > 0.1


@pytest.mark.parametrize(("depth", "expected"), [(2, (1215, 698, 307)), (3, (1099, 748, 418))])
def test_muon_learns_weak_directions_of_balanced_factors_first(depth, expected):
    """σ^{1/N} moves at unit speed towards every target at once; gradient descent is still on its plateau."""
    strengths = np.array([3.0, 1.0, 0.2])
    problem = dl.problems.MatrixCompletion(np.diag(strengths), np.ones((3, 3), dtype=bool))
    factor = 1e-4 ** (1 / depth) * np.eye(3)
    network, begin = dl.networks.Dense(depth, width=3), dl.networks.Given([factor] * depth)
    runs = [
        dl.Run(network=network, start=begin, learning_rate=1e-3, optimizer=method)
        for method in (Muon(), GradientDescent())
    ]
    found = dl.advance(problem, runs, np.arange(1300), observe=[dl.recording.Weights()]).recorded["weights"]
    reached = np.diagonal(found, axis1=2, axis2=3) >= strengths / 2
    assert tuple(reached[0].argmax(axis=0)) == expected
    assert not reached[1].any()


NETWORKS = [(dl.networks.Chain(N), (1, 3)) for N in (1, 2, 3, 4)] + [
    (dl.networks.Dense(N, width=3), (2, 3)) for N in (1, 2, 3, 4)
]


def natural_step(network, shape, method, rate=1.0, weight_decay=0.0, seed=0):
    """Layers, slopes, and the step of the layers."""
    rng = np.random.default_rng(seed)
    layers = tuple(rng.standard_normal((1, *layer)) for layer in network.layer_shapes(shape))
    slopes = rng.standard_normal((1, *shape))
    slopes = slopes @ method.covariance  # as those of the square loss
    gradients = tuple(G + weight_decay * W for G, W in zip(network.pullback(layers, slopes), layers, strict=True))
    moved, _ = method.step_network(network, layers, slopes, gradients, (), rate)
    return layers, slopes, tuple((W - V) / rate for W, V in zip(layers, moved, strict=True))


def jacobian(network, layers, shape):
    units = np.eye(np.prod(shape)).reshape(-1, 1, *shape)
    return np.stack([np.concatenate([G.ravel() for G in network.pullback(layers, unit)]) for unit in units])


@pytest.mark.parametrize(("network", "shape"), NETWORKS)
def test_the_natural_gradient_forgets_the_layers(network, shape):
    layers, slopes, _ = natural_step(network, shape, NaturalGradient(COVARIANCE))
    tiny = 1e-7
    _, _, step = natural_step(network, shape, NaturalGradient(COVARIANCE), tiny)
    after = network.weights(tuple(W - tiny * V for W, V in zip(layers, step, strict=True)))
    assert_allclose((network.weights(layers) - after) / tiny, slopes @ np.linalg.inv(COVARIANCE), rtol=1e-4, atol=1e-5)


def test_the_natural_gradient_cannot_lift_the_rank_of_a_bottleneck():
    method, network, shape = NaturalGradient(COVARIANCE), dl.networks.Chain(2), (2, 3)
    layers, slopes, step = natural_step(network, shape, method)
    J = jacobian(network, layers, shape)
    moved = (J @ np.concatenate([V.ravel() for V in step])).reshape(shape)
    assert np.linalg.matrix_rank(J) < 6
    assert np.abs(moved - slopes[0] @ np.linalg.inv(COVARIANCE)).max() > 0.1


@pytest.mark.parametrize(
    ("network", "shape"), [*NETWORKS, (dl.networks.Chain(3), (2, 3)), (dl.networks.Diagonal(2), (2, 3))]
)
@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_the_natural_gradient_is_the_pseudo_inverse_of_the_fisher_matrix(network, shape, weight_decay):
    method = NaturalGradient(COVARIANCE, damping=0.1)
    layers, slopes, step = natural_step(network, shape, method, weight_decay=weight_decay)
    J = jacobian(network, layers, shape)
    fisher = J.T @ np.kron(np.eye(shape[0]), COVARIANCE + 0.1 * np.eye(3)) @ J
    flat = np.concatenate([W.ravel() for W in layers])
    expected = np.linalg.pinv(fisher, 1e-10, hermitian=True) @ (J.T @ slopes.ravel() + weight_decay * flat)
    assert_allclose(np.concatenate([V.ravel() for V in step]), expected, rtol=1e-6, atol=1e-6)


def test_the_natural_gradient_takes_no_step_where_inputs_have_nothing_or_layers_are_zero():
    flat = NaturalGradient(np.diag([2.0, 1.0, 0.0]))
    _, slopes, step = natural_step(dl.networks.Chain(1), (1, 3), flat)
    assert_allclose(step[0], slopes / [2.0, 1.0, np.inf], atol=1e-12)
    network, zero = dl.networks.Chain(2), (np.zeros((1, 1, 3)), np.zeros((1, 1, 1)))
    moved, _ = flat.step_network(network, zero, np.ones((1, 1, 3)), zero, (), 1.0)
    assert all((W == 0).all() for W in moved)


def test_natural_gradients_are_told_apart_by_their_covariance():
    one, same, other = (
        NaturalGradient(COVARIANCE),
        NaturalGradient(COVARIANCE.tolist()),
        NaturalGradient(2 * COVARIANCE),
    )
    assert one == same
    assert hash(one) == hash(same)
    assert repr(one) == repr(same)
    assert one != other
    assert repr(one) != repr(other)
    assert NaturalGradient(COVARIANCE, damping=0.1) != one
    from deeplinear._fingerprints import fingerprint

    assert fingerprint(one) == fingerprint(same) != fingerprint(other)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HeavyBall(1.0), "momentum is 1.0, it must be at least 0 and below 1"),
        (lambda: Adam(beta_2=-0.1), "beta_2 is -0.1"),
        (lambda: AdaDelta(epsilon=0.0), "epsilon is 0.0, it must be greater than 0"),
        (lambda: AdaGrad(initial_accumulator=-1.0), "initial_accumulator is -1.0"),
        (lambda: Muon(momentum=1.0), "momentum is 1.0"),
        (lambda: Muon(newton_schulz_steps=0), "newton_schulz_steps is 0, it must be 1 or more"),
        (lambda: Shampoo(decay=1.0), "decay is 1.0"),
        (lambda: Shampoo(exponent=0.0), "exponent is 0.0, it must be greater than 0"),
        (lambda: NaturalGradient([[1.0, 2.0], [0.0, 1.0]]), "must be a symmetric matrix"),
        (lambda: NaturalGradient([[-1.0]]), "eigenvalue -1: none of a covariance is negative"),
        (lambda: GradientDescent().step([1.0], [1.0, 2.0], (), 0.1), r"shape \(1,\) and the gradient \(2,\)"),
        (lambda: Muon().step([1.0], [1.0], (0.0,), 0.1), r"shape \(1,\), a layer has shape \(..., rows, columns\)"),
    ],
)
def test_what_cannot_be_is_refused_with_the_value_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_covariance_of_other_inputs_is_refused_by_the_first_step():
    run = dl.Run(optimizer=NaturalGradient(np.eye(2)))
    with pytest.raises(ValueError, match=r"covariance has shape \(2, 2\), and the weights have 3 inputs"):
        dl.advance(dl.TwoPoint([1.0, 2.0, 3.0]), [run], [0, 1])


def test_the_natural_gradient_says_that_it_needs_the_network():
    with pytest.raises(TypeError, match="acts on the network as a whole"):
        NaturalGradient(np.eye(1)).step([1.0], [1.0], (), 0.1)
