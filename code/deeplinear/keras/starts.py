"""Ways to start the factors of a deep layer: each of them on its own, or all of them from one kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from deeplinear._arrays import finite_array, real_at_least
from deeplinear.networks.factors import balanced

__all__ = ["Balanced", "Identity", "one_for_each", "resolve"]

Array = NDArray[np.float64]
# What Keras calls an initializer: values from a shape and a dtype.
Start = Callable[..., Any]

# The distance from 1 to the next number, also for the two dtypes that NumPy's `finfo` may not know.
_EPSILON = {"bfloat16": 2.0**-7, "float16": 2.0**-10, "float32": 2.0**-23, "float64": 2.0**-52}


@keras.saving.register_keras_serializable(package="deeplinear")
class Identity(keras.initializers.Initializer):  # type: ignore[misc]
    """Ones on the diagonal of a factor, plus normal noise; the start of :func:`deeplinear.factors.identity`.

    Parameters
    ----------
    noise : float
        Standard deviation of the noise; 0 adds none.
    seed : int or keras.random.SeedGenerator, optional
        Makes the noise the same in every run.

    Raises
    ------
    ValueError
        If `noise` is negative.

    Examples
    --------
    >>> from deeplinear.keras import Identity
    >>> print(Identity()((2, 3)).numpy())
    [[1. 0. 0.]
     [0. 1. 0.]]
    """

    def __init__(self, noise: float = 0.0, seed: Any = None) -> None:
        self.noise = real_at_least(noise, 0.0, "noise")
        self._normal = keras.initializers.RandomNormal(stddev=self.noise, seed=seed)

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Any:
        """Values of one factor."""
        diagonal = keras.ops.eye(*shape, dtype=dtype)
        return diagonal + self._normal(shape, dtype=dtype) if self.noise else diagonal

    def get_config(self) -> dict[str, Any]:
        """The arguments, for Keras to store."""
        return {"noise": self.noise, "seed": self._normal.get_config()["seed"]}


@keras.saving.register_keras_serializable(package="deeplinear")
class Balanced(keras.initializers.Initializer):  # type: ignore[misc]
    """Factors of equal strength, ``F_{j+1} F_{j+1}ᵀ = F_jᵀ F_j``, with a given product:
    the start that Theorem 1 supposes.

    A product of zeros, or of less than full rank, is exact too, but no training raises its rank: the factors of a
    singular value 0 are 0, and so are their gradients.

    Parameters
    ----------
    kernel : (d, units) array, or Keras initializer
        The product. An initializer draws it when the layer is built; an array is stored in every saved copy of the
        layer.

    Raises
    ------
    ValueError
        When the layer is built: if its kernel has another shape, or its hidden layers are narrower than the kernel's
        rank.

    Examples
    --------
    >>> from deeplinear.keras import Balanced, DeepDense
    >>> layer = DeepDense(units=1, depth=2, kernel_initializer=Balanced([[3.0], [4.0]]))
    >>> layer.build((None, 2))
    >>> [round(float((factor**2).numpy().sum()), 5) for factor in layer.factors]
    [5.0, 5.0]
    """

    def __init__(self, kernel: Any = "glorot_uniform") -> None:
        drawn = isinstance(kernel, (str, dict)) or callable(kernel)
        self.kernel: Start | Array = (
            keras.initializers.get(kernel) if drawn else finite_array(kernel, "kernel", dimensions=(2,))
        )

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Any:
        """The product itself, so that it starts a plain ``Dense`` too."""
        return keras.ops.convert_to_tensor(self._product(tuple(shape), dtype), dtype=dtype)

    def factors(self, sizes: Sequence[int], dtype: str) -> list[Array]:
        """``F_1 … F_N`` for layers of `sizes` ``(d, n_1, …, n_{N−1}, units)``;
        hidden units beyond the narrowest layer rest.
        """
        product = self._product((sizes[0], sizes[-1]), dtype)
        narrowest = min(sizes[1:-1], default=max(sizes))
        if narrowest < min(product.shape):
            product = _through(narrowest, product, _EPSILON[dtype])
        factors = [W.T for W in balanced(product.T, len(sizes) - 1, width=narrowest)]
        return [_padded(factor, shape) for factor, shape in zip(factors, pairwise(sizes), strict=True)]

    def get_config(self) -> dict[str, Any]:
        """The argument, for Keras to store."""
        return {"kernel": keras.initializers.serialize(self.kernel) if callable(self.kernel) else self.kernel.tolist()}

    def _product(self, shape: tuple[int, ...], dtype: str | None) -> Array:
        if callable(self.kernel):
            with _eager():
                return np.asarray(self.kernel(shape, dtype=dtype)).astype(np.float64)
        if self.kernel.shape != shape:
            raise ValueError(f"the kernel to balance has shape {self.kernel.shape}, the layer's is {shape}")
        return self.kernel


def resolve(identifier: Any, depth: int) -> Start | list[Start]:
    """What the argument `kernel_initializer` stands for: one start for all factors, or a list with one for each."""
    if not isinstance(identifier, (list, tuple)):
        return _named(identifier)
    if len(identifier) != depth:
        raise ValueError(
            f"kernel_initializer holds {len(identifier)} initializers for {depth} factors: give one for each"
        )
    if any(isinstance(each, Balanced) for each in map(_named, identifier)) and depth > 1:
        raise ValueError(
            "kernel_initializer holds a Balanced, which starts all factors together: give it alone, not in a list"
        )
    return [_named(each) for each in identifier]


def one_for_each(start: Start | list[Start], sizes: Sequence[int], dtype: str) -> list[Start]:
    """A Keras initializer for every factor."""
    if isinstance(start, list):
        return start
    if isinstance(start, Balanced):
        return [
            lambda shape, dtype, F=F: keras.ops.convert_to_tensor(F, dtype=dtype) for F in start.factors(sizes, dtype)
        ]
    return [_independent(start, number) for number in range(len(sizes) - 1)]


def _named(identifier: Any) -> Start:
    names: dict[str, Callable[[], Start]] = {
        "default": keras.initializers.GlorotUniform,
        "near_zero": lambda: keras.initializers.RandomNormal(stddev=0.01),
        "identity": Identity,
        "balanced": Balanced,
    }
    if isinstance(identifier, str) and identifier in names:
        return names[identifier]()
    try:
        start: Start | None = keras.initializers.get(identifier)
    except ValueError:
        start = None
    if start is None:
        raise ValueError(
            f"kernel_initializer is {identifier!r}, it must be a Keras initializer or one of {', '.join(names)}"
        )
    return start


def _independent(start: Start, number: int) -> Start:
    """The same distribution for another factor: called twice, one seeded initializer of Keras draws the same values."""
    config = start.get_config() if isinstance(start, keras.initializers.Initializer) else {}
    seed = config.get("seed", start)
    if number == 0 or not (seed is None or isinstance(seed, int)):  # a SeedGenerator draws anew by itself
        return start
    if seed is not None:
        config["seed"] = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    return type(start).from_config(config)  # type: ignore[attr-defined, no-any-return]


def _through(width: int, kernel: Array, epsilon: float) -> Array:
    """The kernel at rank `width`, if that changes it no more than storing it with this `epsilon` does."""
    left, sigma, right = np.linalg.svd(kernel, full_matrices=False)
    if np.linalg.norm(sigma[width:]) > epsilon * np.linalg.norm(sigma):
        raise ValueError(
            f"widths are {width} at the narrowest, and the kernel {kernel.shape} has a higher rank: "
            f"take widths of {min(kernel.shape)} or more, or None"
        )
    return np.asarray((left[:, :width] * sigma[:width]) @ right[:width])


def _eager() -> AbstractContextManager[Any]:
    """Where values can be had, also for a layer that is built while TensorFlow traces the function that calls it
    first.
    """
    if keras.backend.backend() != "tensorflow":
        return nullcontext()
    import tensorflow as tf

    scope: AbstractContextManager[Any] = tf.init_scope()
    return scope


def _padded(factor: Array, shape: tuple[int, int]) -> Array:
    return np.pad(factor, [(0, size - given) for given, size in zip(factor.shape, shape, strict=True)])
