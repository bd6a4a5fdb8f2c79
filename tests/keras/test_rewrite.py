"""Depth put into a model and taken out again: the function is the same before, between and after."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl

keras = pytest.importorskip("keras")

from deeplinear.keras import Balanced, DeepDense, fold, overparameterize  # noqa: E402

L = keras.layers
L2 = keras.regularizers.L2


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def sequential(**arguments):
    return keras.Sequential(
        [keras.Input((6,)), L.Dense(5, **arguments), L.Dense(7, activation="tanh"), L.Dense(3)], name="plain"
    )


def branches():
    x = keras.Input((6,))
    left, right = L.Dense(4, activation="relu")(x), L.Dense(4, use_bias=False)(x)
    joined = L.Concatenate()([left + right, 2.0 * left])
    return keras.Model(x, L.Dense(3, activation="softmax")(L.Dense(8)(joined) + joined))


def shared():
    x, layer = keras.Input((6,)), L.Dense(6, activation="tanh")
    inner = keras.Sequential([keras.Input((6,)), layer, L.Dense(6)])
    return keras.Model(x, L.Dense(3)(inner(layer(layer(x))) + inner(x)))


def convolutional():
    hidden = [
        L.Conv2D(3, 2, activation="relu"),
        L.BatchNormalization(),
        L.Flatten(),
        L.Dense(5),
        L.Dropout(0.5, seed=1),
        L.Dense(3),
    ]
    return keras.Sequential([keras.Input((6,)), L.Reshape((3, 2, 1)), *hidden])


def nested():
    y = keras.Input((6,))
    head = keras.Model(y, L.Dense(4)(keras.Sequential([keras.Input((6,)), L.Dense(6), L.ReLU()])(y)), name="head")
    head.compile("sgd", "mse")
    return keras.Sequential([keras.Input((6,)), L.Dense(6), head, L.Dense(3)])


def recurrent():
    inner = [
        L.Reshape((3, 2)),
        L.Bidirectional(L.SimpleRNN(3, return_sequences=True)),
        L.TimeDistributed(L.Dense(4)),
        L.Dense(5),
    ]
    return keras.Sequential([keras.Input((6,)), *inner, L.GlobalAveragePooling1D(), L.Dense(3, activation=L.PReLU())])


def built_later():
    model = keras.Sequential([L.Dense(4, activation="elu"), L.Dense(3)])
    model(np.zeros((2, 6)))
    return model


def of_two():
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    first = L.Dense(2, name="first")(a * b)
    inner = keras.Model({"a": a, "b": b}, {"first": first, "second": L.Dense(3)(L.Concatenate()([a, first]))})
    x = keras.Input((6,))
    return keras.Model(x, inner({"a": x[:, :3], "b": x[:, 3:]})["second"])


KINDS = {
    "sequential": sequential,
    "no bias": lambda: sequential(use_bias=False),
    "float64": lambda: sequential(dtype="float64"),
    "mixed_float16": lambda: sequential(dtype="mixed_float16"),
    "mixed_bfloat16": lambda: sequential(dtype="mixed_bfloat16"),
    "branches": branches,
    "shared": shared,
    "convolutional": convolutional,
    "nested": nested,
    "recurrent": recurrent,
    "built later": built_later,
    "inputs and outputs by name": of_two,
}
TOLERANCE = {"mixed_float16": 5e-3, "mixed_bfloat16": 5e-2}


def trained(model, seed=0):
    """After steps large enough to matter."""
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
    for step in range(3):
        model.train_on_batch(draw(8, 6, seed=seed + step), draw(8, 3, seed=seed - step - 1 + 10))
    return model


@pytest.mark.parametrize("kind", KINDS)
@given(
    depth=st.sampled_from([3, 2, 4, 1]),
    wider=st.integers(0, 2),
    train=st.sampled_from([True, False]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=3, deadline=None)
def test_the_function_is_the_same_deep_and_folded_before_and_after_training(kind, depth, wider, train, seed):
    keras.utils.set_random_seed(seed)
    tolerance = TOLERANCE.get(kind, 1e-5)

    def same(one, other):
        x = draw(5, 6, seed=seed)
        assert_allclose(
            np.asarray(one(x)).astype(float), np.asarray(other(x)).astype(float), rtol=tolerance, atol=tolerance
        )

    model = KINDS[kind]()
    if train:
        trained(model, seed)
    model(draw(1, 6))  # what is built at the first call is there now
    before = [np.array(weight) for weight in model.get_weights()]
    deep = overparameterize(model, depth, widths=(7 + wider if wider else None))
    same(deep, model)
    same(fold(deep), model)
    same(fold(trained(deep, seed)), deep)
    for weight, old in zip(model.get_weights(), before, strict=True):
        assert_array_equal(weight, old)
    assert model.compiled is train


def without_compilation(config):
    if isinstance(config, dict):
        return {key: without_compilation(value) for key, value in config.items() if key != "compile_config"}
    return [without_compilation(each) for each in config] if isinstance(config, (list, tuple)) else config


@pytest.mark.parametrize("kind", KINDS)
def test_folding_gives_back_the_model_that_was_made_deep(kind):
    model = KINDS[kind]()
    deep = overparameterize(model, 3)
    assert not any(isinstance(layer, DeepDense) for layer in model._flatten_layers())
    assert {type(layer) for layer in deep._flatten_layers()} >= {DeepDense}
    assert not deep.compiled
    folded = fold(deep)
    assert without_compilation(folded.get_config()) == without_compilation(model.get_config())
    assert "deeplinear" not in folded.to_json()
    assert [tuple(weight.shape) for weight in folded.weights] == [tuple(weight.shape) for weight in model.weights]


def test_the_factors_are_balanced_and_have_the_kernel_of_the_layer():
    model = sequential(dtype="float64")
    layer = overparameterize(model, 4).layers[0]
    factors = [np.asarray(factor).T for factor in layer.factors]
    assert_allclose(layer.kernel, model.layers[0].kernel, atol=1e-14)
    for D in dl.imbalance(factors):
        assert_allclose(D, 0, atol=1e-14)


def test_layers_are_chosen_by_name_or_as_objects():
    model = sequential()
    first, _, last = model.layers

    def deepened(layers):
        return [isinstance(layer, DeepDense) for layer in overparameterize(model, 2, layers).layers]

    assert deepened([first.name, last]) == [True, False, True]
    assert deepened(last.name) == deepened(last) == [False, False, True]
    assert deepened([]) == [False, False, False]


def test_what_a_layer_was_given_is_carried_over():
    model = sequential(
        name="given",
        activation="gelu",
        bias_regularizer=L2(0.2),
        activity_regularizer=L2(0.3),
        bias_constraint="max_norm",
        dtype="float64",
    )
    model.layers[0].trainable = False
    model.layers[0].bias.assign(np.arange(5.0))
    for there in (overparameterize(model, 2), fold(overparameterize(model, 2))):
        layer = there.get_layer("given")
        assert (layer.activation, layer.trainable, layer.compute_dtype) == (keras.activations.gelu, False, "float64")
        assert_array_equal(layer.bias, np.arange(5.0))
        config = model.layers[0].get_config()
        assert {key: layer.get_config()[key] for key in config if "regularizer" in key or key == "bias_constraint"} == {
            key: config[key] for key in config if "regularizer" in key or key == "bias_constraint"
        }
    assert len(there.trainable_variables) == len(model.trainable_variables) == 4


def test_a_frozen_model_stays_frozen_and_its_free_layers_free():
    model = nested()
    model.layers[1].trainable = False
    model.layers[1].layers[-1].trainable = True
    deep = overparameterize(model, 2)
    for copy in (deep, fold(deep)):
        assert [layer.trainable for layer in copy.layers] == [True, False, True]
        assert [layer.trainable for layer in copy.layers[1].layers] == [
            layer.trainable for layer in model.layers[1].layers
        ]


def test_a_penalty_on_the_product_is_the_penalty_on_the_kernel_and_folds_back_to_it():
    model = sequential(kernel_regularizer=L2(0.1))
    deep = overparameterize(model, 3)
    assert_allclose(deep.losses, model.losses, rtol=1e-4)
    assert_allclose(fold(deep).losses, model.losses, rtol=1e-4)


def test_a_penalty_on_the_factors_is_another_and_is_dropped_by_folding():
    model = sequential(kernel_regularizer=L2(0.1))
    deep = overparameterize(model, 3, regularize="factors")
    sigma = np.linalg.svd(np.asarray(model.layers[0].kernel), compute_uv=False)
    assert_allclose(deep.losses, [0.1 * np.sum(sigma ** (2 / 3))] * 3, rtol=1e-4)
    assert fold(deep).losses == []
    assert len(fold(overparameterize(model, 1, regularize="factors")).losses) == 1


def test_shared_layers_stay_shared():
    model = shared()
    for copy in (deep := overparameterize(model, 2), fold(deep)):
        inner = next(layer for layer in copy.layers if isinstance(layer, keras.Sequential))
        assert any(layer is inner.layers[0] for layer in copy.layers)
        assert sum(layer is inner for layer in copy.layers) == 1
    assert len(deep.trainable_variables) == 3 * 3


def test_state_that_is_no_weight_comes_along():
    normalization, lookup = L.Normalization(), L.StringLookup()
    normalization.adapt(3 * draw(50, 3) + 2)
    lookup.adapt(np.array(["a", "b", "b"]))
    numbers, words = keras.Input((3,)), keras.Input((2,), dtype="string")
    joined = L.Concatenate()([normalization(numbers), L.Flatten()(L.Embedding(4, 2)(lookup(words)))])
    model = keras.Model([numbers, words], L.Dense(2)(joined))
    x = [keras.ops.convert_to_tensor(draw(4, 3)), keras.ops.convert_to_tensor(np.array([["a", "b"], ["b", "?"]] * 2))]
    deep = overparameterize(model, 2)
    assert_allclose(deep(x), model(x), rtol=1e-5, atol=1e-5)
    assert_allclose(fold(deep)(x), model(x), rtol=1e-5, atol=1e-5)


def test_a_model_compiled_with_a_loss_of_ones_own_is_copied_without_it():
    for model in (sequential(), branches()):
        model.compile("sgd", loss=lambda y, z: keras.ops.mean(y - z))
        assert not overparameterize(model, 2).compiled
        assert model.compiled


class Trainer(keras.Model):
    """A class that adds to training and leaves the graph to Keras."""


def test_a_class_of_ones_own_that_leaves_the_constructor_alone_is_kept():
    x = keras.Input((6,))
    model = Trainer(x, L.Dense(3)(x))
    assert type(fold(overparameterize(model, 2))) is Trainer


def test_a_deep_layer_can_be_saved_without_its_old_kernel(tmp_path):
    deep = overparameterize(sequential(), 3)
    assert deep.layers[0].get_config()["kernel_initializer"]["config"]["kernel"]["class_name"] == "GlorotUniform"
    deep.save(tmp_path / "deep.keras")
    assert_array_equal(keras.models.load_model(tmp_path / "deep.keras")(draw(5, 6)), deep(draw(5, 6)))


def test_widths_may_go_down_to_the_rank_of_the_kernel_and_no_further():
    narrow = keras.Sequential([keras.Input((6,)), DeepDense(5, 2, widths=2)])
    plain = fold(narrow)
    again = overparameterize(plain, 3, widths=(2, 4))
    assert [tuple(factor.shape) for factor in again.layers[0].factors] == [(6, 2), (2, 4), (4, 5)]
    assert_allclose(again(draw(5, 6)), plain(draw(5, 6)), rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match=r"widths are 1 at the narrowest, and the kernel \(6, 5\) has a higher rank"):
        overparameterize(plain, 3, widths=1)


def test_a_zero_kernel_is_announced_since_it_cannot_train():
    with pytest.warns(UserWarning, match="the kernel of layer 'head' is zero: its factors will get no gradient"):
        overparameterize(sequential(kernel_initializer="zeros", name="head"), 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        overparameterize(sequential(kernel_initializer="zeros"), 1)


def test_a_deep_layer_whose_start_has_no_plain_equal_folds_to_the_default():
    for start in ("identity", Balanced(draw(6, 3)), ["zeros", "identity"]):
        plain = fold(keras.Sequential([keras.Input((6,)), DeepDense(3, 2, kernel_initializer=start)]))
        assert isinstance(plain.layers[0].kernel_initializer, keras.initializers.GlorotUniform)


class Subclassed(keras.Model):
    def call(self, x):
        return x


class Special(L.Dense):
    pass


class Fixed(keras.Sequential):
    def __init__(self, size):
        super().__init__([keras.Input((size,)), L.Dense(2)])


def lora():
    model = sequential()
    model.layers[0].enable_lora(2)
    return model


def quantised():
    model = keras.Sequential([keras.Input((6,)), L.Dense(3)])
    model.layers[0].quantize("int8")
    return model


@pytest.mark.parametrize(
    ("make", "arguments", "error", "message"),
    [
        (sequential, {"depth": 0}, ValueError, "depth is 0, it must be 1 or more"),
        (
            sequential,
            {"layers": "missing"},
            ValueError,
            "model 'plain' has no layer 'missing': its Dense layers are 'dense",
        ),
        (sequential, {"layers": L.Dense(2, name="other")}, ValueError, "model 'plain' has no layer 'other'"),
        (sequential, {"layers": [3]}, TypeError, "layers holds 3, it must hold names or layers"),
        (sequential, {"widths": (2, 2)}, ValueError, "it must hold 1 numbers for depth 2"),
        (sequential, {"regularize": "all"}, ValueError, "regularize is 'all'"),
        (convolutional, {"layers": "conv"}, ValueError, "has no layer 'conv'"),
        (lambda: 3, {}, TypeError, "model is a int, it must be a Keras model"),
        (
            lambda: keras.Sequential([L.Dense(2)], name="late"),
            {},
            ValueError,
            "model 'late' is not built: give it a keras.Input",
        ),
        (lambda: Subclassed(name="mine"), {}, ValueError, "model 'mine' is subclassed, .* use DeepDense there"),
        (lambda: Fixed(2), {}, ValueError, "is a Fixed, whose constructor takes size: it must take layers"),
        (lambda: keras.Sequential([keras.Input((2,)), L.ReLU()]), {}, ValueError, "has no Dense layer to deepen"),
        (lambda: sequential(kernel_constraint="non_neg"), {}, ValueError, "has a kernel_constraint, .* leave it out"),
        (lora, {}, ValueError, "has LoRA weights: leave it out by naming the others"),
        (quantised, {}, ValueError, "is quantised: leave it out"),
    ],
)
def test_what_cannot_be_made_deep_is_named_with_the_remedy(make, arguments, error, message):
    with pytest.raises(error, match=message):
        overparameterize(make(), **({"depth": 2} | arguments))


def test_only_plain_dense_layers_and_names_that_are_clear_will_do():
    inner = keras.Sequential([keras.Input((4,)), L.Dense(4, name="same")])
    model = keras.Sequential([keras.Input((4,)), L.Dense(4, name="same"), inner, Special(2, name="special")])
    with pytest.raises(ValueError, match="has 2 layers named 'same': give the layer itself"):
        overparameterize(model, 2, "same")
    with pytest.raises(ValueError, match="layer 'special' is a Special: only plain Dense layers can be deepened"):
        overparameterize(model, 2, "special")
    deep = overparameterize(model, 2, inner.layers[0])
    assert isinstance(deep.layers[1].layers[0], DeepDense)
    assert type(deep.layers[2]) is Special


def test_folding_refuses_what_it_cannot_reach():
    with pytest.raises(TypeError, match="model is a DeepDense, it must be a Keras model"):
        fold(DeepDense(2, 2))
    hidden = keras.Sequential([keras.Input((3, 4)), L.TimeDistributed(DeepDense(2, 2), name="each")])
    with pytest.raises(ValueError, match="layer 'each' is a TimeDistributed with a DeepDense in it"):
        fold(hidden)
