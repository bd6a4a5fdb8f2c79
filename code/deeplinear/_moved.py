"""Modules by the names that they had before the package had rooms: they still import, with a warning,
for one release.

What the package goes by such a name itself, the function ``dl.sweep`` or the module ``dl.optimizers``, it stays.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Collection, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any

__all__ = ["MOVED", "answer_old_names"]

MOVED = {
    f"deeplinear.{old}": f"deeplinear.{new}"
    for old, new in {
        "batches": "training.loop",
        "cluster": "training.backends",
        "conservation": "theory.conservation",
        "end_to_end": "theory.preconditioner",
        "engine": "training.advancing",
        "factors": "networks.factors",
        "flow": "theory.flow",
        "mnist": "replication.mnist",
        "mnist.network": "replication.mnist.network",
        "mnist.penalty": "replication.mnist.penalty",
        "mnist.records": "replication.mnist.records",
        "mnist.replication": "replication.mnist.replication",
        "mnist.training": "replication.mnist.training",
        "optimizers": "training.optimizers",
        "oracles": "training.oracles",
        "record_figures": "replication.figures",
        "records": "replication.records",
        "regularizers": "theory.regularizers",
        "replicate": "replication.__main__",
        "runs": "training.run",
        "schedules": "training.schedules",
        "store": "replication.store",
        "sweep": "training.sweeps",
        "symbolic": "theory.symbolic",
        "tuning": "training.tuning",
    }.items()
}
#: What has no place of its own any more, and what does its work.
GONE = {
    "deeplinear.cluster.advance_on": "dl.advance(…, backend=dl.training.backends.Dask(client))",
    "deeplinear.engine.fingerprint": "deeplinear.training.checkpoint.identified",
    "deeplinear.parametrizations": "a network of dl.networks",
    "deeplinear.runs.Method": "a network of dl.networks, such as Rule(depth)",
}


def answer_old_names(package: str, public: Collection[str]) -> None:
    """Let ``import deeplinear.optimizers`` and its like find the module where it is now.

    An import of ``package.name`` sets the attribute `name` of the package; for the `public` names it does not.
    """
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())

    class Package(ModuleType):
        def __setattr__(self, name: str, value: Any) -> None:
            loader = getattr(getattr(value, "__spec__", None), "loader", None)
            if not (name in public and isinstance(loader, _Loader)):
                super().__setattr__(name, value)

    sys.modules[package].__class__ = Package


class _Finder(MetaPathFinder):
    """Asked last, when no file has the name."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name in GONE:
            raise ModuleNotFoundError(_gone(name), name=name)
        if name not in MOVED:
            return None
        return ModuleSpec(name, _Loader(), is_package=name == "deeplinear.mnist")


class _Loader(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        _warn(spec.name)
        now = importlib.import_module(MOVED[spec.name])
        stand_in = ModuleType(spec.name)
        stand_in.__doc__ = now.__doc__
        return stand_in

    def exec_module(self, module: ModuleType) -> None:
        now = importlib.import_module(MOVED[module.__name__])
        kept = {"__name__", "__spec__", "__loader__", "__package__", "__path__", "__class__"}
        vars(module).update({name: value for name, value in vars(now).items() if name not in kept})

        def absent(name: str) -> Any:
            """An ImportError, whose words ``from … import …`` hands on; those of an AttributeError it drops."""
            if (former := f"{module.__name__}.{name}") in GONE:
                raise ImportError(_gone(former), name=former)
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        vars(module)["__getattr__"] = absent

    def get_code(self, name: str) -> CodeType:
        """For ``python -m deeplinear.replicate``."""
        _warn(name)
        spec = importlib.util.find_spec(MOVED[name])
        code: CodeType = spec.loader.get_code(MOVED[name])  # type: ignore[union-attr]
        return code


def _gone(name: str) -> str:
    return f"{name} is no more: in its place stands {GONE[name]}"


def _warn(name: str) -> None:
    warnings.warn(
        f"{name} is now {MOVED[name].removesuffix('.__main__')}; the old name goes with the next release",
        DeprecationWarning,
        stacklevel=3,  # 1 is here, 2 the loader; the frames of the import itself are passed over
    )
