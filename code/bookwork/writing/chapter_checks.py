"""What must hold of a chapter, said in seconds: ``python -m bookwork.writing.chapter_checks theory/balance``.

Its head and its place in the map of the preface, its exercises and their solutions, its labels, its
links, its live figures, and its code. Each fault is a line that says what to do. Nothing is run: the verdicts are
those that the notebook stores.
"""

from __future__ import annotations

import json
import posixpath
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bookwork.book import APPENDIX, ROOT, Chapter, chapters, markdown, notebook, source
from bookwork.heads import head_of, heads, needed
from bookwork.writing.notebooks import normalize
from bookwork.writing.registered import missing, unregistered
from bookwork.writing.verdicts import module_of, wrong_verdicts

__all__ = ["faults", "main"]

_LABEL = re.compile(r"^[ ]*:label:[ ]*(\S+)|^\((\S+)\)=$", re.MULTILINE)
_CLAIMED = re.compile(r"claim\(\s*\"([^\"]+)\"")
_LINK = re.compile(r"\]\(([^)\s#]+\.(?:ipynb|md))(?:#[^)]*)?\)")
_STATEMENT = re.compile(r"\{prf:(?!ref|proof)\w+\}.*\n(?:[ ]*:(?!label:)[\w-]+:.*\n)*[ ]*:label:[ ]*(\S+)")


def faults(chapter: Chapter, root: Path = ROOT) -> Iterator[str]:
    """What is wrong with a chapter, a line each."""
    text = markdown(chapter.file, root)
    stored = notebook(chapter.file, root)
    if "TODO" in text + json.dumps(stored):
        yield "something says TODO: write it"
    yield from _links(chapter, text, root)
    yield from _labels(chapter, text, root)
    if stored["cells"] and normalize(stored, stored) != stored:
        yield f"the notebook is not in its normal form: make notebooks CHAPTER={chapter.name}"
    if source(chapter.file, root).suffix == ".ipynb":
        yield from (unregistered(chapter.name, name) for name in missing(source(chapter.file, root)))
    for verdict in wrong_verdicts(stored):
        remedy = f"mend it, or {module_of(chapter.name)}, and make notebooks CHAPTER={chapter.name}"
        yield f"a solution is not correct ({verdict}): {remedy}"
    if chapter.part not in ("", APPENDIX):
        yield from _place(chapter, text, root)
        yield from _exercises(chapter, text, stored)


def _place(chapter: Chapter, text: str, root: Path) -> Iterator[str]:
    """Its head, what it needs, and its line in the map of the preface."""
    try:
        head = head_of(text, chapter.file, chapter.part)
        if root == ROOT:
            needed(heads())
    except ValueError as error:
        yield str(error)
        return
    if len(head.objectives) != 3:
        yield f"its head has {len(head.objectives)} objectives: give it three"
    root_page = chapters(root)[0].file
    way = posixpath.relpath(chapter.file, posixpath.dirname(root_page))
    row = re.search(rf"^\|.*\]\({re.escape(way)}\.ipynb\).*\| (\d+) \|$", markdown(root_page, root), re.MULTILINE)
    if row is None:
        yield (
            f"the map of {root_page}.ipynb does not list it: add | [{head.title}]({way}.ipynb) | … | {head.minutes} |"
        )
    elif int(row[1]) != head.minutes:
        yield f"the map of {root_page}.ipynb gives it {row[1]} minutes, its head {head.minutes}: make them the same"


def _exercises(chapter: Chapter, text: str, stored: dict[str, Any]) -> Iterator[str]:
    """Four exercises, each with a hint, a solution, and a self-check for the reader and in the solution."""
    slug = chapter.name.rpartition("/")[2]
    code = "\n".join("".join(cell["source"]) for cell in stored["cells"] if cell["cell_type"] == "code")
    labels = re.findall(r"\{exercise\}.*\n:label: (\S+)", text)
    if len(labels) < 4:
        yield f"it has {len(labels)} exercises: give it four"
    if text.count("{admonition} Hint") < len(labels):
        yield "an exercise has no hint"
    for label in labels:
        if f"{{solution-start}} {label}" not in text:
            yield f"the exercise {label} has no solution: begin one with {{solution-start}} {label}"
        exercise = f"{slug}/{label.removeprefix(f'ex-{slug}-')}"
        if code.count(f'dl.check("{exercise}"') != 2:
            yield (
                f'the exercise {label} needs dl.check("{exercise}", answer) twice: for the reader, and in its solution'
            )


def _labels(chapter: Chapter, text: str, root: Path) -> Iterator[str]:
    """Its labels are nobody else's, and its statements have tests."""
    mine = [first or second for first, second in _LABEL.findall(text)]
    for label in sorted({label for label in mine if mine.count(label) > 1}):
        yield f"{label} labels two things in it"
    for other in chapters(root):
        if other.file != chapter.file:
            shared = {first or second for first, second in _LABEL.findall(markdown(other.file, root))} & set(mine)
            yield from (f"{label} is a label of {other.file} too" for label in sorted(shared))
    tests = (root / "tests").rglob("test_*.py")
    claimed = {name for path in tests for name in _CLAIMED.findall(path.read_text("utf-8"))}
    for label in _STATEMENT.findall(text):
        if label not in claimed:
            yield f'the statement {label} has no test: mark one with @pytest.mark.claim("{label}", …), then make ledger'


def _links(chapter: Chapter, text: str, root: Path) -> Iterator[str]:
    """Its links inside the book lead somewhere."""
    for link in sorted(set(_LINK.findall(text))):
        if "://" not in link and not (root / posixpath.dirname(chapter.file) / unquote(link)).resolve().exists():
            yield f"it links to {link}, which is not there"


def _lint(path: Path) -> Iterator[str]:
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--quiet", "--output-format=concise"], ["format", "--check", "--quiet"]):
        done = subprocess.run([ruff, *command, path], capture_output=True, text=True, check=False)
        if done.returncode:
            yield f"ruff {command[0]} complains: make format\n{done.stdout.strip()}".rstrip()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    book = {chapter.name: chapter for chapter in chapters()}
    if unknown := [name for name in given if name not in book]:
        print(f"there is no chapter {unknown[0]!r}: choose from {', '.join(book)}", file=sys.stderr)
        return 2
    wrong = 0
    for chapter in (book[name] for name in given or book):
        path = source(chapter.file)
        lint = _lint(path) if path.suffix == ".ipynb" else ()
        for fault in (*faults(chapter), *lint):
            print(f"{chapter.name}: {fault}", file=sys.stderr)
            wrong += 1
    if not wrong:
        print(f"{', '.join(given) or 'every page'}: nothing is missing")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
