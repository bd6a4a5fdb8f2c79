"""What the chapters say of themselves at their heads: objectives, minutes, and what to read before.

Every chapter outside the appendix opens with the box *In this chapter*; this is the one place where it is read.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bookwork.notebooks import ROOT
from bookwork.print_view import chapters

__all__ = ["Head", "head_of", "heads", "levels", "needed"]

_LINK = re.compile(r"\]\(([^)\s]+)\.ipynb\)")


@dataclass(frozen=True)
class Head:
    """A chapter: its file as in ``_toc.yml``, and the head of it. `before` and `helpful` are files, `words` the line itself."""

    file: str
    part: str
    title: str
    minutes: int
    objectives: tuple[str, ...]
    before: tuple[str, ...]
    helpful: tuple[str, ...]
    words: str
    sections: tuple[str, ...]


def heads() -> dict[str, Head]:
    """All chapters with a head, by file, in the order of the book."""
    found = {}
    for chapter in chapters():
        path = ROOT / f"{chapter.file}.ipynb"
        if chapter.part and chapter.part != "Appendix":
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
            found[chapter.file] = head_of(text, chapter.file, chapter.part)
    return found


def head_of(text: str, file: str, part: str = "") -> Head:
    """The head of a chapter with the Markdown `text`.

    Raises
    ------
    ValueError
        If the head lacks something; the message says what, and where.

    Examples
    --------
    >>> from bookwork.chapter_heads import head_of
    >>> box = "# Title\\n\\n* do this,\\n* do that.\\n\\n**Time** 5 minutes · **Before this** [Balance](balance.ipynb)\\n```\\n"
    >>> head = head_of(box, "chapters/theory/title")
    >>> head.minutes, head.objectives, head.before
    (5, ('do this', 'do that'), ('chapters/theory/balance',))
    """
    box = text.partition("\n```\n")[0]
    title = re.search(r"^# (.+)$", box, re.MULTILINE)
    line = re.search(r"^\*\*Time\*\* (\d+) minutes · \*\*Before this\*\* (.+)$", box, re.MULTILINE)
    objectives = tuple(re.sub(r"[,.;]$", "", bullet) for bullet in re.findall(r"^\* (.+)$", box, re.MULTILINE))
    for what, there in (("a title", title), ("objectives", objectives), ("**Time** N minutes · **Before this** …", line)):
        if not there:
            raise ValueError(f"{file} does not open with {what}: its first cell needs the box *In this chapter*")
    assert title is not None
    assert line is not None
    needed_, _, helpful = line[2].partition("helpful:")
    sections = tuple(re.findall(r"^## (.+)$", text, re.MULTILINE))
    return Head(file, part, title[1], int(line[1]), objectives, _files(needed_, file), _files(helpful, file), line[2], sections)


def needed(found: Mapping[str, Head]) -> dict[str, tuple[str, ...]]:
    """What to read directly before each chapter, without what that already needs itself.

    Raises
    ------
    ValueError
        If a chapter needs one that the book has not, or that comes later.
    """
    order, everything, direct = list(found), dict[str, set[str]](), dict[str, tuple[str, ...]]()
    for number, (file, head) in enumerate(found.items()):
        if later := [other for other in head.before if other not in order[:number]]:
            raise ValueError(f"{file} needs {later[0]}, which does not come before it")
        beyond = set[str]().union(*(everything[other] for other in head.before))
        direct[file] = tuple(other for other in head.before if other not in beyond)
        everything[file] = beyond | set(head.before)
    return direct


def levels(direct: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """How many chapters, at most, have to be read one after the other before each.

    >>> from bookwork.chapter_heads import levels
    >>> levels({"a": (), "b": ("a",), "c": ("a", "b")})
    {'a': 0, 'b': 1, 'c': 2}
    """
    found: dict[str, int] = {}
    for file, before in direct.items():
        found[file] = 1 + max((found[other] for other in before), default=-1)
    return found


def _files(words: str, file: str) -> tuple[str, ...]:
    return tuple(posixpath.normpath(posixpath.join(posixpath.dirname(file), link)) for link in _LINK.findall(words))
