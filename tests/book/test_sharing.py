"""What search engines, and links elsewhere, find on the built pages.

And that no address which was ever published is lost.
"""

import re
import struct
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bookwork.book import HTML, ROOT, chapters, config
from bookwork.release.repository import site

PUBLISHED = Path(__file__).with_name("published.txt")
pytestmark = pytest.mark.browser


class Head(HTMLParser):
    """The title, the tags and the canonical address of a page."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.canonical = {}, []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "meta" and values.get("content") is not None:
            self.tags.setdefault(values.get("property") or values.get("name"), []).append(values["content"])
        if tag == "link" and values.get("rel") == "canonical":
            self.canonical.append(values["href"])


@pytest.fixture(scope="module")
def written():
    """The pages that have a source: path from the root of the site, and head."""
    files = [chapter.file for chapter in chapters()]
    assert (HTML / f"{files[0]}.html").exists(), "the book is not built: run `make book` first"
    return {f"{file}.html": Head(HTML / f"{file}.html") for file in files}


def test_every_page_has_one_description_of_its_own_that_is_short_enough_to_be_shown_whole(written):
    descriptions = {}
    for path in HTML.rglob("*.html"):
        if "_static" not in path.parts:
            found = Head(path).tags.get("description", [])
            assert len(found) == 1, f"{path}: {found}"
            descriptions[path.relative_to(HTML).as_posix()] = found[0]
    assert all(len(text) < 160 for text in descriptions.values())
    assert all(len(descriptions[path]) > 70 and not re.search(r"[$\\{}]|  ", descriptions[path]) for path in written)
    assert descriptions.pop("index.html") == descriptions["chapters/preface.html"]  # the first page leads there
    assert len(set(descriptions.values())) == len(descriptions)


def test_a_description_is_the_chapters_own_words(written):
    (said,) = written["chapters/theory/balance.html"].tags["description"]
    assert said.startswith("Balance. Write down the quantity that gradient flow conserves")
    source = (ROOT / "chapters/theory/balance.ipynb").read_text(encoding="utf-8")
    assert said.removeprefix("Balance. W").rstrip(".") in source


def test_a_page_is_known_by_one_address_and_its_card_says_the_same(written):
    for path, head in written.items():
        assert head.canonical == [site() + path]
        assert head.tags["og:url"] == head.canonical
        assert head.tags["og:description"] == head.tags["description"]
        assert head.tags["og:title"][0] in head.tags["description"][0]
        assert head.tags["twitter:card"] == ["summary_large_image"]
        assert head.tags["og:image:alt"][0].strip()
        assert all(
            len(values) == 1 for name, values in head.tags.items() if name and name.startswith(("og:", "twitter:"))
        )


def test_a_card_is_a_picture_of_the_size_it_says_and_each_page_has_its_own(written):
    seen = set()
    for head in written.values():
        (address,) = head.tags["og:image"]
        content = (HTML / address.removeprefix(site())).read_bytes()
        assert content.startswith(b"\x89PNG")
        size = struct.unpack(">2I", content[16:24])
        assert size == (1200, 630) == (int(head.tags["og:image:width"][0]), int(head.tags["og:image:height"][0]))
        assert len(content) < 1_000_000
        seen.add(content)
    assert len(seen) == len(written)


def test_the_sites_own_address_has_the_card_of_the_first_page_and_leads_there(written):
    index, first = Head(HTML / "index.html"), written["chapters/preface.html"]
    assert index.canonical == first.canonical
    assert {name: value for name, value in index.tags.items() if name and name.startswith("og:")} == {
        name: value for name, value in first.tags.items() if name and name.startswith("og:")
    }
    assert 'url=chapters/preface.html"' in (HTML / "index.html").read_text(encoding="utf-8")


def test_search_engines_are_told_of_every_page_and_of_no_list(written):
    tree = ElementTree.parse(HTML / "sitemap.xml")
    addresses = [place.text for place in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert addresses == sorted(site() + path for path in written)
    assert f"Sitemap: {site()}sitemap.xml" in (HTML / "robots.txt").read_text()
    assert Head(HTML / "search.html").tags["robots"] == ["noindex"]


def test_every_page_that_was_ever_published_is_there_or_leads_to_one_that_is(written):
    published = PUBLISHED.read_text(encoding="utf-8").split()
    new = sorted(set(written) - set(published))
    assert not new, f"add to {PUBLISHED.relative_to(ROOT)}, for good: {', '.join(new)}"
    lost = [path for path in published if not (HTML / path).exists()]
    assert not lost, f"{', '.join(lost)} is gone: say where it went in `redirects` of _config.yml"
    redirects = config()["sphinx"]["config"]["redirects"]
    for old, target in (redirects or {}).items():
        assert target.startswith("/"), f"{old}: {target} must be a path from the root of the site, /chapters/..."
        assert f"{old}.html" in published, f"{old}.html was never published, so it needs no redirect"
        assert target.partition("#")[0].removeprefix("/") in written, f"{old} leads to {target}, which is no page"


def test_a_page_that_moved_leads_to_its_new_place_at_the_address_that_the_configuration_gives(tmp_path, browser):
    """A book of one page, built with our extensions."""
    (tmp_path / "new.md").write_text(
        "# New\n\nA page that went from one place to another, and is found at both.\n\n## There\n"
    )
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: new\n")
    (tmp_path / "_config.yml").write_text(
        "title: Small\n"
        "html:\n  baseurl: https://small.example.org/deep\n"
        "repository:\n  url: https://github.com/Some-One/small\n"
        "sphinx:\n  extra_extensions: [sphinx_reredirects]\n"
        f"  local_extensions:\n    bookwork.editions.sharing: {ROOT / 'code'}\n"
        "  config:\n    redirects: {part/old: /new.html}\n"
    )
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-q", "-W", "--keep-going", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    built = tmp_path / "_build" / "html"
    head = Head(built / "new.html")
    assert head.canonical == head.tags["og:url"] == ["https://small.example.org/deep/new.html"]
    assert "<loc>https://small.example.org/deep/new.html</loc>" in (built / "sitemap.xml").read_text()
    page = browser.new_page()
    try:
        page.route(re.compile("^https?:"), lambda route: route.abort())
        page.goto((built / "part" / "old.html").as_uri() + "#there", wait_until="commit")
        page.wait_for_url("**/new.html#there", wait_until="commit")
        assert page.locator("article h1").text_content().startswith("New")
    finally:
        page.close()
