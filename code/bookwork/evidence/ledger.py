"""The ledger of what is verified: every numbered statement of the book beside the tests that carry its id.

A statement is a ``prf`` directive of a page; its label is its id, which its tests carry
(:mod:`bookwork.evidence.claims`). Its options say its domain and its hypotheses (:mod:`bookwork.evidence.domains`)
and what stands behind it (:data:`STANDING`). ``python -m bookwork.evidence.ledger`` writes the page
``appendix/what-is-verified``, and refuses if a statement has no test, a test points nowhere, or the two speak of
different domains or hypotheses.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bookwork import book
from bookwork.book import ROOT
from bookwork.evidence.claims import KINDS, Evidence, evidence
from bookwork.evidence.domains import Hypothesis, read_domain, read_hypotheses
from bookwork.files import write

__all__ = ["STANDING", "Statement", "main", "page", "problems", "statements", "statements_of"]

PAGE = ROOT / "chapters" / "appendix" / "what-is-verified.md"

# A directive and its options; `prf:ref` and `prf:proof` state nothing.
_DIRECTIVE = re.compile(r"^[ ]*(?:`{3,}|:{3,})\{prf:(?!ref|proof)(\w+)\}(.*)\n((?:[ ]*:[\w-]+:.*\n)*)", re.MULTILINE)


#: What may stand behind a statement: its ``:evidence:``.
STANDING = {
    "proved": "Proved here",
    "proved elsewhere": "Proved elsewhere, in the sources of the chapter",
    "verified": "Verified numerically",
    "supported": "Supported by experiments",
    "weakened": "Weakened by experiments",
    "open": "Open",
}


@dataclass(frozen=True)
class Statement:
    """A numbered statement: its id, its kind (theorem, lemma, …), title, source, chapter, and its own options."""

    id: str
    kind: str
    title: str
    source: str
    chapter: str
    domain: str = ""
    hypotheses: str = ""
    evidence: str = ""

    def assumed(self) -> tuple[Hypothesis, ...]:
        """Its hypotheses."""
        return read_hypotheses(self.hypotheses)


def chapters() -> dict[str, str]:
    """The pages in the order of the book, and their titles."""
    files = [chapter.file for chapter in book.chapters() if book.source(chapter.file) != PAGE]
    texts = {file: book.markdown(file) for file in files}
    return {file: re.search(r"^# (.+)$", text, re.MULTILINE)[1] for file, text in texts.items()}  # type: ignore[index]


def statements() -> list[Statement]:
    """All numbered statements, in the order of the book."""
    return [statement for chapter in chapters() for statement in statements_of(book.markdown(chapter), chapter)]


def statements_of(text: str, chapter: str) -> list[Statement]:
    """The numbered statements of a page's `text`. One without a label has the empty id.

    Examples
    --------
    >>> from bookwork.evidence.ledger import statements_of
    >>> (found,) = statements_of("```{prf:lemma} Exact drift (this book's)\\n:label: drift-law\\n", "theory/balance")
    >>> found.id, found.kind, found.title, found.source
    ('drift-law', 'lemma', 'Exact drift', "this book's")
    """
    found = []
    for kind, heading, options in _DIRECTIVE.findall(text):
        title, source = re.fullmatch(r"(.*?)\s*(?:\(([^()]*)\))?", heading.strip()).groups()  # type: ignore[union-attr]
        given = dict(re.findall(r"^[ ]*:([\w-]+):[ ]*(.*?)[ ]*$", options, re.MULTILINE))
        asked = {name: given.get(name, "") for name in ("domain", "hypotheses", "evidence")}
        found.append(Statement(given.get("label", ""), kind, title, source or "", chapter, **asked))
    return found


def problems(stated: Sequence[Statement], tested: Sequence[Evidence]) -> list[str]:
    """What is wrong with the ledger, a line each; none if every statement has a test and every test a statement."""
    ids = Counter(statement.id for statement in stated if statement.id)
    covered = {test.id for test in tested}
    return [
        *(
            f"the {s.kind} {s.title!r} ({s.chapter}) has no label: give it one, :label: its-id"
            for s in stated
            if not s.id
        ),
        *(f"{label} labels {count} statements" for label, count in ids.items() if count > 1),
        *(
            f"{s.id} ({s.chapter}) has no test: mark one with @pytest.mark.claim({s.id!r}, …)"
            for s in stated
            if s.id and s.id not in covered
        ),
        *(
            f"{s.id} ({s.chapter}) does not say whose it is: end its title with (source)"
            for s in stated
            if not s.source
        ),
        *(f"{t.file}::{t.test} tests {t.id!r}, which is no statement of the book" for t in tested if t.id not in ids),
        *(
            f"{t.file}::{t.test} has the kind {t.kind!r}, not one of {', '.join(KINDS)}"
            for t in tested
            if t.kind not in KINDS
        ),
        *(line for s in stated for line in _of_its_domain(s, [t for t in tested if t.id == s.id])),
    ]


def _of_its_domain(stated: Statement, tested: Sequence[Evidence]) -> Iterator[str]:
    """Where a statement and its tests speak of different domains, or of different hypotheses."""
    where = f"{stated.id} ({stated.chapter})"
    if stated.evidence not in STANDING:
        yield f"{where}: its :evidence: is {stated.evidence!r}, not one of {', '.join(STANDING)}"
    try:
        variables, assumed = read_domain(stated.domain), stated.assumed()
    except ValueError as error:
        yield f"{where}: {error}"
        return
    if variables and not any(t.drawn_from == stated.id for t in tested):
        yield f"{where}: no test draws its cases from the :domain:, with @over({stated.id!r})"
    for t in tested:
        if variables and t.random and not (t.drawn_from == stated.id or t.without or t.within):
            yield f"{t.file}::{t.test} draws cases of its own for {stated.id!r}: use @over, or say within='why'"
    named = {name for t in tested for name in (*t.without, *t.assumes)}
    said = {hypothesis.id for hypothesis in assumed}
    for name in sorted(said - named):
        yield f"{where}: no test is without the hypothesis {name!r}, or assumes it"
    for name in sorted(named - said):
        yield f"{where}: a test names the hypothesis {name!r}, which its :hypotheses: do not have"


def page(stated: Sequence[Statement], tested: Sequence[Evidence]) -> str:
    """The page of the book, in MyST."""
    kinds = Counter(test.kind for test in tested)
    counts = ", ".join(f"{name.lower()} {kinds[kind]}" for kind, name in KINDS.items())
    repository = book.config()["repository"]
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
            yield (
                f"(evidence-{statement.id})=\n{{prf:ref}}`{statement.id}`. **{statement.title}** "
                f"({statement.source}).\n"
            )
            yield from _standing(statement, [test for test in tested if test.id == statement.id])
            for test in (test for test in tested if test.id == statement.id):
                yield f"* {_escaped(test.text)}. *{test}.* [`{test.test}`]({source}/{test.file})"
            yield ""


def _standing(statement: Statement, tested: Sequence[Evidence]) -> Iterator[str]:
    """What stands behind it, over which domain, and each hypothesis with the test that needs it."""
    yield f"*{STANDING[statement.evidence]}.* {_escaped(statement.domain)}\n"
    for hypothesis in statement.assumed():
        needed = [f"`{test.test}`" for test in tested if hypothesis.id in test.without]
        known = f"needed: {', '.join(needed)}" if needed else "not known to be needed"
        yield f"* assumes that {hypothesis.words} ({known})"


_INTRODUCTION = """\
% Written by `make ledger` from the chapters and the tests. Do not edit.

