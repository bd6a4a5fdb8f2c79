"""The ledger of what is verified: every numbered statement of the book beside the tests that carry its id.

A statement is a ``prf`` directive of a chapter; its label is its id. A test names it with
``@pytest.mark.claim("the-id", "what of it is tested", kind=…, tolerance=…)``. ``python -m bookwork.ledger`` writes the page
``appendix/what-is-verified``, and refuses if a statement has no test or a test points nowhere.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bookwork.notebooks import ROOT

__all__ = ["KINDS", "Evidence", "Statement", "evidence", "main", "page", "problems", "statements"]

PAGE = ROOT / "chapters" / "appendix" / "what-is-verified.md"

#: What a test can show, and how the page says it.
KINDS = {
    "symbolic": "Algebra by machine",
    "numerical": "Numbers",
    "order": "Measured order",
    "inequality": "Inequality",
    "counterexample": "Counterexample",
    "record": "Record of long runs",
}

_DIRECTIVE = re.compile(r"^```\{prf:(\w+)\}[ ]*(.*?)[ ]*(?:\((.*)\))?\n:label: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """A numbered statement: its id, its kind (theorem, lemma, …), title, source, and chapter as in ``_toc.yml``."""

    id: str
    kind: str
    title: str
    source: str
    chapter: str


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


def chapters() -> dict[str, str]:
    """The chapters in the order of the book, and their titles."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"], *(entry["file"] for part in toc["parts"] for entry in part["chapters"])]
    texts = {file: "\n".join(_markdown(ROOT / f"{file}.ipynb")) for file in files if (ROOT / f"{file}.ipynb").exists()}
    return {file: re.search(r"^# (.+)$", text, re.MULTILINE)[1] for file, text in texts.items()}  # type: ignore[index]


def statements() -> list[Statement]:
    """All numbered statements, in the order of the book."""
    found = []
    for chapter in chapters():
        for text in _markdown(ROOT / f"{chapter}.ipynb"):
            for kind, title, source, label in _DIRECTIVE.findall(text):
                found.append(Statement(label, kind, title, source, chapter))
    return found


def evidence() -> list[Evidence]:
    """Every test that carries a claim, found by pytest itself."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "bookwork.ledger", "--claims", "tests"]
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


def problems(stated: Sequence[Statement], tested: Sequence[Evidence]) -> list[str]:
    """What is wrong with the ledger, a line each; none if every statement has a test and every test a statement."""
    ids = Counter(statement.id for statement in stated)
    covered = {test.id for test in tested}
    return [
        *(f"{label} labels {count} statements" for label, count in ids.items() if count > 1),
        *(
            f"{s.id} ({s.chapter}) has no test: mark one with @pytest.mark.claim({s.id!r}, …)"
            for s in stated
            if s.id not in covered
        ),
        *(f"{s.id} ({s.chapter}) does not say whose it is: end its title with (source)" for s in stated if not s.source),
        *(f"{t.file}::{t.test} tests {t.id!r}, which is no statement of the book" for t in tested if t.id not in ids),
        *(f"{t.file}::{t.test} has the kind {t.kind!r}, not one of {', '.join(KINDS)}" for t in tested if t.kind not in KINDS),
    ]


def page(stated: Sequence[Statement], tested: Sequence[Evidence]) -> str:
    """The page of the book, in MyST."""
    kinds = Counter(test.kind for test in tested)
    counts = ", ".join(f"{name.lower()} {kinds[kind]}" for kind, name in KINDS.items())
    repository = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    source = f"{repository['url']}/blob/{repository['branch']}"
    return (
        _INTRODUCTION.format(statements=len(stated), tests=len(tested), counts=counts)
        + "\n".join(_sections(stated, tested, source)).rstrip()
        + "\n"
    )


def _sections(stated: Sequence[Statement], tested: Sequence[Evidence], source: str) -> Iterator[str]:
    for chapter, title in chapters().items():
        of_chapter = [statement for statement in stated if statement.chapter == chapter]
        if of_chapter:
            yield f"## {title}\n"
        for statement in of_chapter:
            yield f"(evidence-{statement.id})=\n{{prf:ref}}`{statement.id}`. **{statement.title}** ({statement.source}).\n"
            for test in (test for test in tested if test.id == statement.id):
                yield f"* {_escaped(test.text)}. *{test}.* [`{test.test}`]({source}/{test.file})"
            yield ""


_INTRODUCTION = """\
% Written by `make ledger` from the chapters and the tests. Do not edit.

# What is verified

The book has {statements} numbered statements. Each is verified by at least one test, and each of these {tests} tests names
the statement that it is for. Below every statement stands what is tested and how; *to 1e-9* is the largest error that the test
allows. A statement links here, and its number leads back to it.

A proof is still a proof: it is in the chapter. What the machine adds depends on the kind of test ({counts}).

* **Algebra by machine**: SymPy proves the identity for symbolic entries; sizes are those of the test unless it says otherwise.
* **Numbers**: both sides are computed, from fixed or from random inputs, and compared.
* **Measured order**: an error is measured for a sequence of rates, and its exponent is fitted.
* **Inequality**: a bound, a sign or a count holds in every case that was tried.
* **Counterexample**: without its hypothesis the statement fails.
* **Record of long runs**: the numbers of [the experiments](../experiments/scorecard.ipynb), which `make replicate` re-makes.

All of it runs in a minute: `pytest tests/claims`.

"""


def _markdown(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def _escaped(text: str) -> str:
    return re.sub(r"([\\_*<>\[\]])", r"\\\1", text)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bookwork.ledger", description="Write the page of what is verified.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is not up to date")
    options = parser.parse_args(arguments)
    stated, tested = statements(), evidence()
    wrong = problems(stated, tested)
    text = page(stated, tested)
    if options.check and not wrong and (not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text):
        wrong = [f"{PAGE.relative_to(ROOT)} is not up to date: run `make ledger`"]
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong and not options.check:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
        print(f"{PAGE.relative_to(ROOT)}: {len(stated)} statements, {len(tested)} tests")
    return bool(wrong)


# As a plugin of pytest: print the claims of what was collected.


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--claims", action="store_true", help="print the claims of the collected tests")


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
