"""`make pdf`: the book as one PDF, printed from the built pages by Chromium.

Page numbers in the text (contents, solutions, references across chapters) are known only once the
document is printed: it is printed, they are read from the PDF and filled in, and it is printed
again until they stand still.
"""

from __future__ import annotations

import argparse
import io
import mimetypes
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bookwork import chromium
from bookwork.book import HTML, ROOT, Chapter, chapters, config
from bookwork.editions import print_view
from bookwork.files import write as write_file

__all__ = ["main", "write"]

_HOME = "http://book.invalid/"
_PASSES = 5
_FILL = """pages => {
  for (const link of document.querySelectorAll("a.page"))
    link.textContent = pages[decodeURIComponent(link.hash.slice(1))] ?? "?";
}"""


def write(target: Path, html: Path, included: Sequence[Chapter]) -> int:
    """Print the pages `included` of the book built in `html` to the file `target`; the number of pages.

    Raises
    ------
    RuntimeError
        If there is no Chromium, if the document asks for a file that the book lacks, or if the page
        numbers do not settle.
    """
    from pypdf import PdfReader, PdfWriter

    import deeplinear as dl

    said = config()
    front = {
        "title": said["title"],
        "author": said["author"],
        "version": dl.__version__,
        "address": said["repository"]["url"],
    }
    document = print_view.document(html, included, front)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(_printed(document, html))))
    # The outline, the tags and the language are Chromium's. It takes no metadata but the title.
    _mend_outline(writer, print_view.headings(document))
    writer.add_metadata(
        {
            "/Title": front["title"],
            "/Author": front["author"],
            "/Subject": "Deep linear networks and implicit acceleration: a textbook",
            "/Keywords": "deep linear networks, optimization, preconditioning",
            "/Creator": f"Implicit Acceleration {front['version']}, {front['address']}",
        }
    )
    writer.page_mode = "/UseOutlines"
    printed = io.BytesIO()
    writer.write(printed)
    write_file(target, printed.getvalue())
    return len(writer.pages)


def _printed(document: str, html: Path) -> bytes:
    """The document in PDF, its page numbers filled in."""
    from playwright.sync_api import sync_playwright

    executable = chromium.executable()
    if executable is None:
        raise RuntimeError(
            "no Chromium on this machine: install it (Debian: apt-get install chromium), it prints the PDF"
        )
    missing: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(0)  # a slow machine takes its time
        page.route("**/*", lambda route: _serve(route, document, html, missing))
        page.goto(_HOME)
        page.evaluate("document.fonts.ready")
        if missing:
            raise RuntimeError(f"the document asks for {missing[0]}, which {html} lacks: run `make clean book`")
        before: dict[str, int] = {}
        for _ in range(_PASSES):
            pdf: bytes = page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
            after = _places(pdf)
            if after == before:
                browser.close()
                return pdf
            page.evaluate(_FILL, after)
            before = after
    raise RuntimeError(f"the page numbers did not settle in {_PASSES} passes")


def _serve(route: Any, document: str, html: Path, missing: list[str]) -> None:
    import matplotlib

    path = unquote(urlsplit(route.request.url).path)
    if route.request.url == _HOME:
        route.fulfill(body=document, content_type="text/html; charset=utf-8")
        return
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    file = fonts / path.removeprefix("/_fonts/") if path.startswith("/_fonts/") else html / path.removeprefix("/")
    if not route.request.url.startswith(_HOME) or not file.is_file():
        missing.append(route.request.url.removeprefix(_HOME))
        route.abort()
        return
    route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream")


def _mend_outline(writer: Any, headings: Sequence[tuple[str, str]]) -> None:
    """Give the bookmarks the words of the headings; Chromium has them as printed, less formulas and line ends."""
    from pypdf.generic import NameObject, TextStringObject

    words: dict[str, str] = {}
    for without_formulas, heading in headings:
        bare = "".join(without_formulas.split())
        # In capitals if the style sheet has it so; twice if it begins a page.
        words |= {form * times: heading for form in (bare.upper(), bare) for times in (1, 2)}
    pending = [writer.root_object["/Outlines"]]
    while pending:
        entry = pending.pop().get_object()
        if "/Title" in entry:
            title = words.get("".join(entry["/Title"].split()), entry["/Title"])
            entry[NameObject("/Title")] = TextStringObject(title)
        pending += [entry[child] for child in ("/First", "/Next") if child in entry]


def _places(pdf: bytes) -> dict[str, int]:
    """The page, counted from 1, of everything that a link leads to."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(pdf))
    numbers = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, start=1)}  # type: ignore[union-attr]
    return {
        name.removeprefix("/"): numbers[place.raw_get("/Page").idnum]
        for name, place in reader.named_destinations.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    import deeplinear as dl

    parser = argparse.ArgumentParser(description="Print the built book to one PDF.")
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="such as theory/balance; default: the whole book"
    )
    parser.add_argument("--html", type=Path, default=HTML, help="the built book; default: _build/html")
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / f"implicit-acceleration-{dl.__version__}.pdf")
    options = parser.parse_args(arguments)
    book = {chapter.name: chapter for chapter in chapters()}
    if unknown := [name for name in options.chapters if name not in book]:
        parser.error(f"there is no chapter {unknown[0]!r}: choose from {', '.join(book)}")
    included = [chapter for name, chapter in book.items() if not options.chapters or name in options.chapters]
    try:
        pages = write(options.output, options.html, included)
    except (FileNotFoundError, RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.output}: {pages} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
