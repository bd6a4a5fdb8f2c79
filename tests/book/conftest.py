"""A browser, the built book on a local address, and pages that refuse every request to anywhere else."""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest

from bookwork import chromium

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html"))
SWITCHES = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


def missing(reason):
    """What a browser test needs is not there: a word to a reader, a failure in continuous integration."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


class _Quiet(http.server.SimpleHTTPRequestHandler):
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
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(HTML)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(browser, book):
    """Open pages of the book offline: ``open_page("chapters/preface.html", width=375)``.

    Each page carries `outside`, the requests to elsewhere, all refused, and `errors`, what went to the console as an error.
    """
    contexts = []

    def open_one(path, width=1200, height=900, **settings):
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.outside, page.errors, page.used_workers = [], [], []

        def route(route):
            url = route.request.url
            if url.startswith((book, "data:", "blob:")):
                return route.continue_()
            page.outside.append(url)
            return route.abort()

        page.route("**/*", route)
        page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("worker", lambda worker: page.used_workers.append(worker.url[:40]))
        page.goto(f"{book}/{path}")
        return page

    yield open_one
    for context in contexts:
        context.close()
