"""What the starts draw: sizes, seeds and the layers they stand for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear.networks import AllEqual, Balanced, Chain, Dense, Diagonal, Given, Identity, NearZero, Rule


def test_near_zero_is_normal_noise_of_its_scale():
    (layer,) = NearZero(0.3).layers(Chain(1), (1, 40_000), seed=1)
    assert_allclose([layer.mean(), layer.std()], [0, 0.3], atol=0.01)
    assert_array_equal(layer, 0.3 * np.random.default_rng(1).standard_normal((1, 40_000)))
    assert NearZero() == NearZero(0.01)


def test_equal_seeds_draw_equal_layers_and_the_first_layer_does_not_depend_on_depth():
    one, same, deeper, other = (
        NearZero(1.0).layers(Chain(depth), (1, 3), seed) for depth, seed in ((2, 0), (2, 0), (4, 0), (2, 1))
    )
    assert_array_equal(one[0], same[0])
    assert_array_equal(one[0], deeper[0])
    assert (one[0] != other[0]).all()
    assert len({layer.item() for layer in deeper[1:]}) == 3, "every layer has noise of its own"


@pytest.mark.parametrize("scale", [0.0, 0.2, 1.0])
def test_identity_is_ones_on_the_diagonals_and_noise(scale):
    shapes = [(2, 3), (2, 2), (1, 2)]
    layers = Identity(scale).layers(Dense(3, 2), (1, 3), seed=3)
    noise = NearZero(1.0).layers(Dense(3, 2), (1, 3), seed=3)
    for shape, layer, noisy in zip(shapes, layers, noise, strict=True):
        assert_allclose(layer, np.eye(*shape) + scale * noisy, rtol=1e-12)
    assert_allclose(Identity().layers(Chain(2), (1, 3), 3)[1], 1 + NearZero(0.01).layers(Chain(2), (1, 3), 3)[1])


def test_balanced_takes_a_vector_or_a_table_and_its_sum_is_what_it_was_given():
    assert Balanced((3.0, 4.0)).weights == (3.0, 4.0)
    assert Balanced(np.eye(2)).weights == ((1.0, 0.0), (0.0, 1.0))
    assert Balanced((3.0, 4.0)) == Balanced(np.array([3, 4])) != Balanced((3.0, 5.0))
    assert_allclose(dl.end_to_end(Balanced((3.0, 4.0)).layers(Chain(3), (1, 2), 0)), [[3, 4]])
    assert_allclose(dl.end_to_end(Balanced(np.eye(2)).layers(Dense(3, 2), (2, 2), 0)), np.eye(2), atol=1e-12)
    with pytest.raises(ValueError, match=r"weights of shape \(2,\) and the problem needs 3 weights"):
        Balanced((3.0, 4.0)).layers(Chain(2), (1, 3), 0)
    with pytest.raises(ValueError, match=r"weights of shape \(2,\) and the problem needs weights of shape \(2, 2\)"):
        Balanced((3.0, 4.0)).layers(Dense(2, 2), (2, 2), 0)


def test_balanced_without_weights_has_those_of_a_start_near_zero():
    for network, shape in ((Dense(3, 2), (2, 4)), (Diagonal(2), (2, 3)), (Rule(3, 2), (2, 4))):
        near = NearZero(0.3).layers(network, shape, seed=5)
        wanted = network.weights(network.stacked([near]))[0]
        found = Balanced(scale=0.3).layers(network, shape, seed=5)
        assert_allclose(network.weights(network.stacked([found]))[0], wanted, atol=1e-12)
    for network in (Chain(3), Dense(3, 5), Rule(3, 5)):
        found = Balanced(scale=0.3).layers(network, (1, 4), seed=5)
        wanted = dl.end_to_end(NearZero(0.3).layers(Chain(3), (1, 4), seed=5))
        assert_allclose(network.weights(network.stacked([found]))[0], wanted, atol=1e-12)
    assert Balanced() == Balanced(scale=0.01)


def test_all_equal_and_given_are_what_they_are_given():
    for layer in AllEqual(0.25).layers(Diagonal(2), (2, 3), seed=0):
        assert_array_equal(layer, np.full((2, 3), 0.25))
    assert_array_equal(AllEqual(2.0).layers(Rule(3), (1, 2), 0)[0], [[8.0, 8.0]])
    mine = Given([[[1.0, 2.0]], [[3.0]]])
    assert [layer.tolist() for layer in mine.layers(Chain(2), (1, 2), 0)] == [[[1.0, 2.0]], [[3.0]]]
    assert mine == Given([np.array([[1, 2]]), [[3]]]) != Given([[[1.0, 2.0]], [[4.0]]])
    assert mine != Given([[[1.0], [2.0]], [[3.0]]])
    assert mine != "Given"
    with pytest.raises(ValueError, match=r"layers of shapes \(\(1, 2\), \(1, 1\)\), Chain\(depth=3\) needs"):
        mine.layers(Chain(3), (1, 2), 0)
    with pytest.raises(ValueError, match="layer 2 holds nan"):
        Given([[[1.0]], [[np.nan]]])
