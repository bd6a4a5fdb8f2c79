"""Put depth into a given model, and take it out again, without changing what the model computes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import reduce
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from deeplinear._arrays import whole_number
from deeplinear.keras import graph
from deeplinear.keras.layer import DeepDense
from deeplinear.keras.starts import Balanced

__all__ = ["fold", "overparameterize"]

# What a plain and a deep layer have in common, by the names of Keras's configurations.
_SHARED = (
    "name",
    "trainable",
    "dtype",
    "units",
    "activation",
    "use_bias",
    "bias_initializer",
    "bias_regularizer",
    "activity_regularizer",
    "bias_constraint",
)


def overparameterize(
    model: Any,
    depth: int,
    layers: Any = None,
    widths: int | Sequence[int] | None = None,
    regularize: str = "product",
) -> Any:
    """A new model that computes the same function, with ``Dense`` layers of `depth` factors.

    Each chosen layer becomes a :class:`DeepDense` whose factors are balanced and multiply to the layer's present
    kernel. All else is copied: weights, names, dtypes, which layers are trainable. The given model is left as it is.

    Parameters
    ----------
    model : keras.Model
        Sequential or Functional, trained or fresh. Shared layers stay shared; models inside it are rewritten too.
    depth : int
        Number of factors.
    layers : name, layer, or sequence of them, optional
        Which ``Dense`` layers to deepen; by default all. Layers inside wrappers, such as ``TimeDistributed``, do not
        count.
    widths : int or sequence of `depth` − 1 ints, optional
        Hidden widths, by default ``min(d, units)``. They must not be below the rank of a kernel.
    regularize : {"product", "factors"}
        What a layer's ``kernel_regularizer`` applies to from now on. On the product, the objective is the same too.

    Returns
    -------
    keras.Model
        Not compiled: the best learning rate depends on the depth.

    Raises
    ------
    TypeError
        If `model` is no Keras model, or `layers` holds something else than names and layers.
    ValueError
        If the model is subclassed or not built; if a layer is not found, is no plain ``Dense``, or is one that has no
        factors (quantised, with LoRA, with a ``kernel_constraint``); or if `widths` are below the rank of its kernel.

    Warns
    -----
    UserWarning
        If a kernel is zero: from depth 2 on the factors then get no gradient and never move.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from deeplinear.keras import fold, overparameterize
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
    >>> deep = overparameterize(model, depth=3)
    >>> [layer.depth for layer in deep.layers]
    [3, 3]
    >>> x = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)
    >>> bool(np.allclose(model(x), deep(x), atol=1e-5)), bool(np.allclose(model(x), fold(deep)(x), atol=1e-5))
    (True, True)
    """
    depth = whole_number(depth, 1, "depth")
    graph.check(model)
    chosen = {id(layer) for layer in _chosen(model, layers)}
    arguments = {"depth": depth, "widths": widths, "regularize": regularize}
    return graph.copied(model, lambda layer: _deep(layer, arguments) if id(layer) in chosen else None)


def fold(model: Any) -> Any:
    """A new model that computes the same function, with every :class:`DeepDense` multiplied out into a plain ``Dense``.

    The product is taken in float64. All else is copied, and the given model is left as it is. A ``kernel_regularizer``
    on the product is kept; one on the factors has no equal on their product and is dropped. So is the start of the
    factors, except that a balanced one leaves the initializer that drew its kernel.

    Parameters
    ----------
    model : keras.Model
        Sequential or Functional, with shared layers and models inside it as they come.

    Returns
    -------
    keras.Model
        Not compiled. It needs Keras alone: neither to run nor to load it is `deeplinear` required.

    Raises
    ------
    TypeError, ValueError
        If `model` is no Keras model, subclassed, or not built, or has a :class:`DeepDense` inside another layer.

    Examples
    --------
    >>> import keras
    >>> from deeplinear.keras import DeepDense, fold
    >>> plain = fold(keras.Sequential([keras.Input((5,)), DeepDense(2, depth=4, name="scores")]))
    >>> [(type(layer).__name__, layer.name, tuple(layer.kernel.shape)) for layer in plain.layers]
    [('Dense', 'scores', (5, 2))]
    """
    graph.check(model)
    return graph.copied(model, _folded)


def _deep(dense: Any, arguments: dict[str, Any]) -> DeepDense:
    kernel = _float64(dense.kernel)
    if arguments["depth"] > 1 and not kernel.any():
        warnings.warn(
            f"the kernel of layer {dense.name!r} is zero: its factors will get no gradient and never move", stacklevel=2
        )
    config = _shared(dense) | arguments | {"kernel_initializer": Balanced(kernel)}
    deep = DeepDense(**config, kernel_regularizer=dense.kernel_regularizer)
    deep.build_from_config(dense.get_build_config())
    # The kernel has served; from here on the layer is one that would start as the plain one did.
    deep.kernel_initializer = Balanced(dense.kernel_initializer)
    if dense.bias is not None:
        deep.bias.assign(dense.bias)
    return deep


def _folded(layer: Any) -> Any:
    """The plain layer for a deep one, None for others."""
    if type(layer) is DeepDense:
        return _plain(layer)
    if isinstance(layer, keras.Layer) and any(isinstance(inner, DeepDense) for inner in layer._flatten_layers()):
        raise ValueError(
            f"layer {layer.name!r} is a {type(layer).__name__} with a DeepDense in it, which fold cannot reach: "
            "use DeepDense as a layer of the model; its inputs may have any number of axes"
        )
    return None


def _plain(deep: DeepDense) -> Any:
    config = _shared(deep)
    if deep.regularize == "product" or deep.depth == 1:
        config["kernel_regularizer"] = deep.kernel_regularizer
    if isinstance(deep.kernel_initializer, Balanced) and callable(deep.kernel_initializer.kernel):
        config["kernel_initializer"] = deep.kernel_initializer.kernel
    dense = keras.layers.Dense(**config)
    dense.build_from_config(deep.get_build_config())
    dense.kernel.assign(reduce(np.matmul, map(_float64, deep.factors)))
    if deep.bias is not None:
        dense.bias.assign(deep.bias)
    return dense


def _shared(layer: Any) -> dict[str, Any]:
    config = layer.get_config()
    return {key: config[key] for key in _SHARED if key in config}


def _float64(weight: Any) -> NDArray[np.float64]:
    return np.asarray(weight).astype(np.float64)


def _chosen(model: Any, layers: Any) -> list[Any]:
    """The ``Dense`` layers to deepen, checked."""
    inside = list({id(layer): layer for layer in graph.inside(model)}.values())
    dense = [layer for layer in inside if type(layer) is keras.layers.Dense]
    if not dense:
        raise ValueError(f"model {model.name!r} has no Dense layer to deepen")
    if layers is None:
        chosen = dense
    else:
        listed = layers if isinstance(layers, (list, tuple, set)) else [layers]
        chosen = [_found(each, inside, f"model {model.name!r}", dense) for each in listed]
    for layer in chosen:
        _check_layer(layer)
    return chosen


def _found(wanted: Any, inside: list[Any], where: str, dense: list[Any]) -> Any:
    if not isinstance(wanted, (str, keras.Layer)):
        raise TypeError(f"layers holds {wanted!r}, it must hold names or layers")
    matches = [layer for layer in inside if layer is wanted or layer.name == wanted]
    if len(matches) == 1:
        return matches[0]
    name = wanted if isinstance(wanted, str) else wanted.name
    if matches:
        raise ValueError(f"{where} has {len(matches)} layers named {name!r}: give the layer itself")
    raise ValueError(
        f"{where} has no layer {name!r}: its Dense layers are {', '.join(repr(each.name) for each in dense)}"
    )


def _check_layer(layer: Any) -> None:
    if type(layer) is not keras.layers.Dense:
        raise ValueError(f"layer {layer.name!r} is a {type(layer).__name__}: only plain Dense layers can be deepened")
    obstacles = {
        "is quantised": getattr(layer, "quantization_mode", None) is not None,
        "has LoRA weights": layer.lora_enabled,
        "has a kernel_constraint, which factors cannot keep": layer.kernel_constraint is not None,
    }
    for what, present in obstacles.items():
        if present:
            raise ValueError(f"layer {layer.name!r} {what}: leave it out by naming the others in `layers`")
