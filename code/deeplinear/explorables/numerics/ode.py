"""The flow ``y' = v(y)`` as a script in the page follows it, step by step: what both compute agrees to the last digits.

Where accuracy alone counts, :mod:`deeplinear.flow` has a method of higher order that chooses its own steps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["rk4"]

Array = NDArray[np.float64]


def rk4(velocity: Callable[[Array], Array], y: Array, h: float) -> Array:
    """``y`` a time `h` later, by the classical Runge–Kutta method of order 4.

    Examples
    --------
    >>> import numpy as np
    >>> from deeplinear.explorables.numerics.ode import rk4
    >>> rk4(lambda y: y, np.array([1.0]), 0.1) - np.exp(0.1) > -1e-7
    array([ True])
    """
    k1 = velocity(y)
    k2 = velocity(y + h / 2 * k1)
    k3 = velocity(y + h / 2 * k2)
    k4 = velocity(y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
