"""The book's data: the ethanol rows of the gas-sensor drift data, and MNIST.

Each is looked for in the folder named by the environment variable ``DEEPLINEAR_DATA``, then in the cache, and is otherwise
downloaded from its official home and verified. Without a network an embedded stand-in takes its place, which is announced by
a :class:`StandInWarning` and recorded in ``.source``. The rows themselves are never part of this package.
"""

from __future__ import annotations

from deeplinear.datasets._ethanol import Ethanol, load_ethanol
from deeplinear.datasets._mnist import Mnist, load_mnist
from deeplinear.datasets._sources import DataError, StandInWarning

__all__ = ["DataError", "Ethanol", "Mnist", "StandInWarning", "load_ethanol", "load_mnist"]
