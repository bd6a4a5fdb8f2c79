"""A live figure that is stored in a notebook is the one that the sources make,
or the chapter and the command are named.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from bookwork.book import ROOT, Chapter
from bookwork.writing import chapter_checks, figures, stale
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


PAST = {"source": "", "outputs": [], "cell_type": "code"}
USES = {
    "a call": PAST | {"source": "dl.explorables.PastLab(depth=2)"},
    "a link": {"source": '<a href="#PastLab:p=2">at p = 2</a>', "cell_type": "markdown"},
    "an output": PAST
    | {
        "outputs": [
            {
                "output_type": "display_data",
                "metadata": {},
                "data": {
                    "text/html": '<figure class="dl-explorable" data-figure="PastLab"></figure>',
                    "text/plain": "PastLab(depth=2)",
                },
            }
        ]
    },
}


@pytest.mark.parametrize("use", USES)
def test_a_chapter_that_uses_a_figure_that_is_not_in_the_register_is_named_by_every_job(
    tmp_path, use, capsys, monkeypatch
):
    path = tmp_path / "chapters/theory/old.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"cells": [USES[use] | {"id": "a", "metadata": {}}], "metadata": {}}), encoding="utf-8")
    for name in ("_toc.yml", "_config.yml"):
        shutil.copy(ROOT / name, tmp_path)
    before = path.read_text("utf-8")
    said = (
        "chapters/theory/old.ipynb uses PastLab, which is not in the register of live figures "
        "(code/deeplinear/explorables/__init__.py): bring back its folder and its line, "
        "or take its cells and links out (make lab) and run: make notebooks CHAPTER=theory/old"
    )
    assert stale.main(tmp_path) == 1
    assert capsys.readouterr().err == f"{said}\n"
    assert figures.main([str(path)]) == 1
    assert capsys.readouterr().err == f"{said}\n"
    assert path.read_text("utf-8") == before
    monkeypatch.setattr(chapter_checks, "chapters", lambda root: ())
    assert said in list(chapter_checks.faults(Chapter("chapters/theory/old", "Appendix"), tmp_path))


def test_a_register_that_names_a_folder_that_is_gone_is_told_with_the_remedy_by_every_job(tmp_path):
    shutil.copytree(ROOT / "code", tmp_path / "code", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("data", "chapters", "tests", "_toc.yml", "_config.yml"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.rmtree(tmp_path / "code/deeplinear/explorables" / NAMES[0])
    for job in (["stale"], ["figures"], ["chapter_checks", "preface"]):
        done = subprocess.run(
            [sys.executable, "-m", f"bookwork.writing.{job[0]}", *job[1:]],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path / "code")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, job
        assert done.stderr == (
            "the register of live figures, code/deeplinear/explorables/__init__.py, names "
            f"{NAMES[0]}, whose folder is not there: take its line out, or bring back the folder: "
            f"git restore code/deeplinear/explorables/{NAMES[0]}\n"
        ), job
