"""The bibliography and the chapters' own lists of sources name the same works."""

import json
import re
from pathlib import Path

CHAPTERS = Path(__file__).parents[2] / "chapters"
LINK = re.compile(r"\((https?://(?:arxiv\.org/abs|doi\.org)/[^\s)]+)\)")


def cited():
    found = {}
    for path in CHAPTERS.rglob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for link in LINK.findall("".join(cell["source"])):
                    found.setdefault(link, path.stem)
    return found


def listed():
    return set(LINK.findall((CHAPTERS / "appendix" / "bibliography.md").read_text(encoding="utf-8")))


def test_every_work_that_a_chapter_cites_is_in_the_bibliography():
    assert {link: chapter for link, chapter in cited().items() if link not in listed()} == {}


def test_the_bibliography_lists_nothing_that_no_chapter_names():
    page = (CHAPTERS / "appendix" / "bibliography.md").read_text(encoding="utf-8")
    entries = [line for line in page.splitlines() if line.startswith("* ")]
    assert len(entries) >= 20
    for entry in entries:
        chapters = re.findall(r"\(\.\./([\w/-]+)\.ipynb\)", entry)
        assert chapters, f"names no chapter: {entry}"
        first_author = re.match(r"\* (?:\w\. )*([\w’-]+)", entry)[1]
        text = "".join((CHAPTERS / f"{chapter}.ipynb").read_text(encoding="utf-8") for chapter in chapters)
        assert first_author in text, f"{first_author} is not named in {chapters}"
