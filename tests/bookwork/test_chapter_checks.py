"""What `make check-chapter` notices: each fault that a chapter can have, planted in a copy of the tree's text."""

import json
import shutil

import pytest

from bookwork.book import ROOT, Chapter, chapters
from bookwork.writing import notebooks
from bookwork.writing.chapter_checks import faults
from bookwork.writing.verdicts import wrong_verdicts

BALANCE = Chapter("chapters/theory/balance", "Part II · Theory")


@pytest.fixture
def tree(tmp_path):
    """The pages of the book, without anything else."""
    shutil.copytree(ROOT / "chapters", tmp_path / "chapters")
    for name in ("_toc.yml", "_config.yml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tests/claims", tmp_path / "tests/claims")
    return tmp_path


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)
def test_nothing_is_missing_from_a_chapter_of_the_book(chapter):
    assert list(faults(chapter)) == []


@pytest.mark.parametrize(
    ("page", "old", "new", "said"),
    [
        ("preface.ipynb", "](theory/balance.ipynb)", "](theory/single-output.ipynb)", "does not list it: add |"),
        ("theory/balance.ipynb", "**Time** 35 minutes", "**Time** 15 minutes", "gives it 35 minutes, its head 15"),
        ("theory/balance.ipynb", "**Time** 35 minutes", "Some minutes", "**Time** N minutes to read"),
        ("theory/balance.ipynb", "write down the", "TODO write down the", "TODO"),
        ("theory/balance.ipynb", ":label: drift-law", ":label: drift-rule", "drift-rule has no test"),
        ("theory/balance.ipynb", ":label: drift-law", ":label: conservation", "conservation labels two things"),
        (
            "theory/single-output.ipynb",
            ":label: single-output",
            ":label: drift-law",
            "is a label of chapters/theory/single-output",
        ),
        ("theory/balance.ipynb", ": correct", ": not yet", "a solution is not correct (balance/"),
        (
            "theory/balance.ipynb",
            "(../foundations/linear-networks.ipynb)",
            "(../foundations/gone.ipynb)",
            "which is not there",
        ),
        ("theory/balance.ipynb", "{admonition} Hint", "{admonition} Hunt", "has no hint"),
    ],
)
def test_a_planted_fault_is_said(tree, page, old, new, said):
    path = tree / "chapters" / page
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert any(said in fault for fault in faults(BALANCE, tree)), list(faults(BALANCE, tree))


def test_notebooks_are_not_stored_with_a_solution_that_is_judged_wrong(tmp_path, monkeypatch, capsys):
    path = tmp_path / "balance.ipynb"
    shutil.copy(ROOT / "chapters/theory/balance.ipynb", path)
    before = path.read_bytes()
    judged = json.loads(before.decode().replace(": correct", ": not yet"))
    assert wrong_verdicts(judged)
    monkeypatch.setattr(notebooks, "execute", lambda path: judged)
    assert notebooks.main([str(path)]) == 1
    assert path.read_bytes() == before
    assert "mend the solution, or the answer in code/deeplinear/exercises/balance.py" in capsys.readouterr().err
