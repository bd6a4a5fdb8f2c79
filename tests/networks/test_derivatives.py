"""The derivative of the weights along a direction of the layers, against differences and against its transpose."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from deeplinear.networks import Chain, Dense, Diagonal, NearZero
from deeplinear.networks._derivatives import pushforward

NETWORKS = [(Chain(3), (1, 4)), (Dense(3, 2), (2, 4)), (Diagonal(3), (2, 3))]


def stacks(network, shape, dtype=float):
    starts = [NearZero(0.7).layers(network, shape, seed) for seed in range(4)]
    halves = [network.stacked(starts[:2]), network.stacked(starts[2:])]
    return [tuple(layer.astype(dtype) for layer in half) for half in halves]


@pytest.mark.parametrize(("network", "shape"), NETWORKS)
def test_it_is_the_difference_of_the_weights(network, shape):
    layers, along = stacks(network, shape)
    network, h = network.joined([network] * 2), 1e-6
    ends = [network.weights(tuple(W + sign * h * V for W, V in zip(layers, along, strict=True))) for sign in (1, -1)]
    assert_allclose(pushforward(network, layers, along), (ends[0] - ends[1]) / (2 * h), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(("network", "shape"), NETWORKS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_pullback_is_its_transpose(network, shape, dtype):
    layers, along = stacks(network, shape, dtype)
    network = network.joined([network] * 2)
    slopes = np.random.default_rng(1).standard_normal((2, *shape)).astype(dtype)
    back = network.pullback(layers, slopes)
    left = (slopes * pushforward(network, layers, along)).sum()
    right = sum((G * V).sum() for G, V in zip(back, along, strict=True))
    assert_allclose(left, right, rtol=1e-12 if dtype == np.float64 else 1e-5)
