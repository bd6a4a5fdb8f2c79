"""Numbers in prose: every one is held by an output or by code of its chapter, and one that is not is found."""

import json

import pytest

from bookwork import book
from bookwork.evidence import prose_numbers

CHAPTERS = [page.file for page in book.chapters() if book.source(page.file).suffix == ".ipynb"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_number_of_the_prose_is_held(chapter):
    assert [str(number) for number in prose_numbers.loose(chapter)] == []


def test_no_exception_is_stale_or_without_a_reason():
    for chapter, numbers in prose_numbers.exceptions().items():
        written = "".join(map(str, book.markdown(chapter)))
        for number, reason in numbers.items():
            assert number in dict(prose_numbers.prose_numbers(written)), f"{chapter}: {number} is not written any more"
            assert len(reason.split()) > 3


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a factor of 45", ["45"]),
        ("in 20,365 steps, $1{,}486$ of them", ["20365", "1486"]),
        ("about $5\\cdot10^9$, or $10^{-12}$", ["5e9", "1e-12"]),
        ("of 0.25 and $.0667$", ["0.25", ".0667"]),
        ("a loss of −0.95", ["0.95"]),
        ("two of 12 layers in §14 (Arora 2018), $W_{33}$, `eta = 0.1`, [x](page-77.html)", []),
        ("**Time** 35 minutes", []),
        ("| [Balance](theory/balance.ipynb) | What is left? | 25 |\n| 26 steps | 27 |", ["26", "27"]),
    ],
)
def test_what_counts_as_a_number(text, numbers):
    assert [number for number, _ in prose_numbers.prose_numbers(text)] == numbers


@pytest.mark.parametrize(
    ("printed", "number", "held"),
    [
        ("it takes 20365 steps", "20365", True),
        ("20,365 steps", "20365", True),
        ("the share is 0.2568", "25.7", True),
        ("0.04787", "0.048", True),
        ("0.04787", "0.047", False),
        ("0.04787", "0.049", False),
        ("1.5e-06", "1.5e-6", True),
        ("44", "45", False),
    ],
)
def test_a_number_is_held_by_one_that_rounds_to_it(tmp_path, printed, number, held):
    assert prose_numbers.holds(set(prose_numbers._numbers(printed)), number) is held


def test_a_planted_number_is_found(monkeypatch):
    chapter = next(name for name in CHAPTERS if "balance" in name)
    planted = json.loads(json.dumps(book.notebook(chapter)))
    planted["cells"].append({"cell_type": "markdown", "source": ["It is 713.4 times as fast."]})
    monkeypatch.setattr(book, "notebook", lambda file, *_: planted)
    assert [found.number for found in prose_numbers.loose(chapter)] == ["713.4"]
