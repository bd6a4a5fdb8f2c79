"""The engine against the loops that a reader would write: `dl.naive`, and the same with optimizers,
decay and schedules.

The second loop, `plain`, is built from public pieces, layer by layer, in the features themselves. The engine stacks
runs, holds their layers in one array, changes the basis, compiles, and drops what diverges: none of that may show.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear import naive
from deeplinear.networks import AdaptiveStep, Amplification, Chain, Dense, Diagonal, Identity, Rule
from deeplinear.training import optimizers as methods
from deeplinear.training.schedules import CosineDecay, PowerOfLoss, Recorded, WarmUp

POWERS = (1.5, 2.0, 3.0, 4.0, 6.0)
CHAINS = [Chain(1), Chain(2), Chain(3), Chain(4)]
NETWORKS = [*CHAINS, Dense(3, (5, 4)), Diagonal(3), Rule(3, width=3), Rule(2.5)]
PARTS = [AdaptiveStep(3), Amplification(2)]  # of the rule for one output


def regression(p, k, examples=40, features=5):
    """One output is a vector of targets, as data mostly come."""
    rng = np.random.default_rng(k)
    inputs = rng.standard_normal((examples, features))
    targets = inputs @ rng.standard_normal((features, k)) + 0.3 * rng.standard_normal((examples, k))
    return dl.LpRegression(inputs, targets if k > 1 else targets[:, 0], p=p)


def covariance(k):
    inputs = regression(2, k).inputs
    return inputs.T @ inputs / len(inputs)


def networks(k):
    return [*NETWORKS, *PARTS] if k == 1 else NETWORKS


def weights_of(network, layers):
    if isinstance(network, Diagonal):
        return layers[0] ** network.depth - layers[1] ** network.depth
    return layers[0] if isinstance(network, Rule) else dl.end_to_end(layers)


def slopes_of(network, layers, G):
    """The gradient of every layer, or what a rule takes for one."""
    W, N = layers[0], network.depth
    if isinstance(network, Diagonal):
        u, v = layers
        return [N * u ** (N - 1) * G, -N * v ** (N - 1) * G]
    if isinstance(network, (AdaptiveStep, Amplification)):
        size = np.linalg.norm(W, axis=(-2, -1), keepdims=True)
        unit = W / size
        if isinstance(network, AdaptiveStep):
            return [size ** (2 - 2 / N) * G]
        return [G + (N - 1) * (unit * G).sum(axis=(-2, -1), keepdims=True) * unit]
    return [dl.precondition(W, G, N)] if isinstance(network, Rule) else dl.layer_gradients(layers, G)


def natural_directions(network, layers, G, sigma):
    """``(JᵀMJ)⁺ Jᵀ∇`` with the Jacobian itself; a rule, which has none,
    knows ``JJᵀ`` of the layers that it stands for.
    """
    values, basis = np.linalg.eigh(sigma)
    k, d = G.shape[1:]
    root = np.kron(np.eye(k), (basis * np.sqrt(values)) @ basis.T)
    units = np.broadcast_to(np.eye(k * d).reshape(-1, 1, k, d), (k * d, *G.shape))
    rows = slopes_of(network, [np.broadcast_to(W, (k * d, *W.shape)) for W in layers], units)
    J = np.concatenate([row.reshape(*row.shape[:2], -1) for row in rows], axis=2).swapaxes(0, 1)
    white = np.linalg.inv(root) @ G.reshape(len(G), -1, 1)
    if isinstance(network, Rule):
        return [(J @ root @ np.linalg.pinv(root @ J @ root, 1e-12) @ white).reshape(G.shape)]
    flat = np.linalg.pinv(root @ J, 1e-7) @ white
    ends = np.cumsum([W[0].size for W in layers])[:-1]
    return [part.reshape(W.shape) for part, W in zip(np.split(flat, ends, axis=1), layers, strict=True)]


def plain(gradient, network, layers, rates, marks, method=None, weight_decay=0.0, factor=None):
    """End-to-end weights at the marks, (marks, stack, k, d), from layers (stack, n_j, n_{j−1}) at rates (stack,)."""
    method, layers, path = method or methods.GradientDescent(), list(layers), []
    memory = [method.initial_state(W) for W in layers]
    fold = network.depth if isinstance(network, Rule) else 1  # decay on N layers acts N times on their product
    for step in range(marks[-1] + 1):
        W = weights_of(network, layers)
        if step in marks:
            path.append(W)
        G, eta = gradient(W), np.asarray(rates)[:, None, None]
        if factor is not None:
            eta = eta * factor(step, W)[:, None, None]
        if method.acts_on == "network":
            moves = natural_directions(network, layers, G, method.covariance)
            layers = [W - eta * move for W, move in zip(layers, moves, strict=True)]
            continue
        for j, slope in enumerate(slopes_of(network, layers, G)):
            slope = slope + weight_decay * fold * layers[j] if weight_decay else slope
            layers[j], memory[j] = method.step(layers[j], slope, memory[j], eta)
    return np.array(path)


def gradient_of(problem):
    return lambda W: problem.gradient(W.reshape(len(W), *problem.shape)).reshape(W.shape)


def loss_of(problem):
    return lambda W: problem.loss(W.reshape(len(W), *problem.shape))


def gradient_of_all_powers(k):
    """Of ``regression(p, k)`` for all of POWERS at once, written out."""
    problem, exponents = regression(2, k), np.array(POWERS)[:, None, None] - 1
    X, Y = problem.inputs, problem.targets.reshape(-1, k)

    def gradient(W):
        r = X @ W.swapaxes(1, 2) - Y
        return (np.sign(r) * np.abs(r) ** exponents).swapaxes(1, 2) @ X / len(X)

    return gradient


def by_engine(problem, runs, marks, **settings):
    return dl.advance(problem, runs, marks, observe=[dl.recording.Weights()], **settings)


def methods_and_rates(k):
    """Rates for POWERS at which runs move and are not chaotic: two that differ by rounding must stay together."""
    plain, slow = (3e-3, 2e-2, 1e-2, 3e-3, 1e-4), (3e-4, 3e-3, 1e-3, 3e-4, 1e-5)
    return {
        methods.GradientDescent(): plain,
        methods.HeavyBall(): slow,
        methods.Nesterov(): slow,
        methods.AdaGrad(): (3e-2,) * 5,
        methods.AdaDelta(epsilon=1e-3): (2e-2, 2e-2, 5e-3, 5e-3, 2e-3),
        methods.RMSProp(epsilon=1e-2): (3e-4, 3e-4, 3e-4, 3e-4, 1e-4),
        methods.Adam(epsilon=1e-3): (5e-4,) * 5,
        methods.AMSGrad(epsilon=1e-3): (5e-4,) * 5,
        methods.SignDescent(): (3e-4,) * 5,
        methods.Shampoo(epsilon=1e-3): (2e-2,) * 5,
        methods.Shampoo(decay=0.9, epsilon=1e-2): (3e-4, 3e-4, 3e-4, 3e-4, 1e-4),
        methods.Muon(0.9): (3e-4, 3e-4, 3e-4, 3e-4, 1e-4),
        methods.Muon(0.9, newton_schulz_steps=5): (3e-4,) * 5,
    }


@pytest.mark.parametrize("k", [1, 3])
def test_every_network_under_every_optimizer_on_every_loss(k):
    start, marks, shape = Identity(0.3), [0, 1, 10, 1000], regression(2, k).shape
    cases = [(network, method) for network in networks(k) for method in methods_and_rates(k)]
    found = []
    for i, p in enumerate(POWERS):  # all networks and methods in one batch
        rates = {method: every[i] for method, every in methods_and_rates(k).items()}
        runs = [dl.Run(network, rates[method], 1, start, method) for network, method in cases]
        found.append(
            by_engine(regression(p, k), runs, marks).recorded["weights"].reshape(len(cases), len(marks), k, -1)
        )
    for i, (network, method) in enumerate(cases):
        layers = [np.stack([W] * len(POWERS)) for W in start.layers(network, (k, shape[-1]), seed=1)]
        path = plain(gradient_of_all_powers(k), network, layers, methods_and_rates(k)[method], marks, method)
        for j, p in enumerate(POWERS):
            assert_allclose(found[j][i], path[:, j], rtol=1e-10, atol=1e-10, err_msg=f"{network} {method} p={p}")
            assert np.linalg.norm(path[-1, j] - path[0, j]) > 0.05, f"{network} {method} p={p} has not moved"


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("p", POWERS)
def test_gradient_descent_equals_the_three_naive_loops(p, k):
    problem, start, eta, steps = (
        regression(p, k),
        Identity(0.3),
        {1.5: 3e-3, 2: 2e-2, 3: 1e-2, 4: 3e-3, 6: 1e-4}[p],
        1000,
    )
    nets = [Chain(1), Chain(3), Dense(3, (5, 4)), Rule(2.5)]
    runs = [dl.Run(network, eta, 1, start) for network in nets]
    found = by_engine(problem, runs, np.arange(steps + 1)).recorded["weights"]
    first = [run.layers(problem.shape) for run in runs]
    rows = [layers[0].reshape(problem.shape) for layers in first if len(layers) == 1]
    assert_allclose(found[0], naive.train_weights(problem, rows[0], eta, steps), rtol=1e-10, atol=1e-10)
    assert_allclose(found[1], naive.train_layers(problem, first[1], eta, steps), rtol=1e-10, atol=1e-10)
    assert_allclose(found[2], naive.train_layers(problem, first[2], eta, steps), rtol=1e-10, atol=1e-10)
    assert_allclose(found[3], naive.train_rule(problem, rows[1], 2.5, eta, steps), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("k", [1, 3])
def test_the_natural_gradient_of_every_network_on_every_loss(k):
    """By the Jacobian itself; after 60 steps the rest of a run is the end of an exponential."""
    marks, shape, rates = [0, 1, 60], regression(2, k).shape, (1e-2, 1e-2, 3e-3, 1e-3, 3e-5)
    method = methods.NaturalGradient(covariance(k))
    nets, found = networks(k), []
    # A diagonal network with an entry near zero would have to move it far.
    starts = [dl.networks.AllEqual(1.0) if isinstance(network, Diagonal) else Identity(0.3) for network in nets]
    for p, rate in zip(POWERS, rates, strict=True):
        runs = [dl.Run(network, rate, 1, start, method) for network, start in zip(nets, starts, strict=True)]
        found.append(by_engine(regression(p, k), runs, marks).recorded["weights"].reshape(len(nets), len(marks), k, -1))
    for i, network in enumerate(nets):
        layers = [np.stack([W] * len(POWERS)) for W in starts[i].layers(network, (k, shape[-1]), seed=1)]
        path = plain(gradient_of_all_powers(k), network, layers, rates, marks, method)
        for j, p in enumerate(POWERS):
            assert_allclose(found[j][i], path[:, j], rtol=1e-9, atol=1e-9, err_msg=f"{network} p={p}")
            assert np.linalg.norm(path[-1, j] - path[0, j]) > 0.05, f"{network} p={p} has not moved"


CHANGES = [
    {"weight_decay": 0.2},
    {"schedule": WarmUp(50)},
    {"schedule": PowerOfLoss(-0.5, reference=4.0)},
    {"schedule": CosineDecay(200, end=0.1)},
    {"schedule": Recorded((0.0, 0.5, 2.0))},
    {"schedule": CosineDecay(150), "weight_decay": 0.1, "optimizer": methods.Adam(epsilon=1e-3)},
]


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("p", [1.5, 2, 4])
def test_decay_and_schedules_equal_the_plain_loop(p, k):
    problem, start, rate, marks = regression(p, k), Identity(0.3), 1e-3, [0, 300]
    cases = [(network, change) for network in networks(k) for change in CHANGES]
    runs = [dl.Run(network, rate, 1, start, **change) for network, change in cases]
    found = by_engine(problem, runs, marks).recorded["weights"].reshape(len(runs), len(marks), k, -1)
    without = by_engine(problem, [dl.Run(network, rate, 1, start) for network, _ in cases], marks).recorded["weights"]
    for i, (network, change) in enumerate(cases):
        schedule, decay = change.get("schedule"), change.get("weight_decay", 0.0)
        factor = None if schedule is None else lambda step, W, schedule=schedule: schedule(step, loss_of(problem)(W))
        layers = [W[None] for W in runs[i].layers(problem.shape)]
        path = plain(gradient_of(problem), network, layers, [rate], marks, runs[i].optimizer, decay, factor)
        assert_allclose(found[i], path[:, 0], rtol=1e-10, atol=1e-10, err_msg=f"{runs[i]}")
        assert np.abs(found[i, -1] - without[i, -1].reshape(k, -1)).max() > 1e-3, f"{change} changes nothing"


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("p", [2, 4])
def test_a_run_diverges_at_the_step_at_which_the_plain_loop_does(p, k):
    problem, start, steps = regression(p, k), Identity(0.3), 400
    cases = [(network, rate) for network in networks(k) for rate in (3.0, 30.0, 1e-3)]
    runs = [dl.Run(network, rate, 1, start) for network, rate in cases]
    result = by_engine(problem, runs, [0, steps])
    with np.errstate(all="ignore"):
        for i, (network, rate) in enumerate(cases):
            layers, ended = [W[None] for W in runs[i].layers(problem.shape)], -1
            for step in range(steps + 1):
                G = gradient_of(problem)(weights_of(network, layers))
                if not np.isfinite((G * G).sum()):
                    ended = step
                    break
                layers = [W - rate * slope for W, slope in zip(layers, slopes_of(network, layers, G), strict=True)]
            assert result.diverged_at[i] == ended, f"{network} {rate}"
            assert np.isinf(result.loss[i, -1]) == (ended >= 0)
    assert 0 < (result.diverged_at >= 0).sum() < len(runs)


def others():
    rng = np.random.default_rng(3)
    table = rng.standard_normal((3, 5))
    yield dl.problems.LogisticRegression(rng.standard_normal((40, 5)), rng.integers(0, 2, 40))
    yield dl.TwoPoint((3.0, -1.0, 0.5, 2.0, 1.0), p=4)
    yield dl.problems.MatrixCompletion(table, rng.random((3, 5)) < 0.6, p=2)
    yield dl.problems.MatrixCompletion(table, rng.random((3, 5)) < 0.6, p=3)
    yield dl.problems.MatrixSensing(rng.standard_normal((40, 3, 5)), rng.standard_normal(40), p=4)


@pytest.mark.parametrize("problem", list(others()), ids=repr)
def test_problems_of_other_kinds_equal_the_plain_loop(problem):
    start, marks, rate = Identity(0.3), [0, 1, 500], 1e-3
    nets = [Chain(1), Chain(3), Dense(3, (5, 4)), Diagonal(2), Rule(3)]
    chosen = [methods.GradientDescent(), methods.Nesterov(), methods.Adam(epsilon=1e-3), methods.Muon(0.9, 5)]
    cases = [(network, method) for network in nets for method in chosen]
    runs = [dl.Run(network, rate, 1, start, method) for network, method in cases]
    result = by_engine(problem, runs, marks)
    for i, (network, method) in enumerate(cases):
        layers = [W[None] for W in runs[i].layers(problem.shape)]
        path = plain(gradient_of(problem), network, layers, [rate], marks, method)[:, 0]
        assert_allclose(
            result.recorded["weights"][i].reshape(path.shape), path, rtol=1e-10, atol=1e-10, err_msg=f"{runs[i]}"
        )
        assert_allclose(result.loss[i], loss_of(problem)(path), rtol=1e-9)
        assert abs(result.loss[i, -1] / result.loss[i, 0] - 1) > 1e-3


@pytest.mark.parametrize("p", [2, 4])
def test_a_mixture_gives_what_each_run_gives_alone(p):
    problem, start = regression(p, 1), Identity(0.3)
    runs = [
        dl.Run(Chain(1), 1e-3, 1, start),
        dl.Run(
            Chain(2), 1e-3, 1, start, methods.Adam(epsilon=0.0)
        ),  # 0/0 in the layer that the next one has and it lacks
        dl.Run(Chain(4), 1e-3, 1, start, methods.Adam(epsilon=0.0)),
        dl.Run(Chain(2), 1e-3, 1, start, methods.Muon(0.9)),
        dl.Run(Dense(2, 4), 1e-3, 1, start, methods.Adam()),
        dl.Run(Chain(2), 9.0, 1, start),  # diverges
        dl.Run(Chain(4), 1e-3, 1, start, schedule=WarmUp(30)),
        dl.Run(Dense(3, 1), 1e-3, 1, start, weight_decay=0.1),
        dl.Run(Rule(3), 1e-3, 2, start),
        dl.Run(Amplification(3), 1e-3, 2, start),
        dl.Run(AdaptiveStep(3), 1e-3, 2, start, weight_decay=0.1),
    ]
    marks = [0, 5, 200]
    together = by_engine(problem, runs, marks)
    for i, run in enumerate(runs):
        alone = by_engine(problem, [run], marks)
        assert_allclose(together.loss[i], alone.loss[0], rtol=1e-10, err_msg=f"{run}")
        assert_allclose(together.recorded["weights"][i], alone.recorded["weights"][0], rtol=1e-9, atol=1e-12)
        assert together.diverged_at[i] == alone.diverged_at[0]
    assert np.flatnonzero(together.diverged_at >= 0).tolist() == [5]


@pytest.mark.parametrize("k", [1, 3])
def test_single_precision_is_close_to_double_and_not_the_same(k):
    chosen = [methods.GradientDescent(), methods.Adam(), methods.Muon(0.9, 5), methods.Shampoo(epsilon=1e-2)]
    runs = [dl.Run(network, 1e-3, 1, Identity(0.3), method) for network in networks(k) for method in chosen]
    single, double = (
        dl.advance(regression(4, k), runs, [0, 200], dtype=dtype).loss for dtype in (np.float32, np.float64)
    )
    assert_allclose(single, double, rtol=2e-3)
    assert (single != double).all()


def test_the_parts_of_the_rule_multiply_to_the_rule():
    problem, w, eta, N = regression(4, 1), np.array([0.4, -0.1, 0.2, 0.0, 0.3]), 1e-3, 3
    runs = [dl.Run(kind(N), eta, start=dl.networks.Balanced(w)) for kind in (Rule, AdaptiveStep, Amplification)]
    found = by_engine(problem, runs, [0, 1]).recorded["weights"]
    rule, step, amplification = (found[:, 1] - found[:, 0]) / -eta
    size = np.linalg.norm(w) ** (2 - 2 / N)
    assert_allclose(rule, dl.precondition_vector(w, problem.gradient(w), N), rtol=1e-9)
    assert_allclose(step, size * problem.gradient(w), rtol=1e-9)
    assert_allclose(amplification * size, rule, rtol=1e-9)
    assert_array_equal(found[:, 0], [w, w, w])
