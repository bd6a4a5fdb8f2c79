"""KaTeX is fetched once, whole and genuine, or not at all; formulas come out for the eye and for screen readers."""

import functools
import http.server
import re
import shutil
import threading

import pytest

from bookwork.sphinx import katex, mathematics


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("BOOK_CACHE", str(tmp_path / "cache"))
    katex.package.cache_clear()
    yield tmp_path / "cache"
    katex.package.cache_clear()


@pytest.fixture
def registry(monkeypatch, tmp_path):
    """A registry of ours that holds a broken release."""
    folder = tmp_path / "registry"
    folder.mkdir()
    folder.joinpath(katex.NAME).write_bytes(b"half of a release")
    handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(katex, "URL", f"http://127.0.0.1:{server.server_port}/{katex.NAME}")
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_broken_download_is_refused_and_leaves_nothing_behind(empty_cache, registry):
    with pytest.raises(RuntimeError, match="Connect once and build again") as error:
        katex.package()
    assert str(empty_cache / katex.NAME) in str(error.value)
    assert not [path for path in empty_cache.rglob("*") if path.is_file()]


def test_without_a_network_the_cache_is_enough_and_without_that_the_error_names_the_remedy(empty_cache, monkeypatch):
    monkeypatch.setattr(katex, "URL", f"http://127.0.0.1:9/{katex.NAME}")
    with pytest.raises(RuntimeError, match=re.escape(f"put it at {empty_cache / katex.NAME}")):
        katex.package()
    with monkeypatch.context() as users:
        users.delenv("BOOK_CACHE")
        kept = katex.cache() / katex.NAME
    if not kept.exists():
        pytest.skip("KaTeX is not in the cache: run `make book` first")
    empty_cache.mkdir(exist_ok=True)
    shutil.copy(kept, empty_cache)
    assert katex.SCRIPT in katex.package()


def test_every_font_that_the_style_sheet_names_is_installed(tmp_path):
    katex.install(tmp_path)
    named = set(re.findall(r"url\(([^)]*)\)", tmp_path.joinpath("katex.min.css").read_text(encoding="utf-8")))
    assert len(named) >= 20
    assert named == {f"fonts/{path.name}" for path in tmp_path.joinpath("fonts").iterdir()}
    assert tmp_path.joinpath("LICENSE").exists()


def test_a_formula_is_there_for_the_eye_and_for_screen_readers():
    html = katex.html(r"\lVert w\rVert^{2-\frac2N}", display=True)
    assert "<math" in html
    assert 'class="katex-html" aria-hidden="true"' in html


@pytest.mark.parametrize("formula", [r"\frac{1}", r"\nonsense", "é"])
def test_a_formula_that_cannot_be_typeset_is_an_error(formula):
    with pytest.raises(katex.FormulaError):
        katex.html(formula)


@pytest.mark.parametrize("formula", ["a = b", r"a &= b \\ c &= d", "a = b\n\nc = d", "a &= b\\\\\nc &= d\n\ne = f"])
def test_displayed_formulas_may_have_line_breaks_and_blank_lines(formula):
    from docutils import nodes

    html = mathematics.typeset(nodes.math_block(formula, formula), True)
    assert "katex-display" in html
    assert "<code>" not in html
