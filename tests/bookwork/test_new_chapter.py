"""A chapter that has just begun is well formed, in the book, and not mistaken for one that is written."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from bookwork.book import ROOT
from bookwork.writing import new_chapter, notebooks

NAME, TITLE = "theory/my-chapter", "My {chapter}"


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """A small copy of the project, in which the chapter has begun, and which notebooks were run."""
    for folder in ("chapters/theory", "code/deeplinear/exercises"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "_toc.yml", tmp_path)
    ran = []
    monkeypatch.setattr(new_chapter, "ROOT", tmp_path)
    monkeypatch.setattr(
        new_chapter, "_module", lambda slug, root=tmp_path: tmp_path / "code/deeplinear/exercises/my_chapter.py"
    )
    monkeypatch.setattr(notebooks, "main", lambda arguments: ran.append(Path(arguments[0])))
    assert new_chapter.main([NAME, TITLE]) == 0
    assert ran == [tmp_path / "chapters/theory/my-chapter.ipynb"]
    return tmp_path


def test_its_line_stands_after_the_last_of_its_part_and_the_rest_is_as_it_was(begun):
    before, after = ((root / "_toc.yml").read_text("utf-8").splitlines() for root in (ROOT, begun))
    (added,) = [number for number, line in enumerate(after) if line not in before]
    assert after[:added] + after[added + 1 :] == before
    assert "chapters/theory/" in after[added - 1]
    assert "chapters/theory/" not in after[added + 1]
    (part,) = [part for part in yaml.safe_load("\n".join(after))["parts"] if "Theory" in part["caption"]]
    assert part["chapters"][-1] == {"file": "chapters/theory/my-chapter"}


def test_its_notebook_is_in_normal_form_and_has_what_every_chapter_has(begun):
    path = begun / "chapters/theory/my-chapter.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    assert notebooks.write(path, notebooks.normalize(notebook)) is False
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert ids.index("colab") == ids.index("imports") - 1
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    assert text.startswith("# My {chapter}\n")
    for part in (
        "You will be able to",
        "**Time**",
        "## The question",
        "## Where it breaks",
        "## What to remember",
        "## Sources",
    ):
        assert part in text
    assert "dl.explorables." in text
    for slug in ("by-hand", "in-code", "broken", "open"):
        assert f":label: ex-my-chapter-{slug}" in text
        assert f"{{solution-start}} ex-my-chapter-{slug}" in text
        assert text.count(f'dl.check("my-chapter/{slug}", answer)') == 2
    assert text.count("{admonition} Hint") == 4


def test_its_answers_are_those_that_it_asks_for(begun, monkeypatch):
    from deeplinear.exercises import _registry

    monkeypatch.setattr(_registry, "ANSWERS", {})
    module = (begun / "code/deeplinear/exercises/my_chapter.py").read_text("utf-8")
    exec(compile(module, "my_chapter.py", "exec"), {"__name__": "my_chapter"})
    assert set(_registry.ANSWERS) == {f"my-chapter/{slug}" for slug in ("by-hand", "in-code", "broken", "open")}


@pytest.mark.parametrize(
    ("name", "title", "complaint"),
    [
        ("my-chapter", "T", "give part/slug"),
        ("theory/My", "T", "give part/slug"),
        ("theory/12", "T", "give part/slug"),
        ("theory/a_b", "T", "give part/slug"),
        ("geometry/new", "T", "the parts are foundations, theory, experiments"),
        ("experiments/balance", "T", "chapters/theory/balance.ipynb exists"),
        ("theory/preface", "T", "code/deeplinear/exercises/preface.py exists"),
        ("theory/new", " ", "has no title"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(name, title, complaint, capsys):
    before = (ROOT / "_toc.yml").read_text("utf-8")
    assert new_chapter.main([name, title]) == 2
    assert complaint in capsys.readouterr().err
    assert (ROOT / "_toc.yml").read_text("utf-8") == before


def test_how_to_call_it_is_said(capsys):
    assert new_chapter.main([]) == 2
    assert "usage: make chapter NAME=" in capsys.readouterr().err


def test_no_chapter_of_the_book_is_left_half_written():
    pages = [*(ROOT / "chapters").rglob("*.ipynb"), *(ROOT / "code/deeplinear/exercises").glob("*.py")]
    left = {str(path.relative_to(ROOT)): len(re.findall(r"\bTODO\b", path.read_text("utf-8"))) for path in pages}
    assert {path: count for path, count in left.items() if count} == {}
