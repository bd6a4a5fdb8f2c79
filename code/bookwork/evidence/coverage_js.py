"""Which lines of the figures' JavaScript the tests run, in Node and in Chromium together: ``make coverage-js``.

V8, in both, writes how often each range of a script ran. A line is covered if a part of it ran in any test; lines
without a word, and comments, do not count.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bookwork.book import ROOT

__all__ = ["LEAST", "code_lines", "covered_lines", "main", "report"]

FIGURES = ROOT / "code" / "deeplinear" / "explorables"
LEAST = 0.9

_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)


def code_lines(source: str) -> set[int]:
    """The numbers, from 0, of the lines that hold code."""
    bare = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), source)
    return {number for number, line in enumerate(bare.split("\n")) if re.search(r"\w", line)}


def covered_lines(source: str, functions: list[dict[str, Any]]) -> set[int]:
    """The lines of which a part ran, by V8's account of one script."""
    ranges = [entry for function in functions for entry in function["ranges"]]
    ran = bytearray(len(source))
    # An inner range has the last word on what is inside of it.
    for entry in sorted(ranges, key=lambda entry: (entry["startOffset"], -entry["endOffset"])):
        start, end = entry["startOffset"], min(entry["endOffset"], len(source))
        ran[start:end] = bytes([entry["count"] > 0]) * (end - start)
    covered, at = set(), 0
    for number, line in enumerate(source.split("\n")):
        if any(ran[at + i] and not letter.isspace() for i, letter in enumerate(line)):
            covered.add(number)
        at += len(line) + 1
    return covered


def report(accounts: Iterable[Path], folder: Path = FIGURES) -> tuple[float, str]:
    """The covered share of all lines, and a table by file with the lines that no test ran."""
    sources = {path.as_uri(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.mjs"))}
    covered: dict[str, set[int]] = {uri: set() for uri in sources}
    for account in accounts:
        for script in json.loads(account.read_text(encoding="utf-8"))["result"]:
            uri = script["url"].split("?")[0]
            if uri in sources:
                covered[uri] |= covered_lines(sources[uri], script["functions"])
    table, all_lines, all_covered = [], 0, 0
    for uri, source in sources.items():
        lines = code_lines(source)
        missed = sorted(lines - covered[uri])
        all_lines += len(lines)
        all_covered += len(lines) - len(missed)
        name = uri.removeprefix(folder.as_uri() + "/")
        table.append(f"  {name:45} {len(lines):5} {1 - len(missed) / max(len(lines), 1):7.1%}  {_spans(missed)}")
    share = all_covered / max(all_lines, 1)
    return share, "\n".join([*table, f"  {'together':45} {all_lines:5} {share:7.1%}"])


def _spans(lines: list[int]) -> str:
    """Numbers of lines from 1, neighbours together: ``3-5, 9``."""
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(str(a + 1) if a == b else f"{a + 1}-{b + 1}" for a, b in spans)


def main() -> int:
    """Run the tests of the figures in Node and in Chromium, print the table, and say whether it is enough."""
    with tempfile.TemporaryDirectory() as folder:
        node, browser = Path(folder, "node"), Path(folder, "browser")
        browser.mkdir()
        tests = [
            ([sys.executable, "-m", "bookwork.evidence.javascript"], {"NODE_V8_COVERAGE": str(node)}),
            (
                [
                    sys.executable,
                    "-m",
                    "pytest",
                    "-q",
                    "-n",
                    "2",
                    "-m",
                    "browser",
                    "tests/book/test_every_order_of_two.py",
                ],
                {"COVERAGE_JS": str(browser)},
            ),
        ]
        for command, environment in tests:
            done = subprocess.run(
                command, cwd=ROOT, env=os.environ | environment, check=False, capture_output=True, text=True
            )
            if done.returncode:
                print(done.stdout + done.stderr)
                return 1
        share, table = report([*node.glob("*.json"), *browser.glob("*.json")])
    print(f"Lines of the figures' JavaScript that the tests run in Node or in Chromium:\n{table}")
    if share < LEAST:
        print(f"That is less than {LEAST:.0%}: test what is not covered, or take it out.")
    return int(share < LEAST)


if __name__ == "__main__":
    sys.exit(main())
