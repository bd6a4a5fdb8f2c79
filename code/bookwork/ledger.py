"""The ledger of what is verified: every numbered statement of the book beside the tests that carry its id.

A statement is a ``prf`` directive of a page; its label is its id, which its tests carry (:mod:`bookwork.claims`).
``python -m bookwork.ledger`` writes the page ``appendix/what-is-verified``, and refuses if a statement has no test or a test
points nowhere.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from bookwork.claims import KINDS, Evidence, evidence
from bookwork.notebooks import ROOT

__all__ = ["Statement", "main", "page", "problems", "statements", "statements_of"]

PAGE = ROOT / "chapters" / "appendix" / "what-is-verified.md"

# A directive and its options; `prf:ref` and `prf:proof` state nothing.
_DIRECTIVE = re.compile(r"^[ ]*(?:`{3,}|:{3,})\{prf:(?!ref|proof)(\w+)\}(.*)\n((?:[ ]*:[\w-]+:.*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """A numbered statement: its id, its kind (theorem, lemma, …), title, source, and chapter as in ``_toc.yml``."""

    id: str
    kind: str
    title: str
    source: str
    chapter: str


def chapters() -> dict[str, str]:
    """The pages in the order of the book, and their titles."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"], *(entry["file"] for part in toc["parts"] for entry in part["chapters"])]
    texts = {file: _markdown(file) for file in files if f"{file}.md" != str(PAGE.relative_to(ROOT))}
    return {file: re.search(r"^# (.+)$", text, re.MULTILINE)[1] for file, text in texts.items()}  # type: ignore[index]


def statements() -> list[Statement]:
    """All numbered statements, in the order of the book."""
    return [statement for chapter in chapters() for statement in statements_of(_markdown(chapter), chapter)]


def statements_of(text: str, chapter: str) -> list[Statement]:
    """The numbered statements of a page's `text`. One without a label has the empty id.

    Examples
    --------
    >>> from bookwork.ledger import statements_of
    >>> statements_of("```{prf:lemma} Exact drift (this book's)\\n:label: drift-law\\n", "theory/balance")
    [Statement(id='drift-law', kind='lemma', title='Exact drift', source="this book's", chapter='theory/balance')]
    """
    found = []
    for kind, heading, options in _DIRECTIVE.findall(text):
        title, source = re.fullmatch(r"(.*?)\s*(?:\(([^()]*)\))?", heading.strip()).groups()  # type: ignore[union-attr]
        label = re.search(r":label:[ ]*(\S+)", options)
        found.append(Statement(label[1] if label else "", kind, title, source or "", chapter))
    return found


def problems(stated: Sequence[Statement], tested: Sequence[Evidence]) -> list[str]:
    """What is wrong with the ledger, a line each; none if every statement has a test and every test a statement."""
    ids = Counter(statement.id for statement in stated if statement.id)
    covered = {test.id for test in tested}
    return [
        *(f"the {s.kind} {s.title!r} ({s.chapter}) has no label: give it one, :label: its-id" for s in stated if not s.id),
        *(f"{label} labels {count} statements" for label, count in ids.items() if count > 1),
        *(
            f"{s.id} ({s.chapter}) has no test: mark one with @pytest.mark.claim({s.id!r}, …)"
            for s in stated
            if s.id and s.id not in covered
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


def _markdown(page: str) -> str:
    notebook = ROOT / f"{page}.ipynb"
    if not notebook.exists():
        return (ROOT / f"{page}.md").read_text(encoding="utf-8")
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown") + "\n"


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


if __name__ == "__main__":
    sys.exit(main())
