"""Lighthouse on three pages of the built book, on a local address that compresses and caches as a static host does.

Accessibility and best practices must be 100. The speed is the median of some runs and only
reported: it depends on the machine.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bookwork import chromium
from bookwork.book import HTML

__all__ = ["main", "serve"]

VERSION = "12.8.2"  # 13 needs Node 22
PAGES = ("chapters/preface", "chapters/theory/depth-as-preconditioner", "chapters/experiments/l2-and-l4")
STRICT = ("accessibility", "best-practices")
METRICS = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift")
TEXT = (".html", ".css", ".js", ".mjs", ".json", ".svg")


class _StaticHost(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in TEXT or not path.is_file():
            super().do_GET()
            return
        body = gzip.compress(path.read_bytes(), 6, mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The address of a folder for the time of the context."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_StaticHost, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def measure(url: str, browser: str) -> dict[str, Any]:
    """One report of Lighthouse with its desktop preset."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["npx", "--yes", f"lighthouse@{VERSION}", url, "--preset=desktop", "--quiet", "--output=json"]
        command += ["--only-categories=performance,accessibility,best-practices", f"--output-path={report}"]
        command += ["--chrome-flags=--headless=new --no-sandbox"]
        subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": browser}, timeout=600)
        content: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return content


def complaints(report: dict[str, Any], category: str) -> list[str]:
    """What costs points in a category, with the first places."""
    lines = []
    for reference in report["categories"][category]["auditRefs"]:
        audit = report["audits"][reference["id"]]
        if reference["weight"] and audit["score"] not in (None, 1):
            items = (audit.get("details") or {}).get("items", [])[:3]
            places = [
                str((item.get("node") or {}).get("snippet") or item.get("description") or item)[:160] for item in items
            ]
            lines += [f"    {category}: {audit['title']}", *(f"      {place}" for place in places)]
    return lines


def main(runs: int = 3) -> int:
    """Print the scores of each page. The exit status is 1 if one of the strict ones is below 100."""
    browser = chromium.executable()
    needs = {
        "the built book: run `make book`": HTML.joinpath("chapters/preface.html").exists(),
        "Node 20 or newer, for npx": shutil.which("npx"),
        "Chromium": browser,
    }
    if missing := [need for need, there in needs.items() if not there]:
        print("Lighthouse needs " + "; ".join(missing))
        return 1
    good = True
    with serve(HTML) as address:
        for page in PAGES:
            try:
                reports = [measure(f"{address}/{page}.html", str(browser)) for _ in range(runs)]
            except subprocess.SubprocessError:
                # Its own limits of time are for a machine with little else to do.
                print(f"{page}: Lighthouse did not finish; what it said is above. On a busy machine, try again later.")
                good = False
                continue
            speed = statistics.median(report["categories"]["performance"]["score"] for report in reports)
            last = reports[-1]
            strict = {name: last["categories"][name]["score"] for name in STRICT}
            print(
                f"{page}: performance {speed * 100:.0f}, " + ", ".join(f"{k} {v * 100:.0f}" for k, v in strict.items())
            )
            for name in METRICS:
                values = sorted(report["audits"][name]["numericValue"] for report in reports)
                print(f"    {last['audits'][name]['title']}: " + ", ".join(f"{value:.3g}" for value in values))
            problems = [line for name in STRICT for line in complaints(last, name)]
            print("\n".join(problems), end="\n" if problems else "", flush=True)
            good = good and all(score == 1 for score in strict.values())
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
