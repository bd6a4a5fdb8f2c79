"""`make watch`: what is saved decides what is done, and a page that is open hears of the next build."""

import threading
import urllib.request

from bookwork.book import ROOT
from bookwork.writing.watch import Builds, serve, what_to_do


def test_a_style_is_copied_and_a_figure_is_made_anew_before_pages_are_built():
    assert what_to_do([ROOT / "_static/book.css"])[1:] == (False, False)
    assert what_to_do([ROOT / "chapters/theory/balance.ipynb"]) == ([], False, True)
    assert what_to_do([ROOT / "code/deeplinear/explorables/style.css"]) == ([], True, True)
    assert what_to_do([ROOT / "chapters/theory/.balance.ipynb-x.tmp"]) == ([], False, False)


def test_an_open_page_is_told_of_the_next_build(tmp_path):
    (tmp_path / "page.html").write_text("<html><body><p>Text</p></body></html>")
    builds = Builds()
    with serve(builds, folder=tmp_path) as address:
        page = urllib.request.urlopen(f"{address}/page.html", timeout=10).read().decode()
        assert 'EventSource("/_built"' in page
        with urllib.request.urlopen(f"{address}/_built/page.html", timeout=30) as news:
            threading.Timer(0.2, builds.done).start()
            assert next(line for line in news if line.startswith(b"data")) == b"data: built\n"
