"""The PDF of the book, as `make pdf` prints it: a few chapters of it here, for the sake of time."""

import json
import re
import subprocess
import sys

import pytest
from pypdf import PdfReader

from bookwork import chromium
from bookwork.book import chapters, config, markdown, notebook
from bookwork.editions import pdf, print_view
from conftest import HTML, missing

pytestmark = pytest.mark.browser

CHAPTERS = (
    "chapters/preface",
    "chapters/theory/single-output",
    "chapters/theory/when-depth-accelerates",
    "chapters/appendix/bibliography",
)

INCLUDED = [chapter for chapter in chapters() if chapter.file in CHAPTERS]


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    if chromium.executable() is None:
        missing("no Chromium on this machine")
    if not (HTML / "chapters" / "preface.html").exists():
        missing(f"the book is not built in {HTML}: run `make book` first")
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    # In a process of its own: the browser tests have Playwright running in this one.
    names = [chapter.file.removeprefix("chapters/") for chapter in INCLUDED]
    command = [sys.executable, "-m", "bookwork.editions.pdf", "--html", HTML, "--output", target, *names]
    subprocess.run(command, check=True)
    return PdfReader(target)


@pytest.fixture(scope="module")
def texts(printed):
    return [page.extract_text() for page in printed.pages]


def bookmarks(reader, entries=None, depth=0):
    """Depth, title and page of every bookmark, in order."""
    for entry in reader.outline if entries is None else entries:
        if isinstance(entry, list):
            yield from bookmarks(reader, entry, depth + 1)
        else:
            yield depth, entry.title, reader.get_destination_page_number(entry) + 1


def links(reader):
    """The page and the target of every link inside the document."""
    for number, page in enumerate(reader.pages, start=1):
        for annotation in page.get("/Annots", []):
            link = annotation.get_object()
            if link.get("/Subtype") == "/Link":
                yield number, link.get("/Dest"), link.get("/A", {}).get("/URI")


def test_its_pages_are_as_many_as_its_text_needs(texts):
    assert 20 <= len(texts) <= 45
    assert not [number for number, text in enumerate(texts[1:], start=2) if len(text.split()) < 15]


def test_the_bookmarks_are_parts_chapters_and_sections_in_order(printed):
    found = list(bookmarks(printed))
    titles = [title for _, title, _ in found]
    assert titles[:2] == ["Contents", "A convex problem, made worse, solved faster"]
    assert [title for depth, title, _ in found if depth == 0][-3:] == ["Part II · Theory", "Appendix", "Solutions"]
    expected = ["One output: an adaptive step, and amplification", "When depth accelerates", "Bibliography"]
    assert [title for depth, title, _ in found if depth == 1 and title in expected][:3] == expected
    document = print_view.document(HTML, INCLUDED, dict.fromkeys(("title", "author", "version", "address"), ""))
    assert titles == [heading for _, heading in print_view.headings(document)]
    assert [page for *_, page in found] == sorted(page for *_, page in found)


def test_the_contents_give_the_page_of_every_chapter(printed, texts):
    pages = {title: page for _, title, page in reversed(list(bookmarks(printed)))}
    for title in ("When depth accelerates", "Bibliography", "Solutions"):
        assert re.search(rf"{title}\s*{pages[title]}\b", texts[1]), texts[1]
        assert title in texts[pages[title] - 1]


def test_every_solution_is_at_the_end_and_its_exercise_says_where(printed, texts):
    (begin,) = (page for _, title, page in bookmarks(printed) if title == "Solutions")
    front, back = "\n".join(texts[: begin - 1]), "\n".join(texts[begin - 1 :])
    assert "Solution to" not in front
    written = "\n".join(markdown(chapter.file) for chapter in INCLUDED)
    solutions = written.count("{solution-start}")
    assert solutions > 5
    assert back.count("Solution to") == solutions
    announced = [int(number) for number in re.findall(r"Solution on page (\d+)", front)]
    assert len(announced) == solutions
    assert announced == sorted(announced)
    assert announced[0] == begin
    assert len(texts) >= announced[-1]
    cells = [cell for chapter in INCLUDED for cell in notebook(chapter.file)["cells"]]
    printed_there = json.dumps([cell.get("outputs") for cell in cells]).count("no answer yet; replace the dots")
    assert front.count("no answer yet; replace the dots") == printed_there
    assert front.count("Hint") >= solutions


def test_every_link_leads_somewhere_inside_or_to_the_web(printed):
    places = {str(name) for name in printed.named_destinations}
    inside = [str(target) for _, target, uri in links(printed) if uri is None]
    assert len(inside) > 30
    assert set(inside) <= places
    outside = {uri for *_, uri in links(printed) if uri}
    assert all(re.match(r"https?://(?!book\.invalid)", uri) for uri in outside), outside


def test_text_can_be_read_and_no_formula_is_left_as_its_source(texts):
    everything = "\n".join(texts)
    assert "Two things happen to the gradient" in everything
    assert "import deeplinear as dl" in everything
    assert not re.findall(r"\\(?:frac|lVert|begin|eta|mathrm|\(|\[)[^\n]{0,40}", everything)
    for words in ("Show code cell", "Click to", "Copy to clipboard", "Launch", "#}", "undefined"):
        assert words not in everything


def test_it_says_what_it_is_and_carries_its_fonts(printed):
    said = config()
    assert printed.metadata.title == said["title"]
    assert printed.metadata.author == said["author"]
    root = printed.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    fonts = {}
    for page in printed.pages:
        fonts |= page["/Resources"].get("/Font", {})
    assert fonts
    for font in (font.get_object() for font in fonts.values()):
        described = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        if font["/Subtype"] != "/Type3":  # drawn in the file itself
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(described["/FontDescriptor"])


def test_an_unknown_chapter_or_an_unbuilt_book_is_an_error_with_a_remedy(tmp_path, capsys):
    with pytest.raises(SystemExit):
        pdf.main(["theory/balanse"])
    assert "there is no chapter 'theory/balanse': choose from preface" in capsys.readouterr().err
    assert pdf.main(["theory/balance", "--html", str(tmp_path), "--output", str(tmp_path / "book.pdf")]) == 1
    assert "run `make book` first" in capsys.readouterr().err
