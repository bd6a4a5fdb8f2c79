"""Begin a chapter: ``python -m bookwork.writing.new_chapter theory/my-chapter "My chapter"``.

Writes a notebook with the parts that every chapter has (opening, question with a live figure, what
to remember, four exercises, sources), the module that computes the answers of its exercises, and
its line in ``_toc.yml``; then runs the notebook, so that ``make book`` shows it. What is left to be
written says TODO, and a test refuses a chapter that still does.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bookwork.book import APPENDIX, ROOT, TOC, chapters
from bookwork.files import write
from bookwork.release.repository import repository
from bookwork.writing import colab, notebooks

__all__ = ["answers", "cells", "main", "refusal", "with_entry"]

# The four kinds of exercise that every chapter has, by the slug of each.
_EXERCISES = {
    "by-hand": "By hand",
    "in-code": "In code",
    "broken": "Break an assumption",
    "open": "Open",
}


def refusal(name: str, title: str, root: Path = ROOT) -> str | None:
    """Why there can be no new chapter `name` with this `title`, or None if there can.

    Examples
    --------
    >>> from bookwork.writing.new_chapter import refusal
    >>> refusal("theory/3-Balance", "Balance")
    "'theory/3-Balance' is no name of a chapter; give part/slug in small letters, digits, hyphens: theory/my-chapter"
    """
    if not re.fullmatch(r"[a-z]+/[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        return f"{name!r} is no name of a chapter; give part/slug in small letters, digits, hyphens: theory/my-chapter"
    if not title.strip():
        return 'the chapter has no title; give one, as in TITLE="My chapter"'
    part, slug = name.split("/")
    parts = _parts(root)
    if part not in parts:
        return f"there is no part {part!r} in _toc.yml; the parts are {', '.join(parts)}"
    for path in (*(root / "chapters").glob(f"*/{slug}.*"), _module(slug, root)):
        if path.exists():
            return (
                f"{path.relative_to(root)} exists; exercises carry the slug of their chapter, so take one that is new"
            )
    return None


def with_entry(toc: str, name: str) -> str:
    """The text of ``_toc.yml`` with the chapter `name` after the last one of its part; all else stays as it is."""
    last = [line for line in toc.splitlines() if f"file: chapters/{name.split('/')[0]}/" in line][-1]
    indent = last[: last.index("file:")]
    return toc.replace(f"{last}\n", f"{last}\n{indent}file: chapters/{name}\n", 1)


def _a_figure() -> tuple[str, str, float]:
    """A figure of the register, whichever is there, one of its sliders, and the end of that."""
    from deeplinear.explorables import FIGURES

    figure = next(iter(FIGURES.values()))()
    control, domain = next((name, domain) for name, domain in figure.domain.items() if "most" in domain)
    return type(figure).__name__, control, domain["most"]


def cells(name: str, title: str) -> Iterator[dict[str, Any]]:
    """The cells of the notebook, not yet run."""
    slug = name.split("/")[1]
    yield _cell("title", _OPENING.format(title=title.strip()))
    figure, control, value = _a_figure()
    yield _cell("question", _QUESTION.format(figure=figure, control=control, value=value))
    yield _cell("imports", "import deeplinear as dl", code=True)
    yield _cell("explore", f"dl.explorables.{figure}()", code=True)
    yield _cell("statement", _MIDDLE)
    for short, kind in _EXERCISES.items():
        label, check = f"ex-{slug}-{short}", f'dl.check("{slug}/{short}", answer)'
        yield _cell(f"{short}-exercise", _EXERCISE.format(kind=kind, label=label))
        yield _cell(f"{short}-check", f"answer = ...\n\n{check}", code=True)
        yield _cell(f"{short}-solution-start", f"```{{solution-start}} {label}\n:class: dropdown\n```")
        yield _cell(f"{short}-solution-1", f"answer = 1.0  # TODO: work it out\n\n{check}", code=True)
        yield _cell(f"{short}-solution-end", "```{solution-end}\n```")
    yield _cell("sources", _SOURCES)


def answers(name: str, title: str) -> str:
    """The module that computes the answers, as text."""
    slug = name.split("/")[1]
    functions = (_ANSWER.format(exercise=f"{slug}/{short}", function=short.replace("-", "_")) for short in _EXERCISES)
    return _ANSWERS.format(title=title.strip().replace("\\", "\\\\")) + "".join(functions)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) != 2 or not given[0]:
        print('usage: make chapter NAME=theory/my-chapter TITLE="My chapter"', file=sys.stderr)
        return 2
    name, title = given
    why = refusal(name, title)
    if why:
        print(why, file=sys.stderr)
        return 2
    notebook, module, toc = ROOT / f"chapters/{name}.ipynb", _module(name.split("/")[1]), ROOT / TOC
    notebooks.write(notebook, colab.with_cell({"cells": list(cells(name, title)), "metadata": {}}, repository().url))
    write(module, answers(name, title))
    write(toc, with_entry(toc.read_text("utf-8"), name))
    if notebooks.main([str(notebook)]):
        return 1
    print(f"Begun, with its line in _toc.yml and its answers in {module.relative_to(ROOT)}. Next:")
    print(f"  .venv/bin/jupyter lab {notebook.relative_to(ROOT)}   and write what says TODO, there and in the answers")
    print(f"  make notebooks CHAPTER={name}   runs it anew; make book   shows it")
    return 0


def _parts(root: Path) -> list[str]:
    """The folders of the parts that chapters can go into, in the order of the book."""
    inside = (chapter for chapter in chapters(root) if chapter.part not in ("", APPENDIX))
    return list(dict.fromkeys(chapter.name.split("/")[0] for chapter in inside))


def _module(slug: str, root: Path = ROOT) -> Path:
    return root / "code/deeplinear/exercises" / f"{slug.replace('-', '_')}.py"


def _cell(id: str, source: str, code: bool = False) -> dict[str, Any]:  # noqa: A002
    kind: dict[str, Any] = {"cell_type": "code", "outputs": []} if code else {"cell_type": "markdown"}
    return kind | {"id": id, "source": source, "metadata": {}}


_OPENING = """\
# {title}

```{{admonition}} In this chapter
:class: note

You will be able to

* TODO derive something,
* TODO check it,
* TODO say where it breaks.

**Time** TODO minutes to read, TODO for the exercises · **Before this** \
[Linear networks](../foundations/linear-networks.ipynb)
```"""

_QUESTION = """\
## The question

TODO Pose one question. The figure below is one of the book's: move a slider, or let a link do it, as in
<a href="#{figure}:{control}={value}">another state</a>."""

_MIDDLE = """\
## What holds

TODO State it, derive it, and let a short cell check it. A numbered statement is a `prf` directive with a label, and has
a test that carries its label: see *What we hold on to* in `CONTRIBUTING.md`.

## Where it breaks

TODO

## What to remember

* TODO three lines

## Exercises"""

_EXERCISE = """\
```{{exercise}} {kind}: TODO
:label: {label}

TODO Ask for one number, word, array, expression or function.
```

```{{admonition}} Hint
:class: tip dropdown

TODO
```"""

_SOURCES = """\
## Sources

* TODO Author, *title*, where and when, with a link."""

_ANSWERS = '''\
"""Answers to the exercises of *{title}*, computed."""

from __future__ import annotations

from deeplinear.exercises._registry import answer
'''

_ANSWER = """

@answer("{exercise}", slips={{}})
def _{function}() -> float:
    return 1.0  # TODO: compute it, and give the advice that a telling slip deserves
"""


if __name__ == "__main__":
    sys.exit(main())
