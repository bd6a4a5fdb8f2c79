"""Pullbacks and Hessian products of every network of layers against TensorFlow's automatic differentiation."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from functools import reduce

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.networks import Chain, Dense, Diagonal
from deeplinear.theory.sharpness import hessian_product, sharpness

NETWORKS = [
    Chain(1),
    Chain(2),
    Chain(4),
    Dense(2, 4),
    Dense(3, (6, 2)),
    Dense(4, 1),
    Diagonal(1),
    Diagonal(2),
    Diagonal(3),
]


@pytest.fixture(scope="module")
def tf():
    return pytest.importorskip("tensorflow")


@pytest.fixture(params=[(network, k, p) for network in NETWORKS for k, p in ((1, 4), (3, 2), (3, 3))], ids=str)
def case(request, tf):
    """Layers and a direction of them, the problem, the gradient and the product of the Hessian with the direction."""
    network, k, p = request.param
    rng = np.random.default_rng(k)
    inputs, targets = rng.standard_normal((12, 4)), rng.standard_normal((12, k))
    shapes = network.layer_shapes((k, 4))
    layers, along = ([rng.uniform(0.5, 1.5, shape) for shape in shapes] for _ in range(2))
    variables = [tf.Variable(W) for W in layers]
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            if isinstance(network, Diagonal):
                W = variables[0] ** network.depth - variables[1] ** network.depth
            else:
                W = reduce(lambda below, W: W @ below, variables)
            loss = tf.reduce_sum(tf.abs(inputs @ tf.transpose(W) - targets) ** p) / (p * len(inputs))
        gradients = inner.gradient(loss, variables)
        slope = tf.add_n([tf.reduce_sum(G * V) for G, V in zip(gradients, along, strict=True)])
    product = outer.gradient(slope, variables, unconnected_gradients="zero")
    problem = dl.LpRegression(inputs, targets if k > 1 else targets[:, 0], p=p)
    return network, layers, along, problem, [G.numpy() for G in gradients], [H.numpy() for H in product]


def test_the_pullback_is_the_gradient_of_every_layer(case):
    network, layers, _, problem, gradients, _ = case
    stack = tuple(W[None] for W in layers)
    weights = network.weights(stack)
    slopes = problem.gradient(weights.reshape(problem.shape)).reshape(weights.shape)
    for ours, theirs in zip(network.pullback(stack, slopes), gradients, strict=True):
        assert_allclose(ours[0], theirs, rtol=1e-11, atol=1e-11)


def test_the_hessian_of_the_factored_loss_times_a_direction(case):
    network, layers, along, problem, _, product = case
    for ours, theirs in zip(hessian_product(problem, layers, along, network), product, strict=True):
        assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("network", [Chain(3), Dense(2, 4), Diagonal(3)], ids=repr)
def test_the_sharpness_is_the_largest_eigenvalue_of_the_hessian_by_differences(network):
    rng = np.random.default_rng(0)
    problem = dl.LpRegression(rng.standard_normal((12, 4)), rng.standard_normal((12, 3)), p=4)
    layers = tuple(rng.uniform(0.5, 1.5, (1, *shape)) for shape in network.layer_shapes((3, 4)))
    sizes, flat = [W.size for W in layers], np.concatenate([W.ravel() for W in layers])

    def gradient(flat):
        parts = np.split(flat, np.cumsum(sizes)[:-1])
        stack = tuple(part.reshape(W.shape) for part, W in zip(parts, layers, strict=True))
        return np.concatenate([G.ravel() for G in network.pullback(stack, problem.gradient(network.weights(stack)))])

    hessian = np.stack([(gradient(flat + 1e-5 * e) - gradient(flat - 1e-5 * e)) / 2e-5 for e in np.eye(len(flat))])
    largest = np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1]
    assert_allclose(sharpness(problem, [W[0] for W in layers], network), largest, rtol=1e-6)
