"""The paper's experiments at full length, and what they have left behind.

* :mod:`~deeplinear.replication.experiments`: what is run.
* :mod:`~deeplinear.replication.campaign`: how it is run; behind ``python -m deeplinear.replication``.
* :mod:`~deeplinear.replication.store`: runs that are made once.
* :mod:`~deeplinear.replication.records`, :mod:`~deeplinear.replication.figures`: their results, read and drawn.
* :mod:`~deeplinear.replication.mnist`: the convolutional network.
"""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = ["campaign", "command", "experiments", "figures", "first_edition", "mnist", "records", "store"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
