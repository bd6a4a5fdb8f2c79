"""`make student`: everything a class needs to work through the chapters, without the worked solutions.

The zip is a small checkout: the chapters, the package, its data and the locked environment. It can
be unpacked on a laptop, or put into a repository of its own, which Binder can start. The same
sources give the same bytes.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deeplinear
from bookwork.book import ROOT, chapters, config, source
from bookwork.editions.archive import zipped
from bookwork.files import write

__all__ = ["main", "pack", "without_solutions"]

Notebook = dict[str, Any]

# Besides the chapters: what installs and runs them.
ENVIRONMENT = ("pyproject.toml", "LICENSE", "LICENSE-TEXT", "CITATION.cff")
FOLDERS = ("binder", "code/deeplinear", "data")

README = """\
# {title}: exercises

The chapters of the book as notebooks, version {version}, without the worked solutions.

## Set up, once

You need Python 3.11, 3.12 or 3.13. In this folder:

    python3.11 -m venv .venv
    .venv/bin/python -m pip install -r binder/requirements.txt
    .venv/bin/python -m pip install --no-deps --editable .

On Windows it is `py -3.11 -m venv .venv`, and `.venv\\Scripts\\python` for `.venv/bin/python`.

## Work

    .venv/bin/python -m jupyter lab chapters/preface.ipynb

The exercises are at the end of each chapter. Run the chapter up to them first (Run, Run All Above Selected Cell): they
use what it has defined. Under each exercise is a cell

    answer = ...

    dl.check("chapter/exercise", answer)

Put your value, array or function in place of the dots, and run it. The verdict says whether it is right, and if not, in
what way. Add cells for your work where you like. Hints come before the cell; read them only when you are stuck.

The data of the experiments are downloaded when they are first used. Without a network a synthetic stand-in takes their
place and says so; a number you find may then differ from the one printed in the chapter, and the check goes by the data
at hand.

## Licence

{title} is at {address}, with live figures that need no installation. Its text and figures are under CC BY 4.0,
its code is under the BSD 3-Clause licence. Changed for this copy: the worked solutions are removed.
"""


def without_solutions(notebook: Notebook) -> Notebook:
    """A copy of `notebook` without its worked solutions; every other cell stays as it is, with its output.

    Raises
    ------
    ValueError
        If a solution does not end, or one begins inside another.
    """
    return {**copy.deepcopy(notebook), "cells": copy.deepcopy(list(_outside(notebook["cells"])))}


def _outside(cells: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    inside = ""
    for cell in cells:
        source = "".join(cell["source"]).strip() if cell["cell_type"] == "markdown" else ""
        if "{solution-start}" in source:
            if inside:
                raise ValueError(f"a solution begins in cell {cell['id']!r} before the one of cell {inside!r} ends")
            inside = cell["id"]
        elif "{solution-end}" in source:
            inside = ""
        elif not inside:
            yield cell
    if inside:
        raise ValueError(f"the solution that begins in cell {inside!r} has no solution-end")


def pack(version: str, address: str, title: str) -> bytes:
    """The zip, with one folder at its top."""
    files: dict[str, bytes] = {"README.md": README.format(version=version, address=address, title=title).encode()}
    for chapter in chapters():
        path = source(chapter.file)
        name = path.relative_to(ROOT).as_posix()
        files[name] = _student_notebook(path) if path.suffix == ".ipynb" else path.read_bytes()
    for name in ENVIRONMENT:
        files[name] = (ROOT / name).read_bytes()
    for folder in FOLDERS:
        files |= {
            path.relative_to(ROOT).as_posix(): path.read_bytes()
            for path in (ROOT / folder).rglob("*")
            if _belongs(path)
        }
    return zipped({f"implicit-acceleration-{version}-student/{name}": content for name, content in files.items()})


def _student_notebook(path: Path) -> bytes:
    try:
        notebook = without_solutions(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{path.relative_to(ROOT)}: {error}") from error
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _belongs(path: Path) -> bool:
    """Not what Python or an unfinished run leaves behind."""
    return path.is_file() and not any(part.startswith(("__pycache__", ".")) for part in path.relative_to(ROOT).parts)


def main() -> int:
    """Write the zip into ``dist``."""
    said, version = config(), deeplinear.__version__
    path = ROOT / "dist" / f"implicit-acceleration-{version}-student.zip"
    try:
        content = pack(version, said["repository"]["url"], said["title"])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    write(path, content)
    print(f"The chapters without solutions: {path} ({len(content) / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
