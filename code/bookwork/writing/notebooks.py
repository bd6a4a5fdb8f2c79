"""Re-execute the chapters in place, and store their outputs in one normal form.

``python -m bookwork.writing.notebooks [NOTEBOOK ...]`` runs every notebook of ``chapters/`` (or
those named) from top to bottom in a fresh kernel. What it stores is a function of the notebook's
sources and the data alone: cells counted from 1, no times, addresses or widget ids; sorted keys. A
figure is stored anew only if it looks different, so that another processor's last digit does not
touch the file. A failing cell, or a solution that is judged wrong, leaves the file as it was. The
figure of the cell tagged ``readme-picture`` is the picture for links to pages without one of their
own.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from bookwork.book import ROOT
from bookwork.book import notebooks as all_notebooks
from bookwork.files import write as write_file
from bookwork.writing.verdicts import module_of, wrong_verdicts

__all__ = ["execute", "main", "normalize"]

# TensorFlow is silent only with both.
_QUIET = {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
# The live view of a widget needs its kernel; without one it would hide the poster that stands beside it.
_VOLATILE_TYPES = ("application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json")
# Two drawings count as the same if no patch of so many pixels square differs by more than this, of 1, on
# average: a moved label is a difference, the last digit of a curve is none.
_PATCH, _SAME_PATCH = 12, 0.06

Notebook = dict[str, Any]


def execute(path: Path) -> Notebook:
    """Run the notebook at `path` in a fresh kernel and return it, outputs included.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails; the message shows the cell and its traceback.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    client.execute(env={**os.environ, **_QUIET})
    stored: Notebook = json.loads(nbformat.writes(notebook))
    return stored


def normalize(notebook: Notebook, before: Notebook | None = None) -> Notebook:
    """The normal form of `notebook`; pictures that look as they did in `before` are taken from there."""
    old_outputs = {
        cell.get("id"): (_text(cell["source"]), cell["outputs"])
        for cell in (before or {}).get("cells", [])
        if cell["cell_type"] == "code"
    }
    cells = []
    count = 0
    for cell in notebook["cells"]:
        kept = {key: cell[key] for key in ("attachments", "cell_type", "id", "source") if key in cell}
        kept["metadata"] = {k: v for k, v in cell.get("metadata", {}).items() if k in ("tags", "slideshow")}
        kept["source"] = _text(kept["source"]).strip("\n").splitlines(keepends=True)
        if cell["cell_type"] == "code":
            outputs = _merge_streams([_normal_output(output) for output in cell["outputs"]])
            source, stored = old_outputs.get(cell.get("id"), (None, []))
            if source is not None and len(stored) == len(outputs):
                outputs = [_older_if_alike(new, old) for new, old in zip(outputs, stored, strict=True)]
            count += 1  # nbval takes a cell without a count for one that was never run
            for output in outputs:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = count
            kept |= {"execution_count": count, "outputs": outputs}
        cells.append(kept)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, notebook: Notebook) -> bool:
    """Write `notebook` to `path` all at once or not at all; False if the file already says the same."""
    return write_file(path, json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit status is the number of notebooks that failed."""
    parser = argparse.ArgumentParser(description="Re-execute chapters in place.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: every notebook under chapters/")
    parser.add_argument("--normalize-only", action="store_true", help="rewrite the stored form without executing")
    options = parser.parse_args(arguments)
    failed = 0
    for path in options.notebooks or all_notebooks():
        before = json.loads(path.read_text(encoding="utf-8"))
        start = time.perf_counter()
        try:
            after = before if options.normalize_only else execute(path)
        except Exception as error:  # one chapter's failure must not hide another's
            print(f"{path}: FAILED, file left as it was\n{error}", file=sys.stderr)
            failed += 1
            continue
        after = normalize(after, before)
        if "StandInWarning" in json.dumps(after):
            print(
                f"{path}: ran on a stand-in, file left as it was; set DEEPLINEAR_DATA to the real data", file=sys.stderr
            )
            failed += 1
            continue
        if (wrong := wrong_verdicts(after)) and not options.normalize_only:
            print(f"{path}: file left as it was, a solution is not correct:", *wrong, sep="\n  ", file=sys.stderr)
            print(f"  mend the solution, or the answer in {module_of(path.stem)}, and run this again", file=sys.stderr)
            failed += 1
            continue
        changed = write(path, after)
        for picture in _tagged_pictures(after, "readme-picture"):
            write_file(ROOT / "data/readme.png", picture)
        print(f"{path}: {'changed' if changed else 'unchanged'} ({time.perf_counter() - start:.1f} s)", flush=True)
    return failed


def _tagged_pictures(notebook: Notebook, tag: str) -> list[bytes]:
    cells = [cell for cell in notebook["cells"] if tag in cell["metadata"].get("tags", [])]
    return [
        base64.b64decode(output["data"]["image/png"])
        for cell in cells
        for output in cell["outputs"]
        if "data" in output
    ]


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _normal_output(output: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in output.items() if key not in ("execution_count", "metadata", "transient")}
    if "data" in kept:
        data = {mime: _text(value) if isinstance(value, list) else value for mime, value in kept["data"].items()}
        kept["data"] = {
            mime: value.splitlines(keepends=True) if isinstance(value, str) and "\n" in value else value
            for mime, value in data.items()
            if mime not in _VOLATILE_TYPES
        }
        kept["metadata"] = {}
    if kept["output_type"] == "stream":
        kept["text"] = _text(kept["text"])
    return kept


def _merge_streams(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join neighbouring pieces of one stream: where the kernel cuts them is a matter of timing."""
    merged: list[dict[str, Any]] = []
    for output in outputs:
        if output["output_type"] == "stream" and merged and merged[-1].get("name") == output["name"]:
            merged[-1]["text"] += output["text"]
        else:
            merged.append(output)
    for output in merged:
        if output["output_type"] == "stream":
            output["text"] = output["text"].splitlines(keepends=True)
    return merged


def _older_if_alike(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    pictures = [output.get("data", {}).get("image/png") for output in (new, old)]
    words = [_text(output.get("data", {}).get("text/plain", "")) for output in (new, old)]
    if None in pictures or words[0] != words[1]:
        return new
    return old if _look_alike(*pictures) else new


def _look_alike(one: str, other: str) -> bool:
    if one == other:
        return True
    import numpy as np
    from matplotlib.image import imread

    a, b = (imread(io.BytesIO(base64.b64decode(picture)), format="png") for picture in (one, other))
    if a.shape != b.shape:
        return False
    apart = np.abs(a - b).mean(axis=2)
    rows, columns = (range(0, length, _PATCH) for length in apart.shape)
    patches = np.add.reduceat(np.add.reduceat(apart, rows, axis=0), columns, axis=1) / _PATCH**2
    return bool(patches.max() < _SAME_PATCH)


if __name__ == "__main__":
    sys.exit(main())
