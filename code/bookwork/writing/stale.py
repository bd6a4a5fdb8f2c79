"""A live figure in a stored output that is not what the sources make now: ``python -m bookwork.writing.stale``.

Notebooks are published with the outputs they were stored with, so that an edited script of a figure reaches its pages
only when their notebooks are run again. This says which, with the command to type. Nothing is run: the stored script is
compared. Of a figure that the register does not have it says which chapter uses it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bookwork.book import ROOT
from bookwork.writing.registered import missing, unregistered

__all__ = ["figures", "main", "stale"]

_MARK = 'class="dl-explorable"'


def figures(notebook: Path) -> Iterator[str]:
    """The HTML of every live figure among the stored outputs of a notebook."""
    stored = notebook.read_text(encoding="utf-8")
    if "dl-explorable" not in stored:
        return
    for cell in json.loads(stored)["cells"]:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            text = html if isinstance(html, str) else "".join(html)
            if _MARK in text:
                yield text


def stale(root: Path = ROOT) -> dict[str, int]:
    """How many figures of each chapter are not what the sources make now; chapters without one are left out."""
    from deeplinear.explorables import is_current

    chapters = root / "chapters"
    counts = {path: sum(not is_current(html) for html in figures(path)) for path in sorted(chapters.rglob("*.ipynb"))}
    return {path.relative_to(chapters).with_suffix("").as_posix(): count for path, count in counts.items() if count}


def main(root: Path = ROOT) -> int:
    """The exit status: 1 if there is a stale figure, or one that is not in the register."""
    chapters = root / "chapters"
    lost = {path.relative_to(chapters).with_suffix("").as_posix(): missing(path) for path in chapters.rglob("*.ipynb")}
    lost = {chapter: names for chapter, names in sorted(lost.items()) if names}
    for chapter, names in lost.items():
        for name in names:
            print(unregistered(chapter, name), file=sys.stderr)
    found = {chapter: count for chapter, count in stale(root).items() if chapter not in lost}
    for chapter, count in found.items():
        what = "a live figure is" if count == 1 else f"{count} live figures are"
        print(
            f"chapters/{chapter}.ipynb: {what} older than the sources; run: make notebooks CHAPTER={chapter}",
            file=sys.stderr,
        )
    if found:
        print("Or, if no code of the chapters has changed but that of the figures: make figures", file=sys.stderr)
    return int(bool(found or lost))


if __name__ == "__main__":
    sys.exit(main())
