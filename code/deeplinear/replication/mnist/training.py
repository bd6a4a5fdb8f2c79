"""One training run of the convolutional network, and what is kept of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.replication.mnist.network import BATCH, DECAY, MOMENTUM, Digits, Training, build, penalty, scaled

__all__ = ["Outcome", "evaluator", "stepper", "train"]

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Outcome:
    """What a run leaves behind.

    Attributes
    ----------
    cross_entropy, penalty, accuracy : (steps,)
        Of each batch before its step, units dropped out; shorter if the run diverged: its last value is then not
        finite.
    tested_at, tested : (marks,)
        Steps taken, and the accuracy on 1,000 of the test images.
    all_tested_at, all_tested, all_tested_cross_entropy : (marks,)
        Rarer: on all of the test images.
    end_accuracy, end_cross_entropy : float
        On all training images after the last step, no unit dropped out.
    seconds : float
        Of training, tests included.
    """

    cross_entropy: Array
    penalty: Array
    accuracy: Array
    tested_at: NDArray[np.int64]
    tested: Array
    all_tested_at: NDArray[np.int64]
    all_tested: Array
    all_tested_cross_entropy: Array
    end_accuracy: float
    end_cross_entropy: float
    seconds: float


def train(
    run: Training,
    training: Digits,
    test: Digits,
    *,
    every: int = 50,
    all_every: int = 450,
    progress: Callable[[int], object] = lambda taken: None,
) -> Outcome:
    """Train, testing on a thousand images after every `every` steps and on all of them after every `all_every`.

    `progress` is told how many steps have just been taken. The same settings and data give the same run on the same
    machine; on another one the last digits differ, and the differences grow.
    """
    network, steps = build(run), run.length(len(training))
    advance, evaluate = stepper(network, run, training), evaluator(network)
    few = test.thinned(min(1000, len(test)))
    tested, all_tested, rows = {0: evaluate(few)}, {0: evaluate(test)}, []
    started = time.perf_counter()
    for first in range(0, steps, every):
        last = min(first + every, steps)
        rows.append(_until_not_finite(advance(first, last)))
        if not np.isfinite(rows[-1]).all():
            break
        tested[last] = evaluate(few)
        if last % all_every == 0 or last == steps:
            all_tested[last] = evaluate(test)
        progress(last - first)
    end = evaluate(training)
    seconds = time.perf_counter() - started
    cross_entropies, penalties, accuracies = np.concatenate(rows).T
    all_accuracies, all_cross_entropies = np.array(list(all_tested.values()), np.float32).T
    return Outcome(
        cross_entropies,
        penalties,
        accuracies,
        np.array(list(tested)),
        np.array([accuracy for accuracy, _ in tested.values()], np.float32),
        np.array(list(all_tested)),
        all_accuracies,
        all_cross_entropies,
        *end,
        seconds,
    )


def _until_not_finite(rows: Array) -> Array:
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    return rows[: bad[0] + 1] if len(bad) else rows


def evaluator(network: Any, at_once: int = 500) -> Callable[[Digits], tuple[float, float]]:
    """What gives accuracy and mean cross-entropy on some images, no unit dropped out."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def sums(images: Any, labels: Any) -> Any:
        logits = network(scaled(images), training=False)
        entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        return tf.stack([tf.reduce_sum(_hits(logits, labels)), tf.reduce_sum(entropy)])

    def means(data: Digits) -> tuple[float, float]:
        total = np.zeros(2)
        for first in range(0, len(data), at_once):
            part = slice(first, first + at_once)
            total += sums(tf.constant(data.images[part]), tf.constant(data.labels[part])).numpy()
        accuracy, entropy = (total / len(data)).tolist()
        return accuracy, entropy

    return means


def _hits(logits: Any, labels: Any) -> Any:
    import tensorflow as tf

    return tf.cast(tf.argmax(logits, axis=1, output_type=tf.int32) == labels, tf.float32)


def stepper(network: Any, run: Training, training: Digits) -> Callable[[int, int], Array]:
    """What takes the steps from `first` to `last` in one compiled call: (steps, 3), of each batch before its step."""
    import tensorflow as tf

    images, labels = tf.constant(training.images), tf.constant(training.labels)
    speeds = [tf.Variable(tf.zeros_like(weights.value)) for weights in network.trainable_variables]

    def step(index: Any) -> Any:
        place = index * BATCH % (len(training) - BATCH)
        rate = run.learning_rate * DECAY ** tf.cast(index * BATCH // len(training), tf.float32)
        answers = labels[place : place + BATCH]
        with tf.GradientTape() as tape:
            logits = network(scaled(images[place : place + BATCH]), training=True)
            entropy = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(answers, logits))
            shrinkage = penalty(network)
            total = entropy + shrinkage
        weights = [variable.value for variable in network.trainable_variables]
        for variable, speed, gradient in zip(weights, speeds, tape.gradient(total, weights), strict=True):
            tf.raw_ops.ResourceApplyMomentum(
                var=variable.handle, accum=speed.handle, lr=rate, grad=gradient, momentum=MOMENTUM
            )
        return tf.stack([entropy, shrinkage, tf.reduce_mean(_hits(logits, answers))])

    @tf.function  # type: ignore[untyped-decorator]
    def block(first: Any, last: Any) -> Any:
        rows = tf.TensorArray(tf.float32, size=last - first)
        for index in tf.range(first, last):
            rows = rows.write(index - first, step(index))
        return rows.stack()

    return lambda first, last: np.asarray(block(tf.constant(first), tf.constant(last)))
