"""Break the core mathematics point by point, and see that the tests notice.

The command is ``python -m bookwork.evidence.mutation [MODULE …]``.

Every mutant (:mod:`bookwork.evidence.mutants`) lives in a process of its own, forked from one that
has imported the heavy libraries and not yet the package; there the mutant takes the place of its
module, and the tests that run its line are run, the quickest first, until one fails
(:mod:`bookwork.evidence.who_tests_what`). Mutants that compute the same are listed, with the
argument, in ``tests/equivalent_mutants.toml``.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.abc
import importlib.util
import os
import random
import sys
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bookwork.book import ROOT
from bookwork.evidence.mutants import Mutant, mutants
from bookwork.evidence.who_tests_what import TestsOfLines, watched

__all__ = ["MODULES", "main", "verdict"]

ROOMS = ("problems", "networks", "theory")
MODULES = tuple(
    f"{room}.{path.stem}"
    for room in ROOMS
    for path in sorted((ROOT / "code" / "deeplinear" / room).glob("*.py"))
    if path.stem != "__init__"
)
LEAST = 0.97  # of the mutants that are not equivalent
EQUIVALENT = ROOT / "tests" / "equivalent_mutants.toml"
PATIENCE = 10  # times what the untouched tests take; a mutant that takes longer is caught
FIRST = 20  # tests are asked before the others are so much as collected

# Beside the tests of the rooms and the examples in their docstrings. TensorFlow would be imported for every mutant.
_MORE = ("tests/claims",)
_HEAVY = "tensorflow"


class _InPlaceOf(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module of the package from a source that is not its file's."""

    def __init__(self, module: str, source: str) -> None:
        self.name, self.source = f"deeplinear.{module}", source
        self.path = file_of(module)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        exec(compile(self.source, str(self.path), "exec"), module.__dict__)


def file_of(module: str) -> Path:
    """Where a module of the package is, by its name in it: ``networks.factors``."""
    return ROOT / "code" / "deeplinear" / f"{module.replace('.', '/')}.py"


def verdict(module: str, source: str, tests: Sequence[str | Path], limit: float) -> str:
    """What becomes of `source` in the place of `module`: "caught", "survived", or "timed out" after `limit` seconds."""
    child = os.fork()
    if child == 0:
        os._exit(_run(module, source, [str(test) for test in tests]))
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if status == 0 else "caught"
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "timed out"


def _run(module: str, source: str, tests: Sequence[str]) -> int:
    """In the child: the exit status of pytest, silently."""
    import pytest

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.meta_path.insert(0, _InPlaceOf(module, source))
    try:
        importlib.import_module(f"deeplinear.{module}")  # before pytest, which imports what it is given by its own way
        for some in (tests[:FIRST], tests[FIRST:]):
            files = dict.fromkeys(test.partition("::")[0] for test in some)
            if some and pytest.main(["-x", "-q", "--tb=no", "-W", "ignore", *files], plugins=[_Only(some)]):
                return 1
    except BaseException:  # whatever happens to a mutant has been noticed
        return 1
    return 0


class _Only:
    """A plugin of pytest: of the tests that it collects, these alone, in this order; a name may be that of a file."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.place = {test: number for number, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        chosen = [item for item in items if item.nodeid in self.place or str(item.path) in self.place]
        items[:] = sorted(chosen, key=lambda item: self.place.get(item.nodeid, 0))


def _tests() -> list[Path]:
    """The files of the tests that are asked."""
    rooms = [folder.format(room) for room in ROOMS for folder in ("tests/{}", "code/deeplinear/{}")]
    found = [path for name in (*rooms, *_MORE) for path in sorted((ROOT / name).glob("*.py")) or [ROOT / name]]
    return [path for path in found if _HEAVY not in path.name and path.name not in {"__init__.py", "conftest.py"}]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    parser = argparse.ArgumentParser(description="Mutation check of the core mathematics.")
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help=f"any of {', '.join(MODULES)}; all if none is named"
    )
    parser.add_argument("--sample", type=int, help="only so many mutants of each module, chosen at random")
    parser.add_argument("--list", action="store_true", help="show the mutants, run nothing")
    options = parser.parse_args(arguments)
    if unknown := set(options.modules) - set(MODULES):
        parser.error(f"{min(unknown)!r} is not among the modules: choose from {', '.join(MODULES)}")
    equivalent = {entry["id"] for entry in tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]}
    chosen: dict[str, list[Mutant]] = {}
    for module in options.modules or MODULES:
        found = mutants(file_of(module).read_text(encoding="utf-8"), module)
        if gone := {name for name in equivalent if name.startswith(f"{module}.")} - {mutant.id for mutant in found}:
            raise SystemExit(
                f"{EQUIVALENT.relative_to(ROOT)} lists {min(gone)!r}, which is no mutant any more: remove it"
            )
        real = [mutant for mutant in found if mutant.id not in equivalent]
        chosen[module] = random.Random(0).sample(real, min(options.sample, len(real))) if options.sample else real
    if options.list:
        print("\n".join(mutant.id for module in chosen.values() for mutant in module))
        return 0
    return _check(chosen, len(equivalent))


def _check(chosen: dict[str, list[Mutant]], equivalent: int) -> int:
    """Run them, two at a time, and print what became of them."""
    import hypothesis
    import numpy as np  # noqa: F401
    import pytest  # noqa: F401
    import scipy.integrate
    import scipy.optimize  # noqa: F401
    import sympy  # noqa: F401

    hypothesis.settings.register_profile("mutation", derandomize=True, database=None, print_blob=False)
    hypothesis.settings.load_profile("mutation")
    begin = time.monotonic()
    tests = watched(_tests(), ROOT / "code" / "deeplinear")
    if tests is None:
        raise SystemExit("the tests fail on the untouched code: mend that first")
    print(f"{len(tests.seconds)} tests, watched line by line in {time.monotonic() - begin:.0f} s")
    print(f"{'module':28}{'mutants':>8}{'caught':>8}{'survived':>10}{'share':>8}", flush=True)
    survived = 0
    for module, found in chosen.items():
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            ends = list(pool.map(lambda mutant, m=module: _end(m, mutant, tests), found))
        alive = [mutant for mutant, end in zip(found, ends, strict=True) if end == "survived"]
        survived += len(alive)
        share = 1 - len(alive) / max(len(found), 1)
        print(f"{module:28}{len(found):8}{len(found) - len(alive):8}{len(alive):10}{share:8.1%}", flush=True)
        for mutant in alive:
            print(f"  survived: {mutant.id} (line {mutant.line})", flush=True)
    total = sum(map(len, chosen.values()))
    share = 1 - survived / max(total, 1)
    print(f"{'all':28}{total:8}{total - survived:8}{survived:10}{share:8.1%}")
    print(f"{equivalent} more compute the same ({EQUIVALENT.relative_to(ROOT)}); {time.monotonic() - begin:.0f} s")
    return int(share < LEAST)


def _end(module: str, mutant: Mutant, tests: TestsOfLines) -> str:
    """What becomes of one mutant among the tests that run its lines."""
    asked = tests.of(file_of(module), mutant.line, mutant.last)
    return verdict(module, mutant.source, asked, 20 + PATIENCE * sum(tests.seconds[test] for test in asked))


if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    sys.exit(main())
