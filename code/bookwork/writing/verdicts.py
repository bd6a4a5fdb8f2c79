"""What the self-checks of a notebook's own solutions say, as stored.

A book must not ship a solution that is judged wrong.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["module_of", "wrong_verdicts"]


def module_of(chapter: str) -> str:
    """The module with the right answers of a chapter.

    >>> from bookwork.writing.verdicts import module_of
    >>> module_of("theory/single-output")
    'code/deeplinear/exercises/single_output.py'
    """
    return f"code/deeplinear/exercises/{chapter.rpartition('/')[2].replace('-', '_')}.py"


def wrong_verdicts(stored: dict[str, Any]) -> list[str]:
    """The self-checks inside the solutions of a notebook whose stored verdict is not "correct", with the verdict.

    >>> from bookwork.writing.verdicts import wrong_verdicts
    >>> start = {"cell_type": "markdown", "source": "```{solution-start} ex-a\\n```"}
    >>> said = {"output_type": "stream", "text": ["a/b: not yet. Too large."]}
    >>> wrong_verdicts({"cells": [start, {"cell_type": "code", "source": 'dl.check("a/b", 2)', "outputs": [said]}]})
    ['a/b: not yet. Too large.']
    """
    found, inside = [], False
    for cell in stored["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            inside = "{solution-start}" in text or (inside and "{solution-end}" not in text)
        elif inside:
            printed = "".join("".join(out.get("text", "")) for out in cell["outputs"])
            for name in re.findall(r"dl\.check\(\s*\"([^\"]+)\"", text):
                verdict = next(
                    (line for line in printed.splitlines() if line.startswith(f"{name}:")), f"{name}: no verdict"
                )
                if not verdict.startswith(f"{name}: correct"):
                    found.append(verdict)
    return found
