"""What is known of depth: the preconditioner, balance, flows, regularizers, mirror flow, sharpness, the gain law,
and identities proved by SymPy.
"""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = ["conservation", "flow", "gain", "mirror", "preconditioner", "regularizers", "sharpness", "symbolic"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
