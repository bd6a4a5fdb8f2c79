"""The convolutional network of the paper: its size, its start, its schedule, and runs that repeat."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear.replication.mnist.network import Training, build, digits, penalty
from deeplinear.replication.mnist.penalty import penalty_alone
from deeplinear.replication.mnist.training import evaluator, train


@pytest.fixture(scope="module")
def images():
    """A few of the stand-in's digits, the same wherever the tests run."""
    training, test = digits(dl.load_mnist(source="embedded"))
    return training.thinned(256), test.thinned(50)


def run(images, **settings):
    return train(Training(**{"steps": 4, **settings}), *images, every=2, all_every=4)


def same(one, other):
    return all(
        np.array_equal(getattr(one, f.name), getattr(other, f.name))
        for f in dataclasses.fields(one)
        if f.name != "seconds"
    )


def test_the_networks_have_the_papers_size():
    original, deep = build(Training()).count_params(), build(Training(depth=2)).count_params()
    assert original == 1_663_370
    assert deep - original == 262_244
    assert round((deep - original) / original, 3) == 0.158


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, 3.11), ({"depth": 2}, 12.4), ({"depth": 2, "penalty": "factors"}, 3.62), ({"penalty": "none"}, 0.0)],
    ids=str,
)
def test_the_penalty_at_the_start(settings, expected):
    assert_allclose(float(penalty(build(Training(**settings)))), expected, rtol=0.01)


def test_every_factor_is_drawn_anew_from_the_truncated_normal():
    first, second = (layer for layer in build(Training(depth=2)).layers if hasattr(layer, "factors"))
    factors = [factor.numpy() for factor in (*first.factors, *second.factors)]
    for factor in factors:
        assert np.abs(factor).max() <= 0.2
    assert_allclose([factor.std() for factor in factors[:2]], 0.08796, rtol=0.01)
    assert abs(np.corrcoef(factors[0][:512].ravel(), factors[1].ravel())[0, 1]) < 0.01
    assert not np.allclose(factors[2][:10], factors[3])


@pytest.mark.parametrize("depth", [1, 2])
def test_biases_start_as_in_the_tutorial(depth):
    biases = [layer.bias.numpy() for layer in build(Training(depth=depth)).layers if hasattr(layer, "bias")]
    assert [(len(bias), *{round(float(b), 6) for b in bias}) for bias in biases] == [
        (32, 0),
        (64, 0.1),
        (512, 0.1),
        (10, 0.1),
    ]


def test_the_rate_falls_by_a_twentieth_after_each_pass():
    plan = Training(learning_rate=0.01)
    assert plan.length(55_000) == 8593
    rates = [plan.rate(step, 55_000) for step in range(8593)]
    falls = np.flatnonzero(np.diff(rates))
    assert (falls + 1).tolist() == [-(-pass_ * 55_000 // 64) for pass_ in range(1, 10)]
    assert_allclose(rates[-1], 0.01 * 0.95**9)


def test_a_run_repeats_and_a_seed_changes_it(images):
    assert same(run(images), run(images))
    assert not same(run(images), run(images, seed=1))


def test_a_longer_run_begins_as_the_shorter_one(images):
    assert_allclose(run(images, steps=6).cross_entropy[:4], run(images).cross_entropy, rtol=1e-5)


def test_a_step_is_heavy_ball_on_cross_entropy_and_penalty(images):
    """Against Keras's own derivatives, with nothing dropped out."""
    import tensorflow as tf

    from deeplinear.replication.mnist.network import scaled
    from deeplinear.replication.mnist.training import stepper

    training, _ = images
    plan = Training(depth=2, steps=2)
    ours, theirs = build(plan), build(plan)
    for network in (ours, theirs):
        next(layer for layer in network.layers if "dropout" in layer.name).rate = 0.0
    stepper(ours, plan, training)(0, 2)
    speeds = [np.zeros(variable.shape) for variable in theirs.trainable_variables]
    for step in range(2):
        batch = slice(64 * step, 64 * step + 64)
        with tf.GradientTape() as tape:
            logits = theirs(scaled(training.images[batch]), training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(training.labels[batch], logits))
            loss += 2.5e-4 * sum(
                tf.reduce_sum(layer.kernel**2) + tf.reduce_sum(layer.bias**2)
                for layer in theirs.layers
                if hasattr(layer, "factors")
            )
        gradients = tape.gradient(loss, [variable.value for variable in theirs.trainable_variables])
        for i, (variable, gradient) in enumerate(zip(theirs.trainable_variables, gradients, strict=True)):
            speeds[i] = 0.9 * speeds[i] + gradient.numpy()
            variable.assign(variable - 0.01 * speeds[i])
    for mine, reference in zip(ours.trainable_variables, theirs.trainable_variables, strict=True):
        assert_allclose(mine.numpy(), reference.numpy(), atol=2e-5)


def test_tests_are_made_where_they_should_be(images):
    done = run(images, steps=5)
    assert done.tested_at.tolist() == [0, 2, 4, 5]
    assert done.all_tested_at.tolist() == [0, 4, 5]
    assert len(done.cross_entropy) == len(done.penalty) == len(done.accuracy) == 5
    accuracy, entropy = evaluator(build(Training()))(images[1])
    assert_allclose([done.all_tested[0], done.all_tested_cross_entropy[0]], [accuracy, entropy], rtol=1e-5)


def test_a_run_that_diverges_ends_there_and_says_so(images):
    done = run(images, steps=40, learning_rate=1e6)
    assert len(done.cross_entropy) < 40
    assert not np.isfinite(done.cross_entropy[-1])
    assert np.isfinite(done.cross_entropy[:-1]).all()


def test_the_penalty_falls_in_training_as_it_does_alone(images):
    """At the start the data hardly pull at the large weights."""
    trained = run(images, steps=20, depth=2).penalty
    assert_allclose(penalty_alone(Training(depth=2), [0, 10, 19], shrink=8), trained[[0, 10, 19]], rtol=0.02)


def test_images_are_set_aside_and_shaped():
    data = dl.load_mnist(source="embedded")
    training, test = digits(data)
    assert_array_equal(training.images[..., 0], data.inputs[125:])
    assert (len(training), len(test), test.images.shape[1:]) == (1375, 297, (28, 28, 1))
    assert training.thinned(10).labels.tolist() == training.labels[np.arange(10) * 1375 // 10].tolist()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"depth": 0}, "depth"),
        ({"penalty": "both"}, "both"),
        ({"learning_rate": -1.0}, "-1.0"),
        ({"steps": 0}, "steps"),
    ],
    ids=str,
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Training(**settings)
