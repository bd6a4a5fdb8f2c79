"""The convolutional network of the paper's last figure, its dense layers of any depth, and one training run of it.

Network and training are those of TensorFlow's old tutorial ``convolutional.py``, which the paper names: images in file
order, dropout, heavy ball, and a rate that falls by a twentieth after each pass. What the paper adds is the depth of
the two dense layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from deeplinear.datasets import Mnist

__all__ = ["Digits", "Penalty", "Training", "build", "digits", "penalty", "scaled"]

Penalty = Literal["none", "product", "factors"]

BATCH, EPOCHS = 64, 10
MOMENTUM, DECAY, WEIGHT_DECAY = 0.9, 0.95, 5e-4


@dataclass(frozen=True)
class Training:
    """The settings of one run.

    Attributes
    ----------
    depth : int
        Linear layers in the place of each dense one.
    penalty : "product", "factors" or "none"
        Whose squares are penalised: those of the product of a dense layer's matrices, of each of them, or no one's. At
        depth 1 the first two are the same.
    learning_rate : float
        Of the first pass.
    seed : int
        Decides the start and the units that drop out.
    steps : int, optional
        Ten passes if not given: 8,593 steps on MNIST.

    Examples
    --------
    >>> from deeplinear.replication.mnist.network import Training
    >>> run = Training(learning_rate=0.01)
    >>> [round(run.rate(step, images=55_000), 6) for step in (0, 859, 860, 8592)]
    [0.01, 0.01, 0.0095, 0.006302]
    """

    depth: int = 1
    penalty: Penalty = "product"
    learning_rate: float = 0.01
    seed: int = 0
    steps: int | None = None

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise ValueError(f"depth is {self.depth}, it must be 1 or more")
        if self.penalty not in get_args(Penalty):
            raise ValueError(f"penalty is {self.penalty!r}, it must be one of {', '.join(get_args(Penalty))}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate is {self.learning_rate}, it must be positive")
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps is {self.steps}, it must be 1 or more")

    def rate(self, step: int, images: int) -> float:
        """The learning rate at a step: ``η·0.95^pass``, a staircase, for a training set of so many images."""
        return self.learning_rate * DECAY ** (step * BATCH // images)

    def length(self, images: int) -> int:
        """How many steps are taken on so many images."""
        return EPOCHS * images // BATCH if self.steps is None else self.steps


@dataclass(frozen=True)
class Digits:
    """Images as the network takes them, ``(n, 28, 28, 1)`` uint8, with their labels ``(n,)`` from 0 to 9."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.images)

    def thinned(self, size: int) -> Digits:
        """`size` of them, evenly spread."""
        chosen = np.arange(size) * len(self) // size
        return Digits(self.images[chosen], self.labels[chosen])


def digits(data: Mnist) -> tuple[Digits, Digits]:
    """The training images, less the first twelfth (5,000) that the tutorial sets aside, and the test images."""
    aside = len(data.inputs) // 12

    def shaped(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Digits:
        return Digits(images[..., None], labels.astype(np.int32))

    training = shaped(data.inputs[aside:], data.targets[aside:])
    return training, shaped(data.test_inputs, data.test_targets)


def build(run: Training) -> Any:
    """The network at its start, a ``keras.Sequential``: weights from a truncated normal of deviation 0.1,
    biases 0 and 0.1.

    With depth, every factor is drawn so; each dense layer keeps its one bias.
    """
    import keras

    draws = keras.initializers.TruncatedNormal(stddev=0.1, seed=keras.random.SeedGenerator(run.seed))
    layers = keras.layers

    def convolution(channels: int, bias: float) -> list[Any]:
        start = {"kernel_initializer": draws, "bias_initializer": keras.initializers.Constant(bias)}
        return [layers.Conv2D(channels, 5, padding="same", activation="relu", **start), layers.MaxPooling2D()]

    def dense(units: int, activation: str | None) -> Any:
        shrink = None if run.penalty == "none" else keras.regularizers.L2(WEIGHT_DECAY / 2)
        settings: dict[str, Any] = {
            "activation": activation,
            "kernel_initializer": draws,
            "bias_initializer": keras.initializers.Constant(0.1),
            "kernel_regularizer": shrink,
            "bias_regularizer": shrink,
        }
        if run.depth == 1:
            return layers.Dense(units, **settings)
        from deeplinear.keras import DeepDense

        return DeepDense(units, run.depth, regularize="product" if run.penalty == "none" else run.penalty, **settings)

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *convolution(32, bias=0.0),
            *convolution(64, bias=0.1),
            layers.Flatten(),
            dense(512, "relu"),
            layers.Dropout(0.5, seed=run.seed),
            dense(10, None),
        ]
    )


def penalty(network: Any) -> Any:
    """``(λ/2)·‖·‖²`` over the dense layers' matrices (or factors) and biases, λ = 5e-4; a scalar tensor."""
    import tensorflow as tf

    return tf.add_n(network.losses) if network.losses else tf.constant(0.0)


def scaled(images: Any) -> Any:
    """Pixels from 0 to 255 as numbers from −½ to ½."""
    import tensorflow as tf

    return tf.cast(images, tf.float32) / 255.0 - 0.5
