"""A model seen as a graph of layers, and copied with some of the layers exchanged."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from tempfile import TemporaryDirectory
from typing import Any

import keras

__all__ = ["check", "copied", "inside"]


def copied(model: Any, convert: Callable[[Any], Any]) -> Any:
    """The model with its layers copied, those excepted for which `convert` returns another one."""
    copies: dict[int, tuple[Any, Any]] = {}  # every layer once, however often it is used

    def copy(layer: Any) -> Any:
        if id(layer) not in copies:
            if _has_graph(layer):
                new = _rewired(layer, copy)
            else:
                new = convert(layer)
                new = type(layer).from_config(layer.get_config()) if new is None else new
            copies[id(layer)] = layer, new
        return copies[id(layer)][1]

    result = copy(model)
    # A model is entered after all that it holds, and sets the flags of all that it holds: so from the outermost
    # inwards.
    for original, new in reversed(copies.values()):
        _copy_state(original, new)
    return result


def _rewired(model: Any, copy: Callable[[Any], Any]) -> Any:
    """The graph of `model`, with a copy in the place of each layer, and not compiled."""
    if isinstance(model, keras.Sequential):
        return type(model)([_like(model.inputs[0]), *map(copy, model.layers)], name=model.name)
    # Keras compiles the clone of a compiled model, so what it clones is a view of the graph that is not.
    view = type(model)(model.input, model.output, name=model.name)
    return keras.models.clone_model(view, keras.tree.map_structure(_like, model.input), clone_function=copy)


def _like(tensor: Any) -> Any:
    """A new input for one that a model has."""
    layer = tensor._keras_history.operation
    return type(layer).from_config(layer.get_config()).output


def _copy_state(original: Any, new: Any) -> None:
    """Weights and trainable flags; `original` and `new` are a layer and its copy or conversion."""
    if not isinstance(original, keras.Layer):
        return  # an operation such as `a + b`
    if _has_graph(original):
        new.trainable = original.trainable
        return
    for old, fresh in zip(original._flatten_layers(), new._flatten_layers(), strict=True):
        fresh.trainable = old.trainable
        if type(old) is type(fresh):
            weights: dict[str, Any] = {}
            old.save_own_variables(weights)
            fresh.load_own_variables(weights)
            if hasattr(old, "save_assets"):  # vocabularies, which are not weights
                with TemporaryDirectory() as folder:
                    old.save_assets(folder)
                    fresh.load_assets(folder)


def _has_graph(layer: Any) -> bool:
    """Whether Keras knows how its layers are connected: Sequential and Functional models."""
    return isinstance(layer, keras.Sequential) or (isinstance(layer, keras.Model) and hasattr(layer, "operations"))


def check(model: Any) -> None:
    """Raise an error that says why `model` cannot be copied, if it cannot."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"model is a {type(model).__name__}, it must be a Keras model")
    for inner in (model, *inside(model)):
        if not _has_graph(inner):
            if inner is model:
                raise ValueError(
                    f"model {model.name!r} is subclassed, so only its own code knows how its layers are connected: "
                    "use DeepDense there in the place of Dense"
                )
            continue
        if isinstance(inner, keras.Sequential) and not getattr(inner, "inputs", None):
            raise ValueError(
                f"model {inner.name!r} is not built: give it a keras.Input, or call its build() with a shape"
            )
        expected = ["layers"] if isinstance(inner, keras.Sequential) else ["inputs", "outputs"]
        names = list(inspect.signature(type(inner).__init__).parameters)[1:]
        if names[: len(expected)] != expected:
            raise ValueError(
                f"model {inner.name!r} is a {type(inner).__name__}, whose constructor takes "
                f"{', '.join(names) or 'nothing'}: "
                f"it must take {', '.join(expected)}, so that its copy can be made"
            )


def inside(model: Any) -> Iterator[Any]:
    """The layers of a model, and of the models inside it."""
    for layer in model.layers if _has_graph(model) else ():
        yield layer
        yield from inside(layer)
