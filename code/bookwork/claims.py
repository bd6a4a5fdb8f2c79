"""The tests that carry a claim: what each verifies, of which statement, how, and to which tolerance.

A test says so with ``@pytest.mark.claim("the-id", "what of it is tested", kind=…, tolerance=…)``. This module asks pytest for
them, and is the plugin of pytest that answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from bookwork.notebooks import ROOT

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

    def __str__(self) -> str:
        """What was done, in a few words."""
        cases = f", {self.cases} {'random ' if self.random else ''}cases" if self.cases > 1 else ""
        if self.tolerance is None:
            return f"{KINDS[self.kind]}{cases}"
        error = f"{self.tolerance:g}".replace("e-0", "e-")
        return f"{KINDS[self.kind]}{cases}, {'within' if self.kind == 'order' else 'to'} {error}"


def evidence() -> list[Evidence]:
    """Every test that carries a claim, found by pytest itself."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "bookwork.claims", "--claims", "tests"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [json.loads(line.removeprefix("claim ")) for line in done.stdout.splitlines() if line.startswith("claim ")]
    if done.returncode or not lines:
        raise SystemExit(f"pytest could not collect the tests:\n{done.stdout}{done.stderr}")
    merged: dict[tuple[str, str, str], Evidence] = {}
    for fields in lines:
        key = (fields["id"], fields["file"], fields["test"])
        found = merged.get(key)
        merged[key] = Evidence(**{**fields, "cases": fields["cases"] + (found.cases if found and not found.random else 0)})
    return list(merged.values())


def pytest_addoption(parser: Any) -> None:
    """The plugin's switch."""
    parser.addoption("--claims", action="store_true", help="print the claims of the collected tests")


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Print the claims of what was collected, a line of JSON each."""
    for item in items if config.getoption("--claims") else []:
        for marker in item.iter_markers("claim"):
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
            }
            print("claim", json.dumps(fields))
