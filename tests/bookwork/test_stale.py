"""A live figure that is stored in a notebook is the one that the sources make,
or the chapter and the command are named.
"""

import json

import pytest

from bookwork.writing import stale
from deeplinear.explorables import FIGURES, is_current

NAMES = list(FIGURES)


@pytest.fixture
def book(tmp_path):
    """Write chapters of one figure each, by their HTML."""

    def write(**chapters):
        for name, html in chapters.items():
            path = tmp_path / "chapters" / "theory" / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            shown = [html.splitlines(keepends=True), "<table></table>"]
            outputs = [{"output_type": "execute_result", "data": {"text/html": text}} for text in shown]
            path.write_text(
                json.dumps(
                    {
                        "cells": [
                            {"cell_type": "code", "source": "", "outputs": outputs},
                            {"cell_type": "markdown", "source": "prose"},
                        ]
                    }
                ),
                encoding="utf-8",
            )
        return tmp_path

    return write


def html(figure, **controls):
    return FIGURES[figure](**controls)._repr_mimebundle_()[0]["text/html"]


def test_no_figure_of_the_book_is_stale():
    assert stale.stale() == {}, "run: .venv/bin/python -m bookwork.writing.stale"


@pytest.mark.parametrize("figure", NAMES)
def test_a_figure_is_current_until_its_script_its_style_or_its_ranges_change(figure):
    now = html(figure)
    assert is_current(now)
    for piece in ("const urls = []", "--dlx-paper:", '"domain":{'):
        assert piece in now
        assert not is_current(now.replace(piece, f"{piece} ", 1)), piece


def test_a_figure_that_the_package_has_no_more_is_stale():
    name = FIGURES[NAMES[0]].__name__
    assert not is_current(html(NAMES[0]).replace(name, "PastLab"))
    assert not is_current('<figure class="dl-explorable" id="dl-1"></figure>')


def test_the_chapter_and_the_command_are_named(book, capsys):
    now = html(NAMES[0])
    root = book(good=now, old=now.replace("const urls", "const URLS"))
    assert stale.main(root) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0] == (
        "chapters/theory/old.ipynb: a live figure is older than the sources; run: make notebooks CHAPTER=theory/old"
    )
    assert said[1:] == ["Or, if no code of the chapters has changed but that of the figures: make figures"]
    assert stale.main(book(old=now)) == 0
