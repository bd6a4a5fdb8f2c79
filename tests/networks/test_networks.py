"""Every network alone: its weights by hand, its gradients by differences, its start, and how runs of it are joined."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear.networks import AdaptiveStep, Amplification, Chain, Dense, Diagonal, NearZero, Rule

LAYERED = [  # a network, and the shape of its weights
    (Chain(1), (1, 3)),
    (Chain(3), (1, 1)),
    (Chain(2), (2, 3)),
    (Chain(4), (2, 3)),
    (Dense(1, 4), (2, 3)),
    (Dense(2, 4), (3, 2)),
    (Dense(3, (5, 2)), (1, 4)),
    (Diagonal(1), (1, 3)),
    (Diagonal(2), (2, 2)),
    (Diagonal(3), (1, 4)),
]


def drawn(network, shape, runs=2):
    return network.stacked([NearZero(0.8).layers(network, shape, seed) for seed in range(runs)])


def by_hand(network, layers):
    """The end-to-end weights of one run."""
    if isinstance(network, Diagonal):
        return layers[0] ** network.depth - layers[1] ** network.depth
    product = np.eye(layers[0].shape[1])
    for layer in layers:
        product = layer @ product
    return product


@pytest.mark.parametrize(("network", "shape"), LAYERED)
def test_weights_are_the_product_of_the_layers(network, shape):
    layers = drawn(network, shape)
    assert tuple(layer.shape[1:] for layer in layers) == network.layer_shapes(shape)
    for run, weights in enumerate(network.joined([network] * 2).weights(layers)):
        assert_allclose(weights, by_hand(network, [layer[run] for layer in layers]), rtol=1e-13)


@pytest.mark.parametrize(("network", "shape"), LAYERED)
def test_a_pullback_holds_the_slopes_of_a_linear_loss(network, shape):
    """Of ``⟨C, W⟩``, whose gradient at W is C, entry of a layer by entry."""
    layers, C, h = drawn(network, shape), np.random.default_rng(9).standard_normal((2, *shape)), 1e-6
    network = network.joined([network] * 2)
    gradients = network.pullback(layers, C)
    for j, layer in enumerate(layers):
        for place in np.ndindex(*layer.shape[1:]):
            ends = []
            for sign in (1, -1):
                moved = [other.copy() for other in layers]
                moved[j][(slice(None), *place)] += sign * h
                ends.append((C * network.weights(tuple(moved))).sum(axis=(1, 2)))
            assert_allclose(gradients[j][(slice(None), *place)], (ends[0] - ends[1]) / (2 * h), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("depths", [(1, 3, 2), (4, 1), (2, 2)])
@pytest.mark.parametrize("kind", [Chain, Dense])
def test_chains_of_all_depths_together_are_what_each_is_alone(kind, depths):
    networks, slopes = [kind(depth) for depth in depths], np.random.default_rng(3).standard_normal((len(depths), 1, 3))
    starts = [NearZero(0.9).layers(network, (1, 3), seed) for seed, network in enumerate(networks)]
    assert len({network.key((1, 3)) for network in networks}) == 1
    assert len({network.key((2, 3)) for network in networks}) == len(set(depths)), "with more outputs the shapes differ"
    joined, layers = networks[0].joined(networks), networks[0].stacked(starts)
    assert joined.layer_shapes((1, 3)) == Chain(max(depths)).layer_shapes((1, 3))
    layers = (layers[0], *(np.where(layer == 1, 7.0, layer) for layer in layers[1:]))  # whatever stands in their place
    weights, gradients, decay = joined.weights(layers), joined.pullback(layers, slopes), joined.decay(layers)
    for run, (network, start) in enumerate(zip(networks, starts, strict=True)):
        assert_allclose(weights[run], by_hand(network, start), rtol=1e-13)
        alone = network.pullback(tuple(layer[None] for layer in start), slopes[run : run + 1])
        for j, layer in enumerate(layers):
            there = j < network.depth
            assert_allclose(gradients[j][run], alone[j][0] if there else 0, rtol=1e-12)
            assert_allclose(decay[j][run], layer[run] if there else 0)


def test_a_network_of_one_s_own_kind_of_chain_keeps_to_itself():
    class Mine(Chain):
        pass

    assert Mine(2).key((1, 3)) == Mine(2) != Chain
    assert Mine(2).joined([Mine(2)] * 2) == Mine(2)


def test_dense_networks_go_with_the_chains_where_they_are_chains_and_only_there():
    assert Dense(3, 1).key((1, 4)) is Chain is Dense(2, (1,)).key((1, 4))
    assert Dense(3, 1).key((2, 4)) == Dense(3, 1)
    assert Dense(3, 2).key((1, 4)) == Dense(3, 2)
    assert Dense(3, 2).joined([Dense(3, 2)]) is not None
    assert [layer.shape for layer in drawn(Dense(2, 3), (1, 4))] == [(2, 3, 4), (2, 1, 3)]


@pytest.mark.parametrize(("network", "shape"), [case for case in LAYERED if case[0] != Dense(3, (5, 2))])
def test_a_balanced_start_has_its_weights_and_layers_of_equal_strength(network, shape):
    W = np.random.default_rng(4).standard_normal(shape)
    W[0, 0] = -abs(W[0, 0])
    if isinstance(network, Chain) and network.depth > 1:
        W = np.outer(W[:, 0], W[0])  # rank 1 is what fits through width 1
    layers = network.balanced(W, seed=5)
    assert_allclose(by_hand(network, layers), W, atol=1e-12)
    if isinstance(network, Diagonal):
        assert all((layer >= 0).all() for layer in layers)
        assert_array_equal(layers[0] * layers[1], 0)
    else:
        assert tuple(layer.shape for layer in layers) == network.layer_shapes(shape)
        for D in dl.imbalance(layers):
            assert_allclose(D, 0, atol=1e-12)


def test_a_balanced_start_turns_with_the_seed():
    one, same, other = (Dense(2, 4).balanced(np.ones((2, 3)), seed) for seed in (0, 0, 1))
    assert_array_equal(one[0], same[0])
    assert np.abs(one[0] - other[0]).max() > 0.01


def test_hidden_layers_of_several_widths_have_no_balanced_start():
    with pytest.raises(ValueError, match="width is \\(5, 2\\): a balanced start needs hidden layers of one width"):
        Dense(3, (5, 2)).balanced(np.ones((1, 4)), 0)
    assert len(Dense(3, (2, 2)).balanced(np.ones((1, 4)), 0)) == 3


def test_weight_decay_acts_on_layers_and_n_fold_on_their_product():
    layers = drawn(Chain(2), (1, 3))
    assert Chain(2).decay(layers) is layers
    (shrinking,) = Rule(3).decay((layers[0],))
    assert_allclose(shrinking, 3 * layers[0])
    (mixed,) = Rule(2).joined([Rule(2), Rule(4.5)]).decay((layers[0],))
    assert_allclose(mixed, layers[0] * np.array([2, 4.5])[:, None, None])
    assert mixed.dtype == np.float64
    assert Rule(2).joined([Rule(2), Rule(4)]).decay((layers[0].astype(np.float32),))[0].dtype == np.float32


RULES = {
    Rule: lambda w, g, N, r: r ** (2 - 2 / N) * (g + (N - 1) * (w @ g) * w / r**2),
    AdaptiveStep: lambda w, g, N, r: r ** (2 - 2 / N) * g,
    Amplification: lambda w, g, N, r: g + (N - 1) * (w @ g) * w / r**2,
}


@pytest.mark.parametrize("kind", RULES)
def test_a_rule_and_its_parts_are_their_formulas_alone_and_together(kind):
    rng, depths = np.random.default_rng(6), (1, 2, 3, 2.5)
    w, g = rng.standard_normal((4, 1, 3)), rng.standard_normal((4, 1, 3))
    together = kind(1).joined([kind(N) for N in depths])
    assert {kind(N).key((1, 3)) for N in depths} == {kind}
    assert together.rotation_equivariant
    assert together.layer_shapes((1, 3)) == kind(2).layer_shapes((1, 3)) == ((1, 3),)
    assert together.weights((w,)) is w
    for run, N in enumerate(depths):
        wanted = RULES[kind](w[run, 0], g[run, 0], N, np.linalg.norm(w[run]))
        assert_allclose(kind(N).pullback((w[run : run + 1],), g[run : run + 1])[0][0, 0], wanted, rtol=1e-12)
        assert_allclose(together.pullback((w,), g)[0][run, 0], wanted, rtol=1e-12)


def test_the_rule_for_several_outputs_is_theorem_1():
    rng, depths = np.random.default_rng(7), (2, 3)
    W, G = rng.standard_normal((2, 2, 3)), rng.standard_normal((2, 2, 3))
    (together,) = Rule(2).joined([Rule(N) for N in depths]).pullback((W,), G)
    for run, N in enumerate(depths):
        assert_allclose(together[run], dl.precondition(W[run], G[run], N), rtol=1e-10)
    for kind in (AdaptiveStep, Amplification):
        with pytest.raises(ValueError, match="a part of the rule for one output, and there are 2"):
            kind(2).balanced(W[0], 0)
        with pytest.raises(ValueError, match="a part of the rule for one output, and there are 2"):
            kind(2).drawn_shapes((2, 3))


def test_a_rule_starts_from_the_product_of_the_layers_that_it_stands_for():
    assert Rule(3, width=4).drawn_shapes((2, 5)) == ((4, 5), (4, 4), (2, 4))
    assert Rule(2.5, width=4).drawn_shapes((2, 5)) == ((2, 5),)
    layers = NearZero(0.5).layers(Dense(3, 4), (2, 5), seed=8)
    assert_allclose(NearZero(0.5).layers(Rule(3, width=4), (2, 5), seed=8)[0], by_hand(Dense(3, 4), layers), rtol=1e-12)
    W = np.ones((2, 3))
    assert Rule(2).balanced(W, 0)[0] is W


def test_a_rule_of_one_s_own_is_joined_with_nobody():
    class Mine(Rule):
        pass

    assert Mine(2).key((1, 3)) == Mine(2) != Rule
    assert Mine(2).joined([Mine(2)] * 2) == Mine(2)
