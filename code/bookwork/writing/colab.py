"""The cell that makes a chapter run in Google Colab, where there is the notebook and nothing else of the book.

``python -m bookwork.writing.colab [NOTEBOOK ...]`` puts it before the first code cell of every
chapter, or brings it up to date, and leaves a notebook that has it as it is. The cell installs the
package from the book's repository, records included; anywhere else it does nothing, and the book
does not show it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bookwork.book import notebooks
from bookwork.release.repository import repository
from bookwork.writing.notebooks import Notebook, normalize, write

__all__ = ["ID", "cell", "main", "with_cell"]

#: The id of the cell.
ID = "colab"

# Extras: `sweep` labels results, `fast` compiles. Matplotlib, SymPy, scikit-learn and TensorFlow are part of Colab.
_SOURCE = """\
import sys

if "google.colab" in sys.modules:  # elsewhere the package is there
    %pip install --quiet "deeplinear[fast,sweep] @ git+{url}\""""


def cell(url: str) -> dict[str, Any]:
    """The cell, installing from the repository at `url`."""
    metadata = {"tags": ["remove-cell"]}
    source = _SOURCE.format(url=url)
    return {"cell_type": "code", "id": ID, "metadata": metadata, "source": source, "outputs": [], "execution_count": 1}


def with_cell(notebook: Notebook, url: str) -> Notebook:
    """`notebook` in its normal form, with the cell before its first other code cell.

    A notebook without code needs none.
    """
    cells = [cell for cell in notebook["cells"] if cell.get("id") != ID]
    first = next((number for number, cell in enumerate(cells) if cell["cell_type"] == "code"), None)
    if first is not None:
        cells.insert(first, cell(url))
    return normalize(notebook | {"cells": cells}, notebook)


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Put Colab's cell into chapters.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: every notebook under chapters/")
    options = parser.parse_args(arguments)
    url = repository().url
    for path in options.notebooks or notebooks():
        changed = write(path, with_cell(json.loads(path.read_text(encoding="utf-8")), url))
        print(f"{path}: {'changed' if changed else 'unchanged'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
