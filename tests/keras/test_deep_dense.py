"""A layer whose kernel is a product: in the place of Dense wherever Dense can stand."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from deeplinear.keras import Balanced, DeepDense, Identity  # noqa: E402

L2 = keras.regularizers.L2


def built(*args, inputs=5, dtype="float64", **kwargs):
    layer = DeepDense(*args, dtype=dtype, **kwargs)
    layer.build((None, inputs))
    return layer


def book(layer):
    """The factors in the book's orientation."""
    return [np.asarray(factor).astype(float).T for factor in layer.factors]


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("shape", [(7, 5), (2, 3, 5), (2, 1, 3, 5)])
@pytest.mark.parametrize(("depth", "widths"), [(1, None), (2, None), (3, 4), (3, (6, 2)), (8, None)])
def test_it_computes_what_dense_computes_with_the_product_as_kernel(shape, depth, widths):
    layer = built(3, depth, widths, activation="tanh", bias_initializer="ones")
    dense = keras.layers.Dense(3, activation="tanh", dtype="float64")
    dense.build((None, 5))
    dense.set_weights([np.asarray(layer.kernel), np.ones(3)])
    x = draw(*shape)
    assert_allclose(layer(x), dense(x), rtol=1e-12, atol=1e-14)
    assert layer.compute_output_shape(shape) == tuple(layer(x).shape) == (*shape[:-1], 3)
    assert_allclose(layer.kernel, dl.end_to_end(book(layer)).T, rtol=1e-12, atol=1e-14)


def test_the_default_width_is_the_least_that_keeps_the_rank():
    assert [tuple(factor.shape) for factor in built(3, 3, inputs=5).factors] == [(5, 3), (3, 3), (3, 3)]
    assert [tuple(factor.shape) for factor in built(5, 3, inputs=2).factors] == [(2, 2), (2, 2), (2, 5)]
    assert np.linalg.matrix_rank(np.asarray(built(4, 2, widths=2).kernel)) == 2


@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from([2, 4]), st.integers(0, 1000))
@settings(max_examples=12, deadline=None)
def test_every_factor_has_the_gradient_of_the_book(depth, units, p, seed):
    inputs, targets = draw(9, 5, seed=seed), draw(9, units, seed=seed + 1)
    start = keras.initializers.RandomNormal(stddev=0.7, seed=seed)
    layer = built(units, depth, use_bias=False, kernel_initializer=start)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.reduce_sum((layer(inputs) - targets) ** p, axis=1)) / p
    problem = dl.LpRegression(inputs, targets, p=p)
    factors = book(layer)
    expected = dl.layer_gradients(factors, problem.gradient(dl.end_to_end(factors)))
    for automatic, ours in zip(tape.gradient(loss, layer.trainable_variables), expected, strict=True):
        assert_allclose(automatic.numpy().T, ours, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_a_step_of_sgd_is_the_end_to_end_update_to_second_order_in_the_learning_rate(depth, decay):
    W = draw(3, 4, seed=1)
    inputs, targets = draw(20, 4, seed=2), draw(20, 3, seed=3)
    problem = dl.LpRegression(inputs, targets, p=2)
    rates = 2.0 ** -np.arange(8, 14)  # exact in the single precision in which Keras keeps them
    gaps = []
    for rate in rates:
        # L2 of λ/2 on every factor is weight decay λ.
        layer = built(
            3, depth, inputs=4, kernel_initializer=Balanced(W.T), kernel_regularizer=L2(decay / 2), regularize="factors"
        )
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.reduce_sum((layer(inputs) - targets) ** 2, axis=1)) / 2 + sum(layer.losses)
        keras.optimizers.SGD(rate).apply(tape.gradient(loss, layer.factors), layer.factors)
        gaps.append(
            np.abs(np.asarray(layer.kernel).T - dl.end_to_end_step(W, problem.gradient(W), rate, depth, decay)).max()
        )
    order = np.polyfit(np.log(rates), np.log(gaps), 1)[0]
    assert order == pytest.approx(2, abs=0.1)


