"""A dense layer whose kernel is a product of matrices."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import keras

from deeplinear._arrays import whole_number
from deeplinear.keras import starts

__all__ = ["DeepDense"]


@keras.saving.register_keras_serializable(package="deeplinear")
class DeepDense(keras.layers.Layer):  # type: ignore[misc]
    """``keras.layers.Dense`` with a kernel of `depth` factors: ``activation(inputs F_1 F_2 ⋯ F_N + bias)``.

    The function is that of one matrix; what gradient descent does is not (Theorem 1). Inputs have shape
    ``(batch, ..., d)``, outputs ``(batch, ..., units)``, factors ``(d, n_1), (n_1, n_2), …, (n_{N−1}, units)``.

    Inputs go through the factors one by one, in training and in inference alike. At the default widths this costs at
    most `depth` times a plain layer whatever the batch; multiplying the factors first would cost ``d · n · units``
    however small the batch. To pay for one matrix only, :func:`fold` the model.

    Parameters
    ----------
    units : int
        Size of the outputs.
    depth : int
        Number of factors N. Depth 1 is a plain layer.
    widths : int or sequence of N − 1 ints, optional
        Widths of the hidden layers. By default ``min(d, units)``, the least that loses nothing; narrower ones bound the
        rank.
    activation, use_bias, bias_initializer, bias_regularizer, activity_regularizer, bias_constraint
        As for ``Dense``.
    kernel_initializer : str, Keras initializer, or sequence of N of them
        How the factors start. One initializer draws every factor, independently; a sequence has one for each.

        * ``"default"``: Glorot uniform, by the shape of each factor; for square factors their product then has entries
          of the variance that Glorot gives one matrix.
        * ``"near_zero"``: normal of standard deviation 0.01; for another,
          ``keras.initializers.RandomNormal(stddev=...)``.
        * ``"identity"``: ones on the diagonals, see :class:`Identity`, which can add noise.
        * ``"balanced"``: a Glorot uniform kernel, split into factors of equal strength. :class:`Balanced` splits any
          other.
    kernel_regularizer : Keras regularizer, optional
        A penalty on the kernel, or on each of its factors, as `regularize` says.
    regularize : {"product", "factors"}
        What `kernel_regularizer` applies to. On the product, the model has the same objective as with a plain layer,
        and every step multiplies the factors out, which for a wide layer and a small batch is most of its cost. On the
        factors it has another objective: with L2, weight decay that acts N times on the product.
    **kwargs
        ``name``, ``dtype`` (mixed precision too), ``trainable``, as for any layer.

    Attributes
    ----------
    factors : tuple of N variables
        ``F_1, …, F_N``, the transposes of the book's ``W_1, …, W_N``; like the bias, they exist once the layer is
        built.
    bias : (units,) variable, or None

    Raises
    ------
    TypeError, ValueError
        If `units`, `depth` or a width is not a whole number from 1 on, if there are not N − 1 widths or N initializers,
        or if `regularize` is something else.

    Examples
    --------
    >>> import keras
    >>> from deeplinear.keras import DeepDense
    >>> hidden = DeepDense(16, depth=2, activation="relu", kernel_initializer="balanced")
    >>> model = keras.Sequential([keras.Input((8,)), hidden, keras.layers.Dense(1)])
    >>> [tuple(factor.shape) for factor in hidden.factors], tuple(hidden.kernel.shape)
    ([(8, 8), (8, 16)], (8, 16))
    """

    def __init__(
        self,
        units: int,
        depth: int,
        widths: int | Sequence[int] | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "default",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        regularize: str = "product",
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = whole_number(units, 1, "units")
        self.depth = whole_number(depth, 1, "depth")
        self.widths = _checked(widths, self.depth)
        if regularize not in ("product", "factors"):
            raise ValueError(f"regularize is {regularize!r}, it must be 'product' or 'factors'")
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = starts.resolve(kernel_initializer, self.depth)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.regularize = regularize
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.input_spec = keras.layers.InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the factors and the bias for inputs of shape ``(batch, ..., d)``."""
        features = input_shape[-1]
        if features is None:
            raise ValueError(
                f"inputs of {self.name!r} have shape {tuple(input_shape)}: their last dimension must be known"
            )
        sizes = self._sizes(features)
        initializers = starts.one_for_each(self.kernel_initializer, sizes, self.variable_dtype)
        self.factors = tuple(
            self.add_weight(
                name=f"factor_{number}",
                shape=shape,
                initializer=initializer,
                regularizer=self.kernel_regularizer if self.regularize == "factors" else None,
            )
            for number, (shape, initializer) in enumerate(zip(pairwise(sizes), initializers, strict=True), start=1)
        )
        if self.kernel_regularizer is not None and self.regularize == "product":
            # Hung on a weight, any one, a penalty counts once, however often the layer is called.
            self.factors[0].regularizer = lambda _: self.kernel_regularizer(self.kernel)
        self.bias: Any = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: features})
        self.built = True

    @property
    def kernel(self) -> Any:
        """The product ``F_1 F_2 ⋯ F_N``, shape ``(d, units)``."""
        if not self.built:
            raise AttributeError(f"layer {self.name!r} is not built and has no kernel yet: call it, or its build()")
        return reduce(keras.ops.matmul, self.factors[1:], keras.ops.convert_to_tensor(self.factors[0]))

    def call(self, inputs: Any) -> Any:
        """``activation(inputs F_1 F_2 ⋯ F_N + bias)``."""
        outputs = reduce(keras.ops.matmul, self.factors, inputs)
        if self.bias is not None:
            outputs = keras.ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """``(batch, ..., units)``."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """All arguments, for Keras to store."""
        serialize, start = keras.initializers.serialize, self.kernel_initializer
        return {
            **super().get_config(),
            "units": self.units,
            "depth": self.depth,
            "widths": self.widths,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": [serialize(each) for each in start] if isinstance(start, list) else serialize(start),
            "bias_initializer": serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "regularize": self.regularize,
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "bias_constraint": keras.constraints.serialize(self.bias_constraint),
        }

    def _sizes(self, features: int) -> tuple[int, ...]:
        """``(d, n_1, …, n_{N−1}, units)``."""
        widths = min(features, self.units) if self.widths is None else self.widths
        hidden = [widths] * (self.depth - 1) if isinstance(widths, int) else widths
        return (features, *hidden, self.units)


# Keras gives every layer a `__new__` that hides the arguments from `help` and from the book.
_signature = inspect.signature(DeepDense.__init__)
DeepDense.__signature__ = _signature.replace(parameters=list(_signature.parameters.values())[1:])


def _checked(widths: int | Sequence[int] | None, depth: int) -> int | list[int] | None:
    """The widths, in a form that JSON can store."""
    if widths is None:
        return None
    if not isinstance(widths, (list, tuple)):
        return whole_number(widths, 1, "widths")  # type: ignore[arg-type]
    if len(widths) != depth - 1:
        raise ValueError(
            f"widths is {widths!r}, it must hold {depth - 1} numbers for depth {depth}, one for each hidden layer"
        )
    return [whole_number(width, 1, f"widths[{i}]") for i, width in enumerate(widths)]
