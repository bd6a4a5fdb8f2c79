"""`make watch`: the book in the browser, built anew when a file is saved, with the page reloaded.

A saved chapter or template is built in a process forked from one that has imported Sphinx already.
A saved style is copied. A saved figure (script, style or module) is made anew in the chapters that
store it (:mod:`bookwork.writing.figures`), and they are built: those that are open in a browser
first. Warnings are shown and hold nothing up; `make book` is the judge.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bookwork.book import HTML, ROOT

__all__ = ["Builds", "main", "serve", "what_to_do"]

WATCHED = ("chapters", "_static", "_templates", "_config.yml", "_toc.yml", "code/deeplinear", "code/bookwork/sphinx")
_RELOAD = b'<script>new EventSource("/_built" + location.pathname).onmessage = () => location.reload();</script>'


class Builds:
    """How many builds there were, and the pages in browsers that wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self.open: Counter[str] = Counter()
        self._news = threading.Condition()

    def done(self) -> None:
        """Tell those who wait."""
        with self._news:
            self.count += 1
            self._news.notify_all()

    def wait(self, seen: int, timeout: float) -> bool:
        """Whether there is a build after number `seen`, at the latest after `timeout` seconds."""
        with self._news:
            return self._news.wait_for(lambda: self.count > seen, timeout)


class _Page(SimpleHTTPRequestHandler):
    """The built pages, each with a line that reloads it after the next build."""

    builds: Builds

    def do_GET(self) -> None:
        if self.path.startswith("/_built/"):
            self._report(self.path.removeprefix("/_built/"))
            return
        path = Path(self.translate_path(self.path))
        if path.suffix != ".html" or not path.is_file():
            super().do_GET()
            return
        body = path.read_bytes().replace(b"</body>", _RELOAD + b"</body>")
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _report(self, page: str) -> None:
        """One event after the next build; until then a word every few seconds shows whether anybody listens."""
        seen = self.builds.count
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.builds.open[page] += 1
        try:
            while not self.builds.wait(seen, 5):
                self.wfile.write(b": nothing yet\n\n")
            self.wfile.write(b"data: built\n\n")
        except OSError:  # the page was closed
            return
        finally:
            self.builds.open[page] -= 1

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing of a request."""


@contextmanager
def serve(builds: Builds, port: int = 0, folder: Path = HTML) -> Iterator[str]:
    """Serve `folder` for the time of the context; its address."""
    handler = type("_PageOf", (_Page,), {"builds": builds})
    server = ThreadingHTTPServer(("127.0.0.1", port), lambda *request: handler(*request, directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def what_to_do(saved: Iterable[Path]) -> tuple[list[Path], bool, bool]:
    """Styles to copy, whether figures are to be made anew, and whether pages are to be built.

    >>> from bookwork.book import ROOT
    >>> from bookwork.writing.watch import what_to_do
    >>> what_to_do([ROOT / "code/deeplinear/explorables/frame/host.mjs"])
    ([], True, True)
    """
    passing = {".pyc", ".tmp"}
    relative = [
        path.relative_to(ROOT)
        for path in saved
        if path.suffix not in passing and ".ipynb_checkpoints" not in path.parts
    ]
    styles = [path for path in relative if path.parts[0] == "_static"]
    figures = any(path.parts[:2] == ("code", "deeplinear") for path in relative)
    return styles, figures, any(path.parts[0] != "_static" for path in relative)


def act(saved: Iterable[Path], builds: Builds) -> None:
    """Do it, and tell the browsers as soon as their pages are built."""
    styles, figures, pages = what_to_do(saved)
    for path in styles:
        if (ROOT / path).is_file():
            shutil.copy(ROOT / path, HTML / path)
    seen = [
        path for page, count in builds.open.items() if count and (path := ROOT / page).with_suffix(".ipynb").exists()
    ]
    if figures and seen:
        _apart(_remake, [path.with_suffix(".ipynb") for path in seen])
        _apart(_build)
        builds.done()
    if figures:
        _apart(_remake, [])
    if pages:
        _apart(_build)
    if styles or pages:
        builds.done()


def _apart(job: Callable[..., None], *arguments: Any) -> None:
    """Run `job` in a fork of a process that holds what builds import, but nothing of ours, which may have changed."""
    fresh = multiprocessing.get_context("forkserver")
    fresh.set_forkserver_preload(["bookwork.writing.prepared", "anywidget", "numpy"])
    process = fresh.Process(target=job, args=arguments)
    process.start()
    process.join()


def _build() -> None:
    from bookwork.writing.build import build

    build(ROOT, ("-n", "--keep-going"))


def _remake(notebooks: list[Path]) -> None:
    from bookwork.writing import figures

    figures.main([str(path) for path in notebooks])


def main() -> int:
    """The command line; ends with Ctrl+C."""
    from watchfiles import watch

    parser = argparse.ArgumentParser(prog="make watch", description="Show the book, and what is saved as it is saved.")
    parser.add_argument("--port", type=int, default=8000, help="0 takes any that is free; default: 8000")
    options = parser.parse_args()
    builds = Builds()
    _apart(_build)
    with serve(builds, options.port) as address:
        print(f"The book: {address}/chapters/preface.html   Ctrl+C ends this.", flush=True)
        for changes in watch(*(ROOT / name for name in WATCHED), debounce=300, raise_interrupt=False):
            start = time.perf_counter()
            saved = [Path(path) for _, path in changes]
            if any(what_to_do(saved)):
                act(saved, builds)
                names = ", ".join(sorted({path.name for path in saved})[:3])
                print(f"{names}: shown after {time.perf_counter() - start:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
