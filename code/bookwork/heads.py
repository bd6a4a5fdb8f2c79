"""What the chapters say of themselves at their heads: objectives, minutes, and what to read before.

Every chapter outside the appendix opens with the box *In this chapter*; this is the one place where
it is read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bookwork.book import APPENDIX, chapters, markdown

__all__ = ["Head", "head_of", "heads", "levels", "needed"]

_TIME = r"^\*\*Time\*\* (\d+) minutes to read, (\d+) for the exercises · \*\*Before this\*\* (.+)$"
_LINK = re.compile(r"\]\(([^)\s]+)\.ipynb\)")


@dataclass(frozen=True)
class Head:
    """A chapter: its file as in ``_toc.yml``, and the head of it.

    `minutes` is for reading, `exercises` for the exercises on top. `before` and `helpful` are files, `words` the line
    itself.
    """

    file: str
    part: str
    title: str
    minutes: int
    exercises: int
    objectives: tuple[str, ...]
    before: tuple[str, ...]
    helpful: tuple[str, ...]
    words: str
    sections: tuple[str, ...]


def heads() -> dict[str, Head]:
    """All chapters with a head, by file, in the order of the book."""
    inside = (chapter for chapter in chapters() if chapter.part not in ("", APPENDIX))
    return {chapter.file: head_of(markdown(chapter.file), chapter.file, chapter.part) for chapter in inside}


def head_of(text: str, file: str, part: str = "") -> Head:
    """The head of a chapter with the Markdown `text`.

    Raises
    ------
    ValueError
        If the head lacks something; the message says what, and where.

    Examples
    --------
    >>> from bookwork.heads import head_of
    >>> text = "**Time** 5 minutes to read, 9 for the exercises · **Before this** [Balance](balance.ipynb)"
    >>> box = f"# Title\\n\\n* do this,\\n* do that.\\n\\n{text}\\n```\\n"
    >>> head = head_of(box, "chapters/theory/title")
    >>> head.minutes, head.exercises, head.objectives, head.before
    (5, 9, ('do this', 'do that'), ('chapters/theory/balance',))
    """
    box = text.partition("\n```\n")[0]
    title = re.search(r"^# (.+)$", box, re.MULTILINE)
    line = re.search(_TIME, box, re.MULTILINE)
    objectives = tuple(re.sub(r"[,.;]$", "", bullet) for bullet in re.findall(r"^\* (.+)$", box, re.MULTILINE))
    for what, there in (
        ("a title", title),
        ("objectives", objectives),
        ("**Time** N minutes to read, N for the exercises · **Before this** …", line),
    ):
        if not there:
            raise ValueError(f"{file} does not open with {what}: its first cell needs the box *In this chapter*")
    assert title is not None
    assert line is not None
    minutes, exercises, words = int(line[1]), int(line[2]), line[3]
    needed_, _, helpful = words.partition("helpful:")
    sections = tuple(re.findall(r"^## (.+)$", text, re.MULTILINE))
    return Head(
        file,
        part,
        title[1],
        minutes,
        exercises,
        objectives,
        _files(needed_, file),
        _files(helpful, file),
        words,
        sections,
    )


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

    >>> from bookwork.heads import levels
    >>> levels({"a": (), "b": ("a",), "c": ("a", "b")})
    {'a': 0, 'b': 1, 'c': 2}
    """
    found: dict[str, int] = {}
    for file, before in direct.items():
        found[file] = 1 + max((found[other] for other in before), default=-1)
    return found


def _files(words: str, file: str) -> tuple[str, ...]:
    return tuple(posixpath.normpath(posixpath.join(posixpath.dirname(file), link)) for link in _LINK.findall(words))