STARTS = {
    "default": "default",
    "near zero": "near_zero",
    "identity": Identity(noise=0.1, seed=3),
    "balanced": "balanced",
    "balanced, given": Balanced(draw(4, 3)),
    "a Keras initializer": keras.initializers.TruncatedNormal(stddev=0.1, seed=3),
    "one for each": ["identity", keras.initializers.Constant(0.5)],
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_saved_model_comes_back_the_same(tmp_path, start):
    layer = DeepDense(
        3,
        2,
        (6,),
        activation="relu",
        kernel_initializer=start,
        bias_initializer="ones",
        kernel_regularizer=L2(0.1),
        regularize="factors",
        bias_regularizer=keras.regularizers.L1(0.2),
        activity_regularizer=L2(0.3),
        bias_constraint="non_neg",
        name="deep",
    )
    model = keras.Sequential([keras.Input((4,)), layer])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    x = draw(5, 4).astype("float32")
    assert_array_equal(loaded(x), model(x))
    assert_array_equal(loaded.losses, model.losses)
    assert loaded.get_layer("deep").get_config() == layer.get_config()


def test_starts_are_those_of_the_book():
    for ours, theirs in zip(book(built(3, 3, kernel_initializer="identity")), dl.identity((5, 3, 3, 3)), strict=True):
        assert_array_equal(ours, theirs)
    assert np.std(book(built(300, 1, inputs=300, kernel_initializer="near_zero"))[0]) == pytest.approx(0.01, rel=0.02)
    W = draw(3, 5)
    layer = built(3, 4, widths=(3, 7, 4), kernel_initializer=Balanced(W.T))
    assert_allclose(layer.kernel, W.T, atol=1e-12)
    for D in dl.imbalance(book(layer)):
        assert_allclose(D, 0, atol=1e-12)


def test_a_balanced_start_splits_the_kernel_that_its_initializer_draws():
    drawn = keras.initializers.HeNormal(seed=5)
    layer = built(3, 4, kernel_initializer=Balanced(drawn))
    assert_allclose(layer.kernel, drawn((5, 3), dtype="float64"), atol=1e-12)


@pytest.mark.parametrize("seed", [None, 7])
def test_equal_shapes_do_not_start_equal(seed):
    start = keras.initializers.RandomNormal(seed=seed)
    for a, b in pairwise(book(built(5, 4, kernel_initializer=start))):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.7


def test_a_seed_gives_the_same_start_again_and_at_depth_one_that_of_dense():
    def start():
        return keras.initializers.GlorotUniform(seed=7)

    for a, b in zip(
        book(built(5, 3, kernel_initializer=start())), book(built(5, 3, kernel_initializer=start())), strict=True
    ):
        assert_array_equal(a, b)
    dense = keras.layers.Dense(5, kernel_initializer=start(), dtype="float64")
    dense.build((None, 5))
    assert_array_equal(built(5, 1, kernel_initializer=start()).kernel, dense.kernel)


def test_a_start_from_a_generator_of_seeds_or_a_function_draws_every_factor():
    for start in (
        keras.initializers.RandomNormal(seed=keras.random.SeedGenerator(1)),
        lambda shape, dtype=None: draw(*shape),
    ):
        assert len(built(3, 3, kernel_initializer=start).factors) == 3


def test_a_penalty_is_on_the_product_or_on_every_factor():
    start, rate = keras.initializers.RandomNormal(seed=1), 0.3
    product = built(3, 3, kernel_initializer=start, kernel_regularizer=L2(rate))
    assert_allclose(product.losses, [rate * np.sum(dl.end_to_end(book(product)) ** 2)], rtol=1e-6)
    factors = built(3, 3, kernel_initializer=start, kernel_regularizer=L2(rate), regularize="factors")
    assert_allclose(factors.losses, [rate * np.sum(W**2) for W in book(factors)], rtol=1e-6)
    with tf.GradientTape() as tape:
        loss = sum(product.losses)
    W = book(product)
    for automatic, ours in zip(
        tape.gradient(loss, product.factors), dl.layer_gradients(W, 2 * rate * dl.end_to_end(W)), strict=True
    ):
        assert_allclose(automatic.numpy().T, ours, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("regularize", ["product", "factors"])
def test_a_layer_used_twice_counts_its_penalty_once_and_a_frozen_one_never(regularize):
    layer = DeepDense(4, 2, kernel_regularizer=L2(0.1), regularize=regularize)
    x = keras.Input((4,))
    model = keras.Model(x, layer(layer(x)))
    model(np.ones((2, 4)))
    assert len(model.losses) == (1 if regularize == "product" else 2)
    assert len(model.trainable_variables) == 3
    layer.trainable = False
    assert model.losses == []


def test_the_bias_has_its_start_its_penalty_and_its_constraint():
    layer = built(3, 2, bias_initializer="ones", bias_regularizer=L2(0.1), bias_constraint="non_neg")
    assert_allclose(layer.losses, [0.3])
    keras.optimizers.SGD(2.0).apply([np.ones(3)], [layer.bias])
    assert_array_equal(layer.bias, np.zeros(3))
    assert built(3, 2, use_bias=False).bias is None


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("regularize", ["product", "factors"])
def test_training_runs_compiled_by_xla_or_not(jit_compile, regularize):
    layer = DeepDense(
        2, 3, activation="relu", kernel_initializer="balanced", kernel_regularizer=L2(1e-3), regularize=regularize
    )
    model = keras.Sequential([keras.Input((4,)), layer, DeepDense(1, 2)])
    model.compile(keras.optimizers.SGD(0.05), "mse", jit_compile=jit_compile)
    x = draw(64, 4)
    losses = model.fit(x, x[:, :1], epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_computes_low_and_keeps_weights_and_penalties_high(policy):
    layer = built(3, 3, dtype=policy, kernel_regularizer=L2(0.1))
    outputs = layer(draw(6, 5).astype("float32"))
    assert keras.backend.standardize_dtype(outputs.dtype) == policy.removeprefix("mixed_")
    assert {weight.dtype for weight in (*layer.factors, layer.bias, layer.kernel, *layer.losses)} == {
        "float32",
        tf.float32,
    }
    exact = draw(6, 5) @ np.asarray(layer.kernel)
    # Each number and each sum is rounded: a few units in the last place of the largest sum of sizes on the way.
    sizes = np.abs(draw(6, 5))
    for factor in layer.factors:
        sizes = sizes @ np.abs(np.asarray(factor))
    unit = {"mixed_float16": 2.0**-10, "mixed_bfloat16": 2.0**-7}[policy]
    assert_allclose(np.asarray(outputs).astype(float), exact, atol=4 * unit * sizes.max())
    assert np.abs(np.asarray(outputs) - exact).max() > 0


def test_it_can_be_built_by_the_function_that_tensorflow_traces():
    for start in ("default", "balanced", Identity(0.1)):
        layer = DeepDense(3, 2, kernel_initializer=start)
        x = draw(2, 4).astype("float32")
        assert_allclose(tf.function(lambda x, layer=layer: layer(x))(tf.constant(x)), layer(x), rtol=1e-5, atol=1e-6)


def test_masks_pass_through():
    layer = DeepDense(3, 2)
    masked = keras.layers.Masking()(np.ones((1, 4, 5)))
    assert layer(masked)._keras_mask is not None


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"depth": 0}, ValueError, "depth is 0, it must be 1 or more"),
        ({"depth": 2.0}, TypeError, "depth is 2.0, it must be a whole number"),
        ({"units": -1}, ValueError, "units is -1, it must be 1 or more"),
        ({"widths": 0}, ValueError, "widths is 0, it must be 1 or more"),
        ({"widths": "wide"}, TypeError, "widths is 'wide', it must be a whole number"),
        ({"widths": (4,)}, ValueError, "it must hold 2 numbers for depth 3, one for each hidden layer"),
        ({"widths": (4, 0)}, ValueError, r"widths\[1\] is 0, it must be 1 or more"),
        ({"regularize": "both"}, ValueError, "regularize is 'both', it must be 'product' or 'factors'"),
        ({"kernel_initializer": ["zeros"]}, ValueError, "holds 1 initializers for 3 factors: give one for each"),
        ({"kernel_initializer": ["zeros", "zeros", "balanced"]}, ValueError, "give it alone, not in a list"),
        (
            {"kernel_initializer": "tiny"},
            ValueError,
            "kernel_initializer is 'tiny', it must be .* near_zero, identity, balanced",
        ),
        (
            {"kernel_initializer": None},
            ValueError,
            "kernel_initializer is None, it must be a Keras initializer or one of",
        ),
    ],
)
def test_what_is_wrong_is_named_with_the_remedy(arguments, error, message):
    with pytest.raises(error, match=message):
        DeepDense(**({"units": 3, "depth": 3} | arguments))