# What is verified

The book has {statements} numbered statements. Each is verified by at least one test, and each of these {tests} tests
names the statement that it is for. Below every statement stands what is tested and how; *to 1e-9* is the largest error
that the test allows. A statement links here, and its number leads back to it.

A statement says what stands behind it, the domain over which it is claimed, and what it assumes beyond that. Its tests
draw their cases from this very domain, the edges first: one dimension, one layer, rank one, zero, more outputs than
inputs, large and tiny sizes. Each assumption stands beside the test that sees the statement fail without it, or is told
as not known to be needed. In a domain, `whole`, `even` and `real` are numbers, `vector(d)`, `matrix(k, d)` and
`layers(N, k, d)`, the N layers of a network, are what their names say, and a `form(d)` is a symmetric matrix.

A proof is still a proof: it is in the chapter. What the machine adds depends on the kind of test ({counts}).

* **Algebra by machine**: SymPy proves the identity for symbolic entries; sizes are those of the test unless it says
  otherwise.
* **Numbers**: both sides are computed, from fixed or from random inputs, and compared.
* **Measured order**: an error is measured for a sequence of rates, and its exponent is fitted.
* **Inequality**: a bound, a sign or a count holds in every case that was tried.
* **Counterexample**: without its hypothesis the statement fails.
* **Record of long runs**: the numbers of [the experiments](../experiments/scorecard.ipynb), which `make replicate`
  re-makes.

All of it runs in a minute: `pytest tests/claims`.

"""


def _escaped(text: str) -> str:
    return re.sub(r"([\\_*<>\[\]])", r"\\\1", text)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    parser = argparse.ArgumentParser(description="Write the page of what is verified.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is not up to date")
    options = parser.parse_args(arguments)
    stated, tested = statements(), evidence()
    wrong = problems(stated, tested)
    text = "" if wrong else page(stated, tested)
    if options.check and not wrong and (not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text):
        wrong = [f"{PAGE.relative_to(ROOT)} is not up to date: run `make ledger`"]
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong and not options.check:
        write(PAGE, text)
        print(f"{PAGE.relative_to(ROOT)}: {len(stated)} statements, {len(tested)} tests")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
