"""The tests that carry a claim: what each verifies, of which statement, how, and to which tolerance.

A test says so with ``@pytest.mark.claim("the-id", "what of it is tested", kind=…, tolerance=…)``.
This module asks pytest for them, and is the plugin of pytest that answers. The id is None where a
statement has left the book.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from bookwork.book import ROOT

__all__ = ["KINDS", "Evidence", "evidence"]

#: What a test can show, and how the page says it.
KINDS = {
    "symbolic": "Algebra by machine",
    "numerical": "Numbers",
    "order": "Measured order",
    "inequality": "Inequality",
    "counterexample": "Counterexample",
    "record": "Record of long runs",
}


@dataclass(frozen=True)
class Evidence:
    """One test of a statement; `cases` is the number of parameters or of random examples that it runs through."""

    id: str
    text: str
    kind: str
    tolerance: float | None
    cases: int
    random: bool
    file: str
    test: str
    #: The id of the statement whose declared domain the cases are drawn from, if any.
    drawn_from: str | None = None
    #: The hypotheses without which this test sees the statement fail, and those that its cases satisfy.
    without: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()
    #: Why random cases come from elsewhere than from the domain.
    within: str | None = None

    def __str__(self) -> str:
        """What was done, in a few words."""
        cases = f", {self.cases} {'random ' if self.random else ''}cases" if self.cases > 1 else ""
        if self.tolerance is None:
            return f"{KINDS[self.kind]}{cases}"
        error = f"{self.tolerance:g}".replace("e-0", "e-")
        return f"{KINDS[self.kind]}{cases}, {'within' if self.kind == 'order' else 'to'} {error}"


def evidence() -> list[Evidence]:
    """Every test that carries a claim, found by pytest itself in the files that have any."""
    files = [str(path) for path in sorted((ROOT / "tests").rglob("*.py")) if "mark.claim(" in path.read_text("utf-8")]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-qq",
        "-p",
        "bookwork.evidence.claims",
        "--claims",
        *files,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [json.loads(line.removeprefix("claim ")) for line in done.stdout.splitlines() if line.startswith("claim ")]
    if done.returncode or not lines:
        raise SystemExit(f"pytest could not collect the tests:\n{done.stdout}{done.stderr}")
    merged: dict[tuple[str, str, str], Evidence] = {}
    for fields in lines:
        key = (fields["id"], fields["file"], fields["test"])
        found = merged.get(key)
        merged[key] = Evidence(
            **{
                **fields,
                "cases": fields["cases"] + (found.cases if found and not found.random else 0),
                "without": tuple(fields["without"]),
                "assumes": tuple(fields["assumes"]),
            }
        )
    return list(merged.values())


def pytest_addoption(parser: Any) -> None:
    """The plugin's switch."""
    parser.addoption("--claims", action="store_true", help="print the claims of the collected tests")


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Print the claims of what was collected, a line of JSON each."""
    for item in items if config.getoption("--claims") else []:
        for marker in (marker for marker in item.iter_markers("claim") if marker.args[0] is not None):
            hypothesis = getattr(item.obj, "_hypothesis_internal_use_settings", None)
            fields = {
                "id": marker.args[0],
                "text": marker.args[1],
                "kind": marker.kwargs.get("kind", "numerical"),
                "tolerance": marker.kwargs.get("tolerance"),
                "cases": 1 if hypothesis is None else hypothesis.max_examples,
                "random": hypothesis is not None,
                "file": item.location[0],
                "test": item.originalname,
                "drawn_from": getattr(item.obj, "drawn_from", None),
                "without": _names(marker.kwargs.get("without", ())),
                "assumes": _names(marker.kwargs.get("assumes", ())),
                "within": marker.kwargs.get("within"),
            }
            print("claim", json.dumps(fields))


def _names(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
