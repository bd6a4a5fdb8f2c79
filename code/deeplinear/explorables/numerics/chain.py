"""A network of hidden width 1, in the order of operations of `chain.mjs`:
near instability the smallest rounding error grows.

Its parameters are a vector ``v``, the first layer, and the numbers ``s_1, s_2, …`` above it; its weights are ``c v``
with ``c = s_1 s_2 ⋯``. Where accuracy alone counts, :func:`deeplinear.layer_gradients` does the same for layers of any
width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["pull_back", "sequential_sum"]

Array = NDArray[np.float64]


def pull_back(vector: Array, numbers: Sequence[float], gradient: Array) -> tuple[Array, list[float]]:
    """Slopes by the vector, (d,), and by each number, from the gradient by the weights, (d,).

    Examples
    --------
    >>> import numpy as np
    >>> from deeplinear.explorables.numerics.chain import pull_back
    >>> pull_back(np.array([1.0, 2.0]), [3.0, 5.0], np.array([1.0, 0.0]))
    (array([15., 0.]), [5.0, 3.0])
    """
    along = sequential_sum(gradient * vector)
    below = [1.0]
    for number in numbers:
        below.append(below[-1] * number)
    slopes, above = [], 1.0
    for number, product in zip(reversed(numbers), reversed(below[:-1]), strict=True):
        slopes.append(along * (product * above))
        above *= number
    return math.prod(numbers) * gradient, slopes[::-1]


def sequential_sum(values: Array) -> float:
    """The sum of a vector from the first entry to the last, as a loop makes it;
    NumPy's own sum adds in another order.
    """
    return float(np.cumsum(values)[-1])
