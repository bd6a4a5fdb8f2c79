"""What deep layers cost in Keras beside plain ones: nothing once folded, and how much while they train."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["report"]

# The dense layers of the MNIST network, its training batch, and one for inference large enough to hide what a
# call costs.
SIZES, BATCH, STEPS, LARGE = (3136, 512, 10), 64, 5, 1024


def report(rounds: int) -> None:
    """Ratios, from turns that the contenders take one after the other."""
    import keras

    from deeplinear.keras import fold, overparameterize

    def network(**arguments: Any) -> Any:
        hidden = keras.layers.Dense(SIZES[1], activation="relu", **arguments)
        return keras.Sequential([keras.Input((SIZES[0],)), hidden, keras.layers.Dense(SIZES[2], **arguments)])

    plain, decayed = network(), network(kernel_regularizer=keras.regularizers.L2(2.5e-4))
    answering = {"plain": plain, "folded": fold(overparameterize(plain, depth=2))}
    training = {
        "plain": network(),
        "depth 2": overparameterize(plain, depth=2),
        "plain, L2": network(kernel_regularizer=keras.regularizers.L2(2.5e-4)),
        "depth 2, L2 on factors": overparameterize(decayed, depth=2, regularize="factors"),
        "depth 2, L2 on product": overparameterize(decayed, depth=2),
    }
    print(
        f"\nKeras, dense layers of {' → '.join(map(str, SIZES))}: times the plain layers' time, best turns and median"
    )
    times = _turns({name: _inference(model) for name, model in answering.items()}, 10 * rounds)
    print(
        f"  inference, batch {LARGE}: folded {_ratio(times, 'folded', 'plain')}; plain "
        f"{times['plain'].min() * 1e3:.1f} ms"
    )
    times = _turns({name: _training(model) for name, model in training.items()}, 2 * rounds)
    print(f"  training, batch {BATCH}: plain {times['plain'].min() / STEPS * 1e3:.1f} ms a step")
    for name in training:
        against = "plain, L2" if "L2" in name else "plain"
        print(f"    {name:24} {_ratio(times, name, against)} of {against}")


def _inference(model: Any) -> Callable[[], Any]:
    inputs = np.random.default_rng(0).standard_normal((LARGE, SIZES[0])).astype("float32")
    return lambda: model.predict_on_batch(inputs)


def _training(model: Any) -> Callable[[], Any]:
    import keras

    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((BATCH, SIZES[0])).astype("float32")
    labels = rng.integers(SIZES[-1], size=BATCH)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(1e-4, momentum=0.9), loss)
    return lambda: [model.train_on_batch(inputs, labels) for _ in range(STEPS)]


def _turns(contenders: dict[str, Callable[[], Any]], rounds: int) -> dict[str, NDArray[np.float64]]:
    """Seconds of every turn of each."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds + 1):
        for name, contender in contenders.items():
            begin = time.perf_counter()
            contender()
            times[name].append(time.perf_counter() - begin)
    return {name: np.array(each[1:]) for name, each in times.items()}  # the first compiles


def _ratio(times: dict[str, NDArray[np.float64]], name: str, against: str) -> str:
    return f"{times[name].min() / times[against].min():.3f} {np.median(times[name] / times[against]):.3f}"
