"""The page for instructors says what the chapters say of themselves."""

import posixpath
import re
import subprocess

import pytest

from bookwork.book import ROOT, chapters
from bookwork.heads import head_of, heads, levels, needed
from bookwork.sphinx import chapter_map

PAGE = "chapters/appendix/teaching"
TEXT = (ROOT / f"{PAGE}.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found():
    return heads()


def test_every_chapter_of_the_three_parts_has_a_head(found):
    assert list(found) == [chapter.file for chapter in chapters() if chapter.part not in ("", "Appendix")]
    assert all(10 <= head.minutes <= 60 and len(head.objectives) == 3 for head in found.values())


def test_minutes_agree_with_the_map_of_the_preface(found):
    preface = (ROOT / "chapters" / "preface.ipynb").read_text(encoding="utf-8")
    said = dict(re.findall(r"\| \[[^\]]*\]\(([\w/-]+)\.ipynb\) \|[^|]*\| (\d+) \|", preface))
    assert {f"chapters/{name}": int(minutes) for name, minutes in said.items()} == {
        f: h.minutes for f, h in found.items()
    }


def test_what_a_chapter_needs_comes_before_it_and_is_drawn_once(found):
    direct = needed(found)
    assert direct["chapters/theory/single-output"] == ("chapters/theory/end-to-end-update",)
    for file, before in direct.items():  # what one of them needs already is not drawn
        assert not {far for near in before for far in found[near].before} & set(before), file
    level = levels(direct)
    assert all(level[other] < level[file] for file, before in direct.items() for other in before)
    file, other = "chapters/theory/balance", "chapters/theory/single-output"
    with pytest.raises(ValueError, match=f"{file} needs {other}, which does not come before it"):
        needed(
            {
                **found,
                file: head_of(
                    "# B\n* x\n\n**Time** 1 minutes to read, 2 for the exercises · "
                    "**Before this** [s](single-output.ipynb)\n",
                    file,
                ),
            }
        )


def test_the_drawing_has_a_box_and_a_link_for_every_chapter_and_an_arrow_for_every_need(found):
    svg = chapter_map.drawing(found, PAGE)
    links = re.findall(r'<a href="([^"]+)\.html" aria-label="[^"]+, (\d+) minutes">', svg)
    there = {posixpath.normpath(posixpath.join("chapters/appendix", link)): int(minutes) for link, minutes in links}
    assert there == {file: head.minutes for file, head in found.items()}
    assert svg.count("<path") == sum(map(len, needed(found).values()))
    boxes = [tuple(map(float, box)) for box in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)"', svg)]
    assert all(abs(a - u) >= 158 or abs(b - v) >= 48 for (a, b) in boxes for (u, v) in boxes if (a, b) != (u, v))


def test_the_list_has_the_objectives_and_leads_to_the_prerequisites(found):
    lines = "\n".join(chapter_map.listing(found, PAGE))
    for head in found.values():
        assert all(objective in lines for objective in head.objectives)
    for link in re.findall(r"\]\(([^)\s]+\.ipynb)\)", lines):
        assert (ROOT / "chapters" / "appendix" / link).resolve().exists(), link


def test_a_path_adds_up_and_refuses_what_is_not_there(found):
    rows = list(
        chapter_map.path(["theory/balance | | all", 'theory/single-output | 10 | "The statement"'], found, PAGE)
    )
    assert rows[-1] == f"| together | {found['chapters/theory/balance'].minutes + 10} | |"
    for line, complaint in (
        ("theory/balanse | |", "no chapter 'theory/balanse'"),
        ("theory/balance | 300 |", "300 minutes for theory/balance, which takes 35"),
        ('theory/balance | | "The drift"', "no section 'The drift'; it has"),
    ):
        with pytest.raises(ValueError, match=complaint):
            list(chapter_map.path([line], found, PAGE))


def test_the_paths_of_the_page_can_be_walked(found):
    paths = re.findall(r"```\{reading-path\}\n(.*?)```", TEXT, re.DOTALL)
    assert len(paths) == 2
    totals = [int(list(chapter_map.path(lines.splitlines(), found, PAGE))[-1].split("|")[2]) for lines in paths]
    assert totals[0] == 90  # "an hour and a half"


def test_a_head_that_lacks_something_is_an_error_that_says_what():
    with pytest.raises(ValueError, match="theory/new does not open with objectives"):
        head_of("# New\n\n**Time** 5 minutes · **Before this** nothing\n", "chapters/theory/new")
    with pytest.raises(ValueError, match=r"theory/new does not open with .*Time"):
        head_of("# New\n\n* do this.\n", "chapters/theory/new")


def test_the_command_that_grades_prints_the_verdicts_of_a_notebook():
    command = re.search(r"^grep .*$", TEXT, re.MULTILINE)[0]
    done = subprocess.run(command, shell=True, cwd=ROOT / "chapters", capture_output=True, text=True, check=True)
    verdicts = [line.split(": ")[1] for line in done.stdout.splitlines()]
    assert sorted(verdicts) == ["correct"] * 5 + ["no answer yet"] * 5


def test_every_job_that_the_page_names_is_one_of_make():
    jobs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", TEXT)) <= jobs
