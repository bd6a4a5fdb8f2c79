"""A browser, the built book on a local address, and pages that refuse every request to anywhere else."""

import functools
import http.server
import os
import re
import threading
from pathlib import Path

import pytest

from bookwork import chromium
from deeplinear.explorables import FIGURES

# `test_FOLDER_lab.py` holds a promise of one figure, and goes with it.
collect_ignore = [
    path.name
    for path in Path(__file__).parent.glob("test_*_lab.py")
    if path.stem.removeprefix("test_").removesuffix("_lab") not in FIGURES
]

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html"))
SWITCHES = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-frame-rate-limit",  # no screen waits for a frame: figures that are seen draw as fast as they can
]


def missing(reason):
    """What a browser test needs is not there: a word to a reader, a failure in continuous integration."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


class _Pages(http.server.SimpleHTTPRequestHandler):
    """The built book; a page that is asked for with ``?only=YourFigure`` comes with this live figure alone."""

    def do_GET(self):  # the server's own name for it
        path, _, name = self.path.partition("?only=")
        if not name:
            return super().do_GET()
        html = (HTML / path.lstrip("/")).read_text("utf-8")
        script = re.compile(r'<script type="module">.*?</script>', re.DOTALL)
        body = script.sub(lambda match: match[0] if f'"{name}"' in match[0] else "", html).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def browser():
    executable = chromium.executable()
    if executable is None:
        missing("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        yield running
        running.close()


@pytest.fixture(scope="session")
def book():
    """The address of the built book."""
    if not (HTML / "chapters" / "preface.html").exists():
        missing(f"the book is not built in {HTML}: run `make book` first")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Pages, directory=str(HTML)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def contexts(browser):
    """One window of the browser for each of its settings. What it has loaded once it need not load again."""
    opened = {}

    def with_settings(**settings):
        key = tuple(sorted(settings.items()))
        if key not in opened:
            opened[key] = browser.new_context(**settings)
        return opened[key]

    yield with_settings
    for context in opened.values():
        context.close()


@pytest.fixture
def open_page(contexts, book):
    """Open pages of the book offline: ``open_page("chapters/preface.html", width=375)``.

    Each page carries `outside`, the requests to elsewhere, which all fail, and `errors`, what went to the console as an
    error.
    """
    pages = []

    def open_one(path, width=1200, height=900, **settings):
        page = contexts(**settings).new_page()
        page.set_viewport_size({"width": width, "height": height})
        pages.append((page, settings.get("java_script_enabled", True)))
        page.outside, page.errors, page.used_workers = [], [], []

        def requested(request):
            if not request.url.startswith((book, "data:", "blob:")):
                page.outside.append(request.url)

        page.on("request", requested)
        page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("worker", lambda worker: page.used_workers.append(worker.url[:40]))
        page.goto(f"{book}/{path}")
        return page

    yield open_one
    for page, scripted in pages:
        if scripted:
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        page.close()
