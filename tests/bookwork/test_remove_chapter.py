"""A chapter that is taken out leaves no link, no row, no head and no claim that asks for it."""

import re
import shutil

import pytest
from domains import over

from bookwork.book import ROOT, Chapter, chapters, config, markdown
from bookwork.evidence.ledger import statements_of
from bookwork.heads import head_of, needed
from bookwork.writing.chapter_checks import faults
from bookwork.writing.remove_chapter import remove, without_claims


@pytest.fixture
def tree(tmp_path):
    """The text of the book and its tests, for what must be rewritten."""
    for folder in ("chapters", "tests", "code/deeplinear/exercises"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "golden"))
    for name in ("_toc.yml", "_config.yml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


NAMES = [chapter.name for chapter in chapters() if chapter.part not in ("", "Appendix")]
# The last chapter of every part, after which all that is asked of every page is asked again.
LAST = {chapter.part: chapter.name for chapter in chapters() if chapter.part not in ("", "Appendix")}.values()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_asks_for_a_chapter_that_is_taken_out(tree, name):
    title = re.search(r"^# (.+)$", markdown(f"chapters/{name}", tree), re.MULTILINE)[1]
    gone = {stated.id for stated in statements_of(markdown(f"chapters/{name}", tree), name)}
    remove(Chapter(f"chapters/{name}", ""), tree)
    left = chapters(tree)
    assert f"| {title} |" not in markdown(left[0].file, tree)
    for path in [*(tree / "tests").rglob("test_*.py")]:
        asked = set(re.findall(r'^@over\(\s*"([\w-]+)"', path.read_text("utf-8"), re.MULTILINE))
        assert not asked & gone, path.name
    assert f"chapters/{name}" not in [chapter.file for chapter in left]
    heads = {}
    for chapter in left:
        assert name not in LAST or list(faults(chapter, tree)) == []
        text = markdown(chapter.file, tree)
        assert not re.search(
            rf"\]\([^)]*{name.split('/')[1]}\.ipynb", text
        )  # in a command it may be named, and is told
        if chapter.part not in ("", "Appendix"):
            heads[chapter.file] = head_of(text, chapter.file)
    needed(heads)
    assert config(tree)["sphinx"]["config"]["redirects"] == {f"chapters/{name}": "/chapters/preface.html"}


def test_a_test_outlives_its_statement():
    marks = '@pytest.mark.claim(\n    "gone", "of it", tolerance=1e-9\n)\n@pytest.mark.claim("kept", "of it")\n'
    after = without_claims(f"{marks}def test_it():\n    pass\n", {"gone": ""})
    assert after == f"{marks}def test_it():\n    pass\n".replace('"gone"', "None")


def test_a_test_keeps_the_domain_of_its_statement_and_draws_from_it(tree):
    remove(Chapter("chapters/theory/balance", ""), tree)
    moved = (tree / "tests/claims/test_balance.py").read_text("utf-8")
    assert re.search(r'@over\(None, domain="N whole ≥ 2; [^"]+", examples=80\)', moved)

    @over(None, domain="d whole ≥ 1; w vector(d) any", examples=5)
    def drawn(case):
        assert case.w.shape == (case.d,)

    drawn()
