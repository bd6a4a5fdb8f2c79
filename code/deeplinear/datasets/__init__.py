"""The book's data: six gases of the gas-sensor drift data, and MNIST.

Each is looked for in the folder named by the environment variable ``DEEPLINEAR_DATA``, then in the cache, and is
otherwise downloaded from its official home. Whatever is used is verified by the checksum of its numbers. Without a
network an embedded stand-in takes its place where there is one, which is announced by a :class:`StandInWarning` and
recorded in ``.source``. The rows themselves are never part of this package. What a data set of one's own needs is in
:class:`Dataset`.
"""

from __future__ import annotations

import warnings
from typing import Any

from deeplinear.datasets._dataset import Dataset
from deeplinear.datasets._gas_sensor import GASES, Gas, load_ethanol, load_gas
from deeplinear.datasets._mnist import Mnist, load_mnist
from deeplinear.datasets._sources import DataError, StandInWarning

__all__ = ["GASES", "DataError", "Dataset", "Gas", "Mnist", "StandInWarning", "load_ethanol", "load_gas", "load_mnist"]


def __getattr__(name: str) -> Any:
    if name == "Ethanol":
        warnings.warn(
            "datasets.Ethanol is now datasets.Gas; the old name goes with the next release", DeprecationWarning, 2
        )
        return Gas
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
