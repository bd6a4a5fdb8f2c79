"""The buttons of a page that open it elsewhere: each leads to this very page's source, in the book's own repository."""

import re
from html import unescape

import pytest

from bookwork.book import HTML, ROOT, chapters
from bookwork.release.repository import repository

pytestmark = pytest.mark.browser


def pages():
    return [chapter.file for chapter in chapters()]


@pytest.mark.parametrize("page", pages())
def test_the_buttons_lead_to_the_source_of_the_page(page):
    text = (HTML / f"{page}.html").read_text(encoding="utf-8")
    links = {unescape(link) for link in re.findall(r'<a href="([^"]+)" target="_blank"\s+class="btn', text)}
    (source,) = ROOT.glob(f"{page}.*")
    ours, file = repository(), source.relative_to(ROOT).as_posix()
    launched = {
        f"https://mybinder.org/v2/gh/{ours.slug}/main?urlpath=lab/tree/{file}",
        f"https://colab.research.google.com/github/{ours.slug}/blob/main/{file}",
    }
    if source.suffix == ".ipynb":
        assert launched <= links
    else:  # nothing to run
        assert not [link for link in links if "mybinder" in link or "colab" in link]
    assert ours.url in links
    (download,) = [link for link in links if "_sources/" in link]
    assert ((HTML / f"{page}.html").parent / download).resolve().read_bytes() == source.read_bytes()


def test_the_cell_for_colab_is_in_the_notebook_to_download_and_not_on_the_page():
    page = "chapters/theory/balance"
    assert "google.colab" in (HTML / "_sources" / f"{page}.ipynb").read_text(encoding="utf-8")
    assert "google.colab" not in (HTML / f"{page}.html").read_text(encoding="utf-8")
