"""For Sphinx: map, list and paths of the chapters, from what they say at their heads.

``{chapter-map}`` draws what builds on what, ``{chapter-list}`` lists objectives, minutes and
prerequisites. ``{reading-path}`` has a chapter a line, ``file | minutes | what to do with it``;
minutes that are left out are those of the chapter, and a name in double quotes is one of its
sections.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from bookwork.book import ROOT
from bookwork.heads import Head, heads, levels, needed

__all__ = ["drawing", "listing", "path", "setup"]

_BOX, _TALL, _GAP, _ROW, _LINE = 158, 48, 18, 78, 15  # a box, its height, the room beside it; rows and lines


def drawing(found: Mapping[str, Head], page: str) -> str:
    """The graph as SVG; a box links to its chapter, relative to `page`."""
    direct = needed(found)
    level = levels(direct)
    # An arrow over several rows takes a narrow place in each row between, so that it passes beside the boxes.
    rows: list[list[str]] = [[file for file in found if level[file] == n] for n in range(1 + max(level.values()))]
    above = {file: [_stop(other, file, level[file] - 1, level) for other in direct[file]] for file in found}
    for file, before in direct.items():
        for other in before:
            for n in range(level[other] + 1, level[file]):
                rows[n].append(_stop(other, file, n, level))
                above[rows[n][-1]] = [_stop(other, file, n - 1, level)]
    wide = [sum(_width(name) + _GAP for name in row) - _GAP for row in rows]
    width = max(wide) + 2
    place: dict[str, tuple[float, float]] = {}
    for n, row in enumerate(rows):
        x = (width - wide[n]) / 2
        middle = {name: sum(place[other][0] for other in above[name]) / max(len(above[name]), 1) for name in row}
        for name in sorted(row, key=lambda name: middle[name]):
            place[name] = (x + _width(name) / 2, n * _ROW + 2)
            x += _width(name) + _GAP
    height = len(rows) * _ROW - _ROW + 52
    arrows = [
        _arrow([place[_stop(other, file, n, level)] for n in range(level[other], level[file] + 1)])
        for file, before in direct.items()
        for other in before
    ]
    boxes = [_box(found[file], place[file], _relative(file, page, ".html")) for file in found]
    return (
        f'<figure class="dl-figure"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="group"'
        ' aria-label="What builds on what; the same is in the list below" style="width: 100%; min-width: '
        f"{width * 0.8:.0f}px;"
        f' max-width: {width}px; height: auto" font-family="system-ui, sans-serif" font-size="12" fill="currentColor">'
        '<g fill="none" stroke="currentColor" '
        f'stroke-opacity="0.55">{"".join(arrows)}</g>{"".join(boxes)}</svg></figure>'
    )


def _stop(begin: str, end: str, row: int, level: Mapping[str, int]) -> str:
    """The name of the place in a row of the arrow from `begin` to `end`: that of the box at either end."""
    return begin if row == level[begin] else end if row == level[end] else f"{begin} → {end} in {row}"


def _width(name: str) -> int:
    return _GAP // 2 if " → " in name else _BOX


def _arrow(stops: Sequence[tuple[float, float]]) -> str:
    """Down from the first stop to the last, straight past those between."""
    way = f"M{stops[0][0]:g} {stops[0][1] + _TALL:g}"
    for (x, y), (u, v) in pairwise(stops):
        bend = (_ROW - _TALL) * 0.6
        way += f"C{x:g} {y + _TALL + bend:g} {u:g} {v - bend:g} {u:g} {v:g}"
        way += f"v{_TALL}" if (u, v) != stops[-1] else "m-4 -6l4 6l4 -6"
    return f'<path d="{way}"/>'


def _box(head: Head, place: tuple[float, float], link: str) -> str:
    words = _lines(head.title.partition(":")[0], 22)
    top = place[1] + _TALL / 2 + 4 - _LINE * (len(words) - 1) / 2
    text = "".join(
        f'<tspan x="{place[0]:g}" y="{top + _LINE * n:g}">{escape(line)}</tspan>' for n, line in enumerate(words)
    )
    return (
        f'<a href="{link}" aria-label="{escape(head.title)}, {head.minutes} minutes">'
        f'<rect x="{place[0] - _BOX / 2:g}" y="{place[1]:g}" width="{_BOX}" height="{_TALL}" rx="6"'
        f' fill="var(--pst-color-background, #fff)" stroke="currentColor"/>'
        f'<text text-anchor="middle" aria-hidden="true">{text}</text></a>'
    )


def _lines(text: str, most: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def listing(found: Mapping[str, Head], page: str) -> Iterator[str]:
    """The list, in MyST, a part after the other."""
    part = ""
    for head in found.values():
        if head.part != part:
            part = head.part
            minutes = sum(other.minutes for other in found.values() if other.part == part)
            exercises = sum(other.exercises for other in found.values() if other.part == part)
            yield from (f"**{part}**, {_hours(minutes)} to read, {_hours(exercises)} for the exercises", "")
        yield from (
            f"* [{head.title}]({_relative(head.file, page)}), {head.minutes} minutes, and {head.exercises} for its "
            f"exercises. Before it: "
            f"{_rebased(head, page)}.",
            "",
        )
        yield from (f"  * {objective}" for objective in head.objectives)
        yield ""


def _rebased(head: Head, page: str) -> str:
    """What to read before a chapter, its links as they are from `page`."""

    def rebase(link: re.Match[str]) -> str:
        return f"]({_relative(posixpath.normpath(posixpath.join(posixpath.dirname(head.file), link[1])), page)})"

    return re.sub(r"\]\(([^)\s]+)\.ipynb\)", rebase, head.words)


def path(lines: Sequence[str], found: Mapping[str, Head], page: str) -> Iterator[str]:
    """A path as a table in MyST, with its minutes added up.

    Raises
    ------
    ValueError
        If a line names a chapter or a section that there is not, or more minutes than the chapter takes.
    """
    yield from ("| chapter | minutes | what to do with it |", "| --- | --- | --- |")
    total = 0
    for line in filter(str.strip, lines):
        name, minutes, what = (part.strip() for part in line.split("|"))
        head = found.get(f"chapters/{name}")
        if head is None:
            raise ValueError(f"there is no chapter {name!r} with a head")
        taken = int(minutes or head.minutes)
        if taken > head.minutes:
            raise ValueError(f"{taken} minutes for {name}, which takes {head.minutes}")
        if gone := [section for section in re.findall(r'"([^"]+)"', what) if section not in head.sections]:
            raise ValueError(f"{name} has no section {gone[0]!r}; it has {', '.join(head.sections)}")
        total += taken
        yield f"| [{head.title}]({_relative(head.file, page)}) | {taken} | {what or 'all of it'} |"
    yield f"| together | {total} | |"


def _relative(file: str, page: str, suffix: str = ".ipynb") -> str:
    return posixpath.relpath(file, posixpath.dirname(page)) + suffix


def _hours(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


class _FromHeads(SphinxDirective):
    """A directive that is written anew when a chapter changes, and warns when it cannot be."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        found = heads()
        for file in found:
            self.env.note_dependency(str(ROOT / f"{file}.ipynb"))
        try:
            return self.made(found)
        except ValueError as error:
            raise self.error(str(error)) from error

    def made(self, found: dict[str, Head]) -> list[nodes.Node]:
        raise NotImplementedError


class _Map(_FromHeads):
    def made(self, found: dict[str, Head]) -> list[nodes.Node]:
        return [nodes.raw("", drawing(found, self.env.docname), format="html")]


class _List(_FromHeads):
    def made(self, found: dict[str, Head]) -> list[nodes.Node]:
        return list(self.parse_text_to_nodes("\n".join(listing(found, self.env.docname))))


class _Path(_FromHeads):
    def made(self, found: dict[str, Head]) -> list[nodes.Node]:
        return list(self.parse_text_to_nodes("\n".join(path(list(self.content), found, self.env.docname))))


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("chapter-map", _Map)
    app.add_directive("chapter-list", _List)
    app.add_directive("reading-path", _Path)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
