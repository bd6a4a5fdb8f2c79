"""The book, as its own files say: where it is, its configuration, its pages in order, and the text of a page.

Everything else in this package asks here; nothing else reads ``_toc.yml`` or ``_config.yml``.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["HTML", "ROOT", "TOC", "Chapter", "chapters", "config", "markdown", "notebook", "notebooks", "source"]

#: The folder that holds the book, and in it what `make book` builds.
ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
#: The name of the table of contents, below the root.
TOC = "_toc.yml"
APPENDIX = "Appendix"


@dataclass(frozen=True)
class Chapter:
    """A page of the book.

    Its file without a suffix, as in ``_toc.yml``, and the caption of its part; the root has none.
    """

    file: str
    part: str

    @property
    def name(self) -> str:
        """As the jobs take it: ``theory/balance``."""
        return self.file.removeprefix("chapters/")


def config(root: Path = ROOT) -> dict[str, Any]:
    """What ``_config.yml`` says."""
    said: dict[str, Any] = _read(root / "_config.yml", (root / "_config.yml").stat().st_mtime_ns)
    return said


def chapters(root: Path = ROOT) -> list[Chapter]:
    """All pages in the order of the book, the root first."""
    toc = _read(root / TOC, (root / TOC).stat().st_mtime_ns)
    inside = [Chapter(entry["file"], part["caption"]) for part in toc.get("parts", []) for entry in part["chapters"]]
    return [Chapter(toc["root"], ""), *inside]


def source(file: str, root: Path = ROOT) -> Path:
    """The notebook or the Markdown file of a page.

    Raises
    ------
    FileNotFoundError
        If the page has neither; the message names the page and the files that were looked for.
    """
    for suffix in (".ipynb", ".md"):
        if (path := root / f"{file}{suffix}").exists():
            return path
    raise FileNotFoundError(f"there is no page {file!r}: neither {file}.ipynb nor {file}.md is in {root}")


def notebook(file: str, root: Path = ROOT) -> dict[str, Any]:
    """The notebook of a page, as stored; one without cells for a page in Markdown."""
    path = source(file, root)
    stored: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.suffix == ".ipynb" else {"cells": []}
    return stored


def notebooks(root: Path = ROOT) -> list[Path]:
    """Every notebook of the chapters, those that the table of contents does not list yet included."""
    found = (root / "chapters").rglob("*.ipynb")
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def markdown(file: str, root: Path = ROOT) -> str:
    """The text of a page: its Markdown cells, or its file."""
    path = source(file, root)
    if path.suffix == ".md":
        return path.read_text("utf-8")
    cells = notebook(file, root)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown") + "\n"


@functools.lru_cache
def _read(path: Path, changed: int) -> Any:
    """The content of a file of YAML. `changed`, its time stamp, makes a file that was saved again be read again."""
    return yaml.safe_load(path.read_text("utf-8"))
