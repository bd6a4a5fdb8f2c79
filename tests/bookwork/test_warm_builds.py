"""A build that begins from an earlier one says what a build from scratch would say.

Red until mended, green when mended.
"""

import subprocess
import sys

import pytest

from bookwork.book import ROOT

CONFIG = f"""\
title: Small
only_build_toc_files: true
sphinx:
  local_extensions:
    bookwork.sphinx.warm_builds: {ROOT / "code"}
  config:
    myst_heading_anchors: 2
"""
TOC = "format: jb-book\nroot: first\nchapters:\n- file: second\n- file: third\n"


@pytest.fixture
def small(tmp_path):
    """A book of three pages, built once."""
    (tmp_path / "_config.yml").write_text(CONFIG)
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "first.md").write_text("# First\n\nSee [](second.md), {ref}`there` and [](third.md#below).\n")
    (tmp_path / "second.md").write_text("# Second\n\n(there)=\n## There\n\nText.\n")
    (tmp_path / "third.md").write_text("# Third\n\n## Below\n\nText.\n")
    assert build(tmp_path) == ""
    return tmp_path


def build(folder):
    """What a warm build complains of; empty if it is green."""
    command = [sys.executable, "-m", "bookwork.writing.build", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = "\n".join(line for line in done.stderr.splitlines() if "WARNING" in line)
    assert bool(done.returncode) == bool(said), done.stdout + done.stderr
    return said


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_broken_link_is_said_until_it_is_mended_and_not_after(small):
    change(small / "first.md", "`there`", "`nowhere`")
    assert "nowhere" in build(small)
    assert "nowhere" in build(small), "the second build has forgotten what is wrong"
    change(small / "second.md", "Text.", "Another change, elsewhere.")
    assert "nowhere" in build(small)
    change(small / "first.md", "`nowhere`", "`there`")
    assert build(small) == ""
    assert build(small) == ""


@pytest.mark.parametrize(
    ("page", "old", "new", "named"),
    [("second", "(there)=", "(here)=", "there"), ("third", "## Below", "## Above", "below")],
)
def test_a_target_that_went_is_said_by_the_page_that_names_it(small, page, old, new, named):
    change(small / f"{page}.md", old, new)
    assert named in build(small)
    assert named in build(small)
    change(small / f"{page}.md", new, old)
    assert build(small) == ""


def test_a_chapter_that_is_taken_out_leaves_nothing_and_one_that_comes_back_mends_everything(small):
    (small / "_toc.yml").write_text(TOC.replace("- file: second\n", ""))
    assert "second" in build(small)
    assert "second" in build(small)
    assert not (small / "_build/html/second.html").exists()
    (small / "_toc.yml").write_text(TOC)
    assert build(small) == ""
    assert build(small) == ""
    assert (small / "_build/html/second.html").exists()


def test_a_changed_style_is_shown_by_a_warm_build(small):
    style = small / "_static" / "own.css"
    style.parent.mkdir()
    style.write_text("p { color: red }")
    assert build(small) == ""
    style.write_text("p { color: green }")
    assert build(small) == ""
    assert (small / "_build/html/_static/own.css").read_text() == style.read_text()
    assert "own.css" in (small / "_build/html/first.html").read_text()
