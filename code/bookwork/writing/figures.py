"""Make the live figures that chapters store anew from the package, in seconds: no chapter is run.

``python -m bookwork.writing.figures [NOTEBOOK ...]`` is for a changed script, style or poster of a
figure. A stored figure says in its ``text/plain`` how it was made, as in ``YourFigure(depth=2,
p=4)``; it is made so again. With ``--check`` nothing is written, and the notebooks whose figures
are not what the package makes now are named.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

from bookwork.book import ROOT
from bookwork.book import notebooks as all_notebooks
from bookwork.writing.notebooks import Notebook, normalize, write
from bookwork.writing.registered import known, missing, unregistered

__all__ = ["main", "remade"]

_MARK = '<figure class="dl-explorable"'


def remade(notebook: Notebook) -> Notebook:
    """`notebook`, in its normal form, with every live figure as the package makes it now.

    A process must do this for one notebook only: figures count how often they were shown, as they do in a kernel.
    """
    made = copy.deepcopy(notebook)
    for cell in made["cells"]:
        for output in cell.get("outputs", []):
            if "".join(output.get("data", {}).get("text/html", "")).startswith(_MARK):
                output["data"] = _figure("".join(output["data"]["text/plain"]))
    return normalize(made, notebook)


def _figure(words: str) -> dict[str, Any]:
    """The outputs of the figure that `words` make, by mime type."""
    import deeplinear as dl

    call = ast.parse(words, mode="eval").body
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Name)
    controls = {str(argument.arg): ast.literal_eval(argument.value) for argument in call.keywords}
    figure = getattr(dl.explorables, call.func.id)(**controls)
    made: dict[str, Any] = figure._repr_mimebundle_()[0]
    return made


def _remake(path: Path, check: bool) -> bool:
    """Whether the figures of a notebook were not what the package makes now; they are, unless it is a `check`."""
    before = json.loads(path.read_text("utf-8"))
    if not any(
        _MARK in "".join(out.get("data", {}).get("text/html", ""))
        for cell in before["cells"]
        for out in cell.get("outputs", [])
    ):
        return False
    after = remade(before)
    return after != before if check else write(path, after)


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit status is 1 if a chapter uses a figure that the register does not have,
    and with ``--check`` if a figure is stale.
    """
    parser = argparse.ArgumentParser(description="Make the stored live figures of chapters anew.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: every notebook under chapters/")
    parser.add_argument("--check", action="store_true", help="write nothing; name the notebooks with stale figures")
    options = parser.parse_args(arguments)
    paths = [path.resolve() for path in options.notebooks] or all_notebooks()
    known()  # imports the figures before the forks, which share them
    lost = {path: names for path in paths if (names := missing(path))}
    for path, names in lost.items():
        chapter = path.with_suffix("").as_posix().rpartition("/chapters/")[2]
        for name in names:
            print(unregistered(chapter, name), file=sys.stderr)
    paths = [path for path in paths if path not in lost]
    # A fork each, since figures count how often they were shown.
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        stale = pool.starmap(_remake, [(path, options.check) for path in paths], chunksize=1)
    names = [path.relative_to(ROOT).as_posix() for path, changed in zip(paths, stale, strict=True) if changed]
    if options.check and names:
        print(
            f"live figures are not what the package makes now: run `make figures` ({', '.join(names)})", file=sys.stderr
        )
        return 1
    if not options.check:
        for name in names:
            print(f"figures made anew: {name}")
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main())
