"""The weight-decay penalty of the convolutional network's dense layers, left to itself: no data, no loss,
no training.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
from numpy.typing import NDArray

from deeplinear.networks.factors import end_to_end, layer_gradients
from deeplinear.replication.mnist.network import MOMENTUM, WEIGHT_DECAY, Training

__all__ = ["penalty_alone"]

Array = NDArray[np.float64]

_IMAGES = 55_000


def penalty_alone(run: Training, marks: Sequence[int], *, shrink: int = 4, rng: int = 0) -> Array:
    """The penalty after so many steps, if the penalty were all that the steps descend.

    Parameters
    ----------
    run : Training
        Its depth, its learning rate, and what is penalised; its seed and its length do not matter.
    marks : increasing ints
        The numbers of steps.
    shrink : int
        The first dense layer is simulated with this many times fewer inputs and outputs, larger weights in the same
        proportion, and the result multiplied up: the singular values of a large random matrix depend on its shape
        alone.
    rng : int
        Seed of the start.

    Returns
    -------
    (marks,) array

    Examples
    --------
    At depth 1 every weight shrinks by the same factor:

    >>> from deeplinear.replication.mnist.network import Training
    >>> from deeplinear.replication.mnist.penalty import penalty_alone
    >>> print(penalty_alone(Training(), [0, 100, 1000, 8560], shrink=1).round(2))
    [3.11 3.09 2.82 1.57]
    """
    draw = np.random.default_rng(rng)
    sizes = ((3136 // shrink, *(512 // shrink,) * run.depth), (512, *(10,) * run.depth))
    layers = [_start(sizes[0], 0.1 * shrink**0.5, draw), _start(sizes[1], 0.1, draw)]
    speeds = [tuple(np.zeros_like(W) for W in layer) for layer in layers]
    values = []
    with _one_thread():
        for step in range(marks[-1] + 1):
            if step in marks:
                values.append(
                    sum(scale * _penalty(layer, run) for scale, layer in zip((shrink, 1), layers, strict=True))
                )
            for i, layer in enumerate(layers):
                pulls = _gradients(layer, run)
                speeds[i] = tuple(MOMENTUM * v + pull for v, pull in zip(speeds[i], pulls, strict=True))
                layers[i] = tuple(W - run.rate(step, _IMAGES) * v for W, v in zip(layer, speeds[i], strict=True))
    return np.array(values)


def _one_thread() -> AbstractContextManager[object]:
    """Products of small matrices gain nothing from a second thread, and wait for it on a busy machine."""
    if importlib.util.find_spec("threadpoolctl") is None:
        return nullcontext()
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits


def _start(sizes: Sequence[int], deviation: float, draw: np.random.Generator) -> tuple[Array, ...]:
    """Factors as the network starts with them; of the first, whose rows are many, only what their squares depend on."""
    first, *others = (deviation * _truncated_normal(draw, (n, m)) for m, n in itertools.pairwise(sizes))
    return (np.linalg.qr(first.T).R.T, *others)


def _truncated_normal(draw: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Standard normal numbers, those beyond two deviations drawn again."""
    numbers = draw.standard_normal(shape)
    while (far := np.abs(numbers) > 2).any():
        numbers[far] = draw.standard_normal(int(far.sum()))
    return numbers


def _penalty(factors: tuple[Array, ...], run: Training) -> float:
    penalised = factors if run.penalty == "factors" else (end_to_end(factors),)
    return WEIGHT_DECAY / 2 * sum(float((W**2).sum()) for W in penalised)


def _gradients(factors: tuple[Array, ...], run: Training) -> tuple[Array, ...]:
    if run.penalty == "factors":
        return tuple(WEIGHT_DECAY * W for W in factors)
    return layer_gradients(factors, WEIGHT_DECAY * end_to_end(factors))
