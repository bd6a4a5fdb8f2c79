"""Layer gradients against TensorFlow's automatic differentiation, which knows nothing of the formula."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl


@pytest.fixture(scope="module")
def tf():
    return pytest.importorskip("tensorflow")


@pytest.mark.claim("layer-gradients", "the gradient of every layer, against automatic differentiation", tolerance=1e-10)
@pytest.mark.parametrize("sizes", [(4, 5, 6, 3), (3, 1), (6, 1, 1, 1), (2, 2, 2, 2, 2)])
@pytest.mark.parametrize("p", [2, 4])
def test_layer_gradients_equal_automatic_differentiation(tf, sizes, p, tolerance):
    rng = np.random.default_rng(len(sizes))
    factors = dl.near_zero(sizes, 0.8, rng)
    inputs, targets = rng.standard_normal((15, sizes[0])), rng.standard_normal((15, sizes[-1]))
    layers = [tf.Variable(W) for W in factors]
    with tf.GradientTape() as tape:
        outputs = tf.transpose(tf.constant(inputs))
        for W in layers:
            outputs = W @ outputs
        loss = tf.reduce_mean(tf.reduce_sum(tf.abs(tf.transpose(outputs) - targets) ** p, axis=1)) / p
    automatic = tape.gradient(loss, layers)
    problem = dl.LpRegression(inputs, targets, p=p)
    product = dl.end_to_end(factors)
    assert_allclose(problem.loss(product), loss.numpy(), rtol=1e-12)
    for ours, theirs in zip(dl.layer_gradients(factors, problem.gradient(product)), automatic, strict=True):
        assert_allclose(ours, theirs.numpy(), rtol=tolerance, atol=tolerance / 100)
