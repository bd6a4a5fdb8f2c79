"""How long a deep chain waits near zero: the law for balanced layers, and the law for layers as they are.

Where the weights ``w = W_N ⋯ W_1`` are small, the gradient of the loss is constant, ``−y``. Then only the part of the
first layer along ``y`` moves, and the network is a chain of N numbers. The squares of any two keep their difference: so
one number tells all the others, and the wait is an integral over it. Take the smallest, the only one that can pass
through zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["wait_as_it_is", "wait_if_balanced"]

_INTERVALS = 400


def wait_if_balanced(size: float, until: float, depth: int) -> float | None:
    """Time for ``dr/dt = N r^(2 − 2/N)`` to take ``r`` from `size` to `until`; None if it is there or the depth is 1.

    Examples
    --------
    >>> from deeplinear.explorables.plateau.wait import wait_if_balanced
    >>> round(wait_if_balanced(0.1**4, 1.0, depth=4), 6)
    49.5
    """
    if depth == 1 or size >= until:
        return None
    if size == 0:
        return math.inf
    if depth == 2:
        return math.log(until / size) / 2
    power = 2 / depth - 1
    return (math.pow(size, power) - math.pow(until, power)) / (depth - 2)


def wait_as_it_is(chain: Sequence[float], until: float) -> float | None:
    """Time for the product of a `chain` of numbers to reach `until`,
    each moving at the rate of the product of the others.

    With ``z`` the smallest of them, signed as the product is, and ``g_j`` the difference of the squares of another and
    of it, ``dz/dt = Π_j √(g_j + z²)``. Infinite if the way is barred: from a negative product through two numbers of
    one size.

    Examples
    --------
    >>> from deeplinear.explorables.plateau.wait import wait_as_it_is
    >>> round(wait_as_it_is([0.1, 0.1, 0.1, 0.1], 1.0), 6)
    49.5
    >>> wait_as_it_is([-0.1, 0.1], 1.0)
    inf
    """
    product = math.prod(chain)
    if len(chain) == 1 or product >= until:
        return None
    smallest = min(range(len(chain)), key=lambda j: abs(chain[j]))
    low = math.copysign(abs(chain[smallest]), product)
    gaps = [x * x - low * low for j, x in enumerate(chain) if j != smallest]
    nearest = min(gaps)
    if nearest == 0 and low <= 0:
        return math.inf
    high = _reaches(gaps, until)
    # In u, with z = h sinh(u), the factor of the nearest layer is gone, and what is left is smooth.
    h = math.sqrt(nearest) if nearest > 0 else low
    first, last = math.asinh(low / h), math.asinh(high / h)
    total = 0.0
    for i in range(_INTERVALS + 1):
        z = h * math.sinh(first + (last - first) * i / _INTERVALS)
        weight = 1 if i in (0, _INTERVALS) else 4 if i % 2 else 2  # Simpson's rule
        total += weight * math.sqrt(h * h + z * z) / _others(gaps, z)
    return total * (last - first) / (3 * _INTERVALS)


def _others(gaps: Sequence[float], z: float) -> float:
    """The product of all numbers of the chain but the smallest, when that is `z`."""
    product = 1.0
    for gap in gaps:
        product *= math.sqrt(gap + z * z)
    return product


def _reaches(gaps: Sequence[float], until: float) -> float:
    """The smallest number when the product of all is `until`, by halving the interval."""
    low, high = 0.0, 1.0
    while high * _others(gaps, high) < until:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if middle * _others(gaps, middle) < until else (low, middle)
    return (low + high) / 2
