"""Build the book strictly: every warning is an error, and all are shown.

``python -m bookwork.writing.build [FOLDER]`` is `jupyter-book build` with these options and without
its waiting.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bookwork.book import ROOT
from bookwork.writing import prepared

__all__ = ["STRICT", "build", "main"]

STRICT = ("-n", "-W", "--keep-going")


def build(folder: Path = ROOT, options: Sequence[str] = STRICT) -> int:
    """Build the book in `folder`, and return the exit status."""
    try:
        prepared.jupyter_book(["build", "-q", *options, str(folder)], standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:  # a failed build is an error of one of several types
        print(error, file=sys.stderr)
        return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return build(Path(given[0]) if given else ROOT)


if __name__ == "__main__":
    sys.exit(main())
