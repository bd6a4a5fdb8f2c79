"""Random numbers that a script in the page draws too, to the last bit: integers,
sums and nothing that rounds differently.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["normals"]

_MASK = 0xFFFFFFFF


def normals(seed: int, count: int) -> NDArray[np.float64]:
    """Nearly normal numbers, (count,): each the sum of twelve uniform ones less 6, so of mean 0, variance 1,
    and below 6.

    The uniform ones are those of T. Ettinger's generator mulberry32, which needs 32-bit integers alone.

    Examples
    --------
    >>> from deeplinear.explorables.numerics.normals import normals
    >>> normals(1, 3).round(4)
    array([ 1.0861, -2.3902,  0.9849])
    """
    values = np.empty(count)
    for i in range(count):
        total = 0.0
        for _ in range(12):
            seed = (seed + 0x6D2B79F5) & _MASK
            mixed = ((seed ^ (seed >> 15)) * (seed | 1)) & _MASK
            mixed ^= (mixed + ((mixed ^ (mixed >> 7)) * (mixed | 61))) & _MASK
            total += (mixed ^ (mixed >> 14)) / 2**32
        values[i] = total - 6.0
    return values
