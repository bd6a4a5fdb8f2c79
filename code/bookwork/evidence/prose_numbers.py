"""Numbers in a chapter's prose that nothing holds: no output, no line of code.

A number in the text is printed by a cell (which may have read it from a record) or stands in the chapter's code. Whole
numbers below :data:`SMALL` are words or mathematics (*two layers*, :math:`N = 3`) and are not asked for; a number is
held if one that is held rounds to it. Exceptions, each with its reason, are in ``tests/numbers_in_prose.toml``.
``python -m bookwork.evidence.prose_numbers`` lists what is left.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from bookwork import book
from bookwork.book import ROOT

__all__ = ["SMALL", "Loose", "held_numbers", "loose", "prose_numbers"]

SMALL = 13
EXCEPTIONS = ROOT / "tests" / "numbers_in_prose.toml"

# What is no prose: options and heads of directives, inline code, addresses, roles, HTML, minutes of chapters, years,
# indices, numbers of sections and of papers.
_NOT_PROSE = re.compile(
    "|".join(
        (
            r"^[ ]*:[\w-]+:.*$|^[ ]*(?:`{3,}|:{3,})\{.*$",
            r"`[^`\n]*`|(?<=\.ipynb\) \|)[^|\n]*\| \d+ \||\]\([^)]*\)|\{[\w:]+\}`[^`]*`|<[^>]+>|https?://\S+",
            r"\*\*Time\*\*.*|\b(?:19|20)\d\d\b|_\{\d+\}|§\s*[\d.]+|\bdoi:\S+|\barXiv:\S+",
            r"\\(?:tag|label|hspace|vspace)\{[^}]*\}",
        )
    ),
    re.MULTILINE,
)
_TIMES = re.compile(r"(\d(?:[\d.,]*\d)?)\s*(?:\\cdot|\\times|·|×)\s*10\^\{?([-−]?\d+)\}?")
_POWER = re.compile(r"(?<![\d.])10\^\{?([-−]?\d+)\}?")
_GROUPS = re.compile(r"(?<=\d)(?:\{,\}|,|\\,)(?=\d{3}(?!\d))")
_NUMBER = re.compile(r"(?<![\w.^_])(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+)(?![\d])")

_DRAWN = re.compile(r"<(svg|script|style)\b.*?</\1>", re.DOTALL)


@dataclass(frozen=True)
class Loose:
    """A number of a Markdown cell that nothing holds, and the words around it."""

    chapter: str
    cell: int
    number: str
    words: str

    def __str__(self) -> str:
        return f"{self.chapter} [{self.cell}]: {self.number} in “{self.words}” is in no output and in no code"


def prose_numbers(text: str) -> Iterator[tuple[str, str]]:
    """The numbers of a Markdown `text` that something has to hold, each with the words around it.

    Examples
    --------
    >>> from bookwork.evidence.prose_numbers import prose_numbers
    >>> [number for number, _ in prose_numbers("In 20,365 steps of $5\\\\cdot10^{-4}$ two layers lose 0.25; see §14.")]
    ['20365', '5e-4', '0.25']
    """
    text = _NOT_PROSE.sub(lambda match: " " * len(match[0]), text)
    text = _POWER.sub(r"1e\1", _TIMES.sub(r"\1e\2", _GROUPS.sub("", text))).replace("−", "-")
    for match in _NUMBER.finditer(text):
        number = match[1]
        if not number.isdecimal() or int(number) >= SMALL:
            around = text[max(0, match.start() - 40) : match.end() + 30]
            yield number, " ".join(around.split())


def held_numbers(chapter: str) -> set[Decimal]:
    """The numbers of a chapter's outputs and code."""
    cells = [cell for cell in book.notebook(chapter)["cells"] if cell["cell_type"] == "code"]
    texts = [text for cell in cells for text in ("".join(cell["source"]), *_printed(cell))]
    return {number for text in texts for number in _numbers(text)}


def _printed(cell: dict[str, Any]) -> Iterator[str]:
    for output in cell["outputs"]:
        yield "".join(output.get("text", ""))
        for kind, content in output.get("data", {}).items():
            if kind in ("text/plain", "text/markdown", "text/latex", "text/html"):
                yield re.sub(
                    r"<(?:svg|script|style)\b.*?</(?:svg|script|style)>", " ", "".join(content), flags=re.DOTALL
                )
        yield "".join(output.get("metadata", {}).get("image/png", {}).get("alt", ""))


def _numbers(text: str) -> Iterator[Decimal]:
    text = _POWER.sub(r"1e\1", _TIMES.sub(r"\1e\2", re.sub(r"(?<=\d)[,_](?=\d{3}(?!\d))", "", text)))
    text = re.sub(r"10\s*\*\*\s*\(?(-?\d+)\)?", r"1e\1", text.replace("−", "-"))
    for match in re.finditer(r"\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+", text):
        yield Decimal(match[0])


def holds(held: set[Decimal], number: str) -> bool:
    """Does a held number round to this one, or is it this one in percent or as a plain fraction of one?"""
    value = Decimal(number)
    last = Decimal((0, (1,), value.as_tuple().exponent))  # type: ignore[arg-type]
    for candidate in held:
        for scaled in (candidate, candidate * 100, candidate / 100):
            if abs(scaled - value) > last:
                continue
            if any(scaled.quantize(last, way) == value for way in (ROUND_HALF_UP, ROUND_HALF_EVEN)):
                return True
    return False


def loose(chapter: str) -> list[Loose]:
    """The numbers of the chapter's prose that nothing holds and no exception covers."""
    held, allowed = held_numbers(chapter), exceptions().get(chapter, {})
    found = []
    for i, cell in enumerate(book.notebook(chapter)["cells"]):
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            if "## Sources" in text:
                text = text[: text.index("## Sources")]
            for number, words in prose_numbers(text):
                if number not in allowed and not holds(held, number):
                    found.append(Loose(chapter, i, number, words))
    return found


def exceptions() -> dict[str, dict[str, str]]:
    """By chapter, the numbers that need no holder, with the reason."""
    return tomllib.loads(EXCEPTIONS.read_text("utf-8")) if EXCEPTIONS.exists() else {}


def main() -> int:
    """Print every loose number of the book; the exit status says whether there is one."""
    found = [
        number for page in book.chapters() if book.source(page.file).suffix == ".ipynb" for number in loose(page.file)
    ]
    print("\n".join(map(str, found)) or "Every number of the prose is held.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
