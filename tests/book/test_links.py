"""Links inside the built book lead somewhere, and pages load nothing from elsewhere."""

import json
import math
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from bookwork.book import HTML, chapters

pytestmark = pytest.mark.browser


class Page(HTMLParser):
    """The ids of a page, and what it links to or loads."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        text = path.read_text(encoding="utf-8")
        self.feed(text)
        # The live figures of the page: what each control may be, by the figure's name in links.
        pages = (json.loads(found) for found in re.findall(r"page\.show\(figure, (\{.*\})\)\);$", text, re.MULTILINE))
        self.figures = {page["name"]: page["domain"] for page in pages}

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids |= {values[key] for key in ("id", "name") if values.get(key)}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag == "link" and values.get("rel") not in ("canonical",) and values.get("href"):
            self.loads.append(values["href"])
        if values.get("src"):
            self.loads.append(values["src"])


@pytest.fixture(scope="module")
def pages():
    found = {path: Page(path) for path in HTML.rglob("*.html") if "_static" not in path.parts}
    assert found, "the book is not built: run `make book` first"
    return found


def impossible(state, domains):
    """The settings of a link that the figure would not take."""
    for pair in state.split(";"):
        control, _, text = pair.partition("=")
        domain = domains.get(control)
        if domain is None:
            yield f"{pair}: there is no such figure or control"
        elif "options" in domain:
            if text not in domain["options"]:
                yield pair
        else:
            value = float(text)
            if not domain.get("least", -math.inf) <= value <= domain.get("most", math.inf) or value <= domain.get(
                "above", -math.inf
            ):
                yield pair


def test_every_link_inside_the_book_leads_to_a_page_and_a_place_on_it(pages):
    broken = []
    for path, page in pages.items():
        for link in page.links + page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith("data:"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            figure, _, state = unquote(parts.fragment).partition(":")
            if not target.exists():
                broken.append(f"{path.relative_to(HTML)} → {link}")
            elif state:
                wrong = impossible(state, pages[target].figures.get(figure, {}))
                broken += [f"{path.relative_to(HTML)} → {link} ({pair})" for pair in wrong]
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                broken.append(f"{path.relative_to(HTML)} → {link} (no such place)")
    assert not broken


def test_pages_load_nothing_from_elsewhere(pages):
    outside = {load for page in pages.values() for load in page.loads if re.match(r"(https?:)?//", load)}
    assert outside == set()


def test_every_chapter_of_the_table_of_contents_is_there():
    assert not [chapter.file for chapter in chapters() if not (HTML / f"{chapter.file}.html").exists()]
