"""Which tests run which lines of the package: one run of the tests, watched line by line.

A mutation check asks of every mistake whether a test notices it. Only the tests that run the line
of the mistake can; the quickest of them are asked first.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

__all__ = ["TestsOfLines", "watched"]

OUT_OF_TESTS = ""  # coverage's name for what runs while modules are imported and tests collected


class TestsOfLines:
    """For every file and line the tests that run it, the quickest first.

    Args:
        lines: for each file, line numbers (as text, for JSON has no other keys) and their tests.
        seconds: what each test takes.
    """

    __test__ = False  # no class of tests, whatever pytest makes of its name

    def __init__(self, lines: dict[str, dict[str, list[str]]], seconds: dict[str, float]) -> None:
        self.lines, self.seconds = lines, seconds

    def of(self, path: Path, first: int, last: int) -> list[str]:
        """The tests that run one of the lines `first` to `last`; those of the whole file if that is no test."""
        found = self.lines.get(str(path), {})
        some = {test for line in range(first, last + 1) for test in found.get(str(line), [])}
        chosen = some - {OUT_OF_TESTS} or {test for tests in found.values() for test in tests} - {OUT_OF_TESTS}
        return sorted(chosen, key=lambda test: (self.seconds[test], test))


def watched(tests: Sequence[Path], room: Path) -> TestsOfLines | None:
    """Run `tests` in a process of their own and note the lines under `room`; None where one of them fails."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            with os.fdopen(writer, "w", encoding="utf-8") as out:
                json.dump(_watch(tests, room), out)
        finally:  # the child ends here, whatever happens
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as notes:
        told = notes.read()
    os.waitpid(child, 0)
    seen = json.loads(told or "null")
    return None if seen is None else TestsOfLines(*seen)


class _Clock:
    """A plugin of pytest: tells coverage the test that runs, and how long it took."""

    def __init__(self, coverage: Any) -> None:
        self.coverage, self.seconds = coverage, dict[str, float]()

    def pytest_runtest_protocol(self, item: Any) -> None:
        self.coverage.switch_context(item.nodeid)
        self.seconds[item.nodeid] = time.monotonic()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.seconds[nodeid] = time.monotonic() - self.seconds[nodeid]
        self.coverage.switch_context(OUT_OF_TESTS)


def _watch(tests: Sequence[Path], room: Path) -> tuple[dict[str, dict[str, list[str]]], dict[str, float]] | None:
    """In the child: what :func:`watched` sends back, or None."""
    import coverage
    import pytest

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    watching = coverage.Coverage(data_file=None, include=[f"{room}/*"], config_file=False)
    clock = _Clock(watching)
    watching.start()
    try:
        status = pytest.main(["-q", "--tb=no", "-W", "ignore", "-m", "not browser", *map(str, tests)], plugins=[clock])
    finally:
        watching.stop()
    return None if status else (dict(_lines(watching)), clock.seconds)


def _lines(watching: Any) -> Iterator[tuple[str, dict[str, list[str]]]]:
    data = watching.get_data()
    for file in data.measured_files():
        yield file, {str(line): tests for line, tests in data.contexts_by_lineno(file).items()}
