"""Live figures that a chapter uses and that the register of figures does not have, and what to do about them.

A figure is used by a call in a cell, by a stored output, or by a link that puts it into a state.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["REGISTER", "known", "missing", "unregistered"]

REGISTER = "code/deeplinear/explorables/__init__.py"

_USE = re.compile(r'explorables\.([A-Z]\w*)\(|data-figure=\\?"(\w+)|href=\\?"#([A-Z][a-zA-Z]*)(?:-\d+)?:\w+=')


def known() -> set[str]:
    """The public classes of the figures.

    Raises
    ------
    SystemExit
        If the register names a folder that is not there.
    """
    try:
        from deeplinear import explorables
    except ModuleNotFoundError as error:
        house, _, folder = (error.name or "").rpartition(".")
        if house != "deeplinear.explorables":
            raise
        sys.exit(
            f"the register of live figures, {REGISTER}, names {folder}, whose folder is not there: "
            f"take its line out, or bring back the folder: git restore {Path(REGISTER).parent}/{folder}"
        )
    return set(explorables.__all__)


def missing(notebook: Path) -> list[str]:
    """The figures that a notebook uses and the register does not have."""
    found = _USE.findall(notebook.read_text(encoding="utf-8"))
    return sorted({name for names in found for name in names if name} - known()) if found else []


def unregistered(chapter: str, name: str) -> str:
    """What to say of a figure that a chapter uses and the register does not have."""
    return (
        f"chapters/{chapter}.ipynb uses {name}, which is not in the register of live figures ({REGISTER}): bring back "
        f"its folder and its line, or take its cells and links out (make lab) and run: make notebooks CHAPTER={chapter}"
    )