def test_what_is_wrong_with_a_shape_or_a_start_is_named():
    with pytest.raises(ValueError, match="their last dimension must be known"):
        DeepDense(3, 2).build((None, None))
    with pytest.raises(ValueError, match=r"the kernel to balance has shape \(2, 3\), the layer's is \(5, 3\)"):
        built(3, 2, kernel_initializer=Balanced(np.ones((2, 3))))
    with pytest.raises(ValueError, match=r"widths are 1 at the narrowest, and the kernel \(5, 3\) has a higher rank"):
        built(3, 2, widths=1, kernel_initializer="balanced")
    with pytest.raises(ValueError, match="noise is -1, it must be 0 or more"):
        Identity(noise=-1)
    with pytest.raises(AttributeError, match="is not built and has no kernel yet"):
        DeepDense(3, 2).kernel  # noqa: B018


def test_without_keras_the_package_works_and_says_what_to_install():
    program = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("keras", "tensorflow"):
            raise ModuleNotFoundError(f"No module named {name!r}")
sys.meta_path.insert(0, Refuse())
import deeplinear
print(deeplinear.end_to_end([[[2.0]], [[3.0]]]))
try:
    import deeplinear.keras
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "[[6.]]",
        'deeplinear.keras needs Keras and TensorFlow: pip install "deeplinear[tensorflow]"',
    ]
