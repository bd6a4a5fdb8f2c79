"""The sharpness of the factored loss against a dense Hessian by automatic means and by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.networks import AdaptiveStep, Amplification, Chain, Dense, Diagonal, Rule
from deeplinear.theory.sharpness import hessian_product, sharpness


def regression(p, outputs=1, seed=0):
    rng = np.random.default_rng(seed)
    targets = rng.standard_normal((20, outputs))
    return dl.LpRegression(rng.standard_normal((20, 4)), targets[:, 0] if outputs == 1 else targets, p=p)


def layers_of(network, problem, seed=0):
    rng = np.random.default_rng(seed)
    shape = (1, *problem.shape) if len(problem.shape) == 1 else problem.shape
    return [0.6 * rng.standard_normal(layer) for layer in network.layer_shapes(shape)]


def dense_hessian(problem, network, layers):
    """By central differences of the gradient of all parameters."""
    sizes = np.cumsum([layer.size for layer in layers])[:-1]

    def gradient(flat):
        parts = [part.reshape(layer.shape)[None] for part, layer in zip(np.split(flat, sizes), layers, strict=True)]
        weights = network.weights(parts)
        slopes = np.asarray(problem.gradient(weights.reshape(problem.shape))).reshape(weights.shape)
        return np.concatenate([g.ravel() for g in network.pullback(parts, slopes)])

    flat, h = np.concatenate([layer.ravel() for layer in layers]), 1e-6
    return np.array([(gradient(flat + h * e) - gradient(flat - h * e)) / (2 * h) for e in np.eye(len(flat))])


PROBLEMS = {
    "l2": regression(2),
    "l4": regression(4),
    "l2.5": regression(2.5),
    "three outputs": regression(4, 3),
    "logistic": dl.problems.LogisticRegression(regression(2).inputs, [0, 1] * 10),
    "completion": dl.problems.MatrixCompletion(np.arange(12.0).reshape(3, 4) / 9, np.eye(3, 4) == 0, p=4),
    "sensing": dl.problems.MatrixSensing(np.random.default_rng(1).standard_normal((8, 2, 3)), np.arange(8.0), p=3),
}


@pytest.mark.parametrize(
    "network", [Chain(1), Chain(3), Dense(2, 3), Dense(3, (7, 5)), Diagonal(1), Diagonal(3)], ids=repr
)
@pytest.mark.parametrize("name", PROBLEMS)
def test_it_is_the_largest_eigenvalue_of_the_hessian_of_all_layers(name, network):
    problem = PROBLEMS[name]
    layers = layers_of(network, problem)
    H = dense_hessian(problem, network, layers)
    assert_allclose(sharpness(problem, layers, network), np.linalg.eigvalsh((H + H.T) / 2)[-1], rtol=1e-6)
    v = [np.random.default_rng(5).standard_normal(layer.shape) for layer in layers]
    product = np.concatenate([part.ravel() for part in hessian_product(problem, layers, v, network)])
    assert_allclose(product, H @ np.concatenate([part.ravel() for part in v]), rtol=1e-5, atol=1e-5)


def test_a_problem_that_states_no_hessian_product_has_its_sharpness_to_some_digits():
    exact = regression(4)

    class Own(dl.problems.Problem):
        shape, loss, gradient = exact.shape, exact.loss, exact.gradient

    layers = layers_of(Chain(3), exact)
    assert_allclose(dl.sharpness(Own(), layers), dl.sharpness(exact, layers), rtol=1e-6)


@pytest.mark.parametrize("network", [Rule(1), Rule(2), Rule(2.7), Rule(5)], ids=repr)
@pytest.mark.parametrize("name", ["l2", "l4", "three outputs"])
def test_for_the_rule_it_is_the_largest_eigenvalue_of_the_preconditioned_hessian(name, network):
    problem = PROBLEMS[name]
    W = np.atleast_2d(np.random.default_rng(2).standard_normal(problem.shape))
    columns = [np.ravel(dl.precondition(W, e.reshape(W.shape), network.depth)) for e in np.eye(W.size)]
    H = [np.ravel(problem.hessian_product(W.reshape(problem.shape), e.reshape(problem.shape))) for e in np.eye(W.size)]
    assert_allclose(
        sharpness(problem, [W], network), np.linalg.eigvals(np.transpose(columns) @ np.array(H)).real.max(), rtol=1e-8
    )


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_at_a_balanced_minimum_layers_and_rule_agree(depth):
    """λ_max of the factored Hessian is λ_max(P∇²L) where the layers are balanced and the gradient is zero."""
    inputs = np.random.default_rng(3).standard_normal((30, 4))
    problem = dl.LpRegression(inputs, inputs @ [1.0, -2.0, 0.5, 1.0])
    w = problem.optimum.weights
    layers = dl.balanced(w, depth)
    assert_allclose(dl.sharpness(problem, layers), sharpness(problem, [w[None]], Rule(depth)), rtol=1e-9)
    unbalanced = [2 * layers[0], layers[1] / 2, *layers[2:]]
    assert abs(dl.sharpness(problem, unbalanced) / dl.sharpness(problem, layers) - 1) > 0.05


def test_descent_is_stable_up_to_two_over_the_sharpness():
    problem, layers = dl.TwoPoint([4.0]), dl.balanced([[4.0]], 2)
    edge = 2 / dl.sharpness(problem, layers)
    for share, settles in ((0.9, True), (1.1, False)):
        factors = [layer + 1e-6 for layer in layers]
        for _ in range(2000):
            factors = dl.gradient_step(factors, problem.gradient(dl.end_to_end(factors)[0]), share * edge)
        assert (abs(dl.end_to_end(factors).item() - 4) < 1e-9) is settles


def test_large_networks_go_through_lanczos_and_infinite_curvature_is_infinite():
    problem = dl.LpRegression(np.random.default_rng(0).standard_normal((50, 40)), np.ones(50))
    layers = layers_of(Dense(2, 30), problem)
    H = dense_hessian(problem, Dense(2, 30), layers)
    assert_allclose(dl.sharpness(problem, layers), np.linalg.eigvalsh((H + H.T) / 2)[-1], rtol=1e-6)
    assert np.isinf(dl.sharpness(dl.LpRegression([[1.0]], [1.0], p=1.5), [[[1.0]]]))
    assert np.isinf(sharpness(dl.LpRegression([[1.0]], [1.0], p=1.5), [np.ones((1, 1))], Amplification(2)))


@pytest.mark.parametrize("network", [AdaptiveStep(3), Amplification(3)], ids=repr)
def test_the_parts_of_the_rule_have_preconditioners_of_their_own(network):
    problem, w = PROBLEMS["l4"], np.random.default_rng(2).standard_normal((1, 4))
    P = np.array([network.pullback((w[None],), e[None, None])[0].ravel() for e in np.eye(4)])
    assert_allclose(
        sharpness(problem, [w], network), np.linalg.eigvals(P @ problem.hessian(w[0])).real.max(), rtol=1e-9
    )


def test_a_network_of_another_number_of_layers_is_refused():
    with pytest.raises(ValueError, match=r"Chain\(depth=3\) has 3 layers, and factors holds 2"):
        dl.sharpness(dl.TwoPoint([4.0]), [[[2.0]], [[2.0]]], dl.networks.Chain(3))


@pytest.mark.parametrize(
    ("factors", "network", "error", "words"),
    [
        (None, None, TypeError, "factors is None: give a list of matrices, one a layer"),
        ([[["a", "b"]]], None, TypeError, "factors, layer 1, must be an array of real numbers"),
        ([[[1.0, 2.0]], [[np.nan]]], None, ValueError, "factors, layer 2, holds nan at index"),
        ([np.array([[1j, 2.0]])], None, TypeError, "these are complex128"),
        ([[[1.0, 2.0, 3.0]]], None, ValueError, r"layers of shapes \(\(1, 3\),\), and weights of shape \(1, 2\) need"),
        ([[[1.0, 2.0]], [[1.0]]], dl.networks.Diagonal(2), ValueError, r"need \(\(1, 2\), \(1, 2\)\)"),
        ([[[1.0, 2.0]]], "rule", TypeError, "network is 'rule', it must be an object of dl.networks"),
        ([[[1.0, 2.0]]], dl.networks.Chain, TypeError, "network is <class .*, it must be an object of dl.networks"),
    ],
)
def test_what_has_no_sharpness_is_refused_by_name(factors, network, error, words):
    with pytest.raises(error, match=words):
        dl.sharpness(dl.TwoPoint([1.0, 2.0]), factors, network)


def test_the_direction_has_the_shapes_of_the_layers():
    with pytest.raises(ValueError, match=r"direction has layers of shapes \[\(1, 1\)\], and factors \[\(1, 2\)\]"):
        hessian_product(dl.TwoPoint([1.0, 2.0]), [[[1.0, 2.0]]], [[[1.0]]])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("network", [None, dl.networks.Rule(2)])
def test_an_infinite_curvature_is_an_answer_and_no_warning(network):
    assert dl.sharpness(dl.TwoPoint([1.0, 1.0], p=1.5), [[[1.0, 0.5]]], network) == np.inf


def test_a_network_that_is_not_analytic_is_refused():
    class Signed(Chain):
        def weights(self, layers):
            return np.abs(layers[0]) * layers[0]

    with pytest.raises(TypeError, match="no analytic function"):
        sharpness(PROBLEMS["l4"], [np.ones((1, 4))], Signed(1))


def test_it_is_zero_where_nothing_curves_however_many_layers_there_are():
    problem = dl.problems.MatrixCompletion(np.eye(5), np.ones((5, 5), bool), p=4)  # no curvature at no residual
    assert sharpness(problem, [np.eye(5)] * 3) == 0
