"""Links of the built book to elsewhere: all of them, and whether they still lead somewhere.

``python -m bookwork.release.links`` asks for every address once, politely: by HEAD, by GET where
that is refused, and again after a pause where the server is busy or silent. Links to this
repository are looked up in the working tree instead, since what is new here is not there yet.
Without a network the links are listed and nothing is checked. The exit status is 1 if a link is
dead.

Sphinx's own ``linkcheck`` sees neither links in raw HTML, as in the outputs of notebooks, nor those
of the theme, such as the launch buttons: it reads documents, and this reads pages.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urldefrag, urlsplit

import httpx

from bookwork.book import HTML, ROOT, config

__all__ = ["Verdict", "ask", "check", "dead_here", "links_of", "main"]

_AGENT = "Mozilla/5.0 (compatible; link check of the book Implicit Acceleration)"
# A server that answers so is there; it only wants no machine to look. A reader's browser gets through.
_REFUSED = {401, 403, 405, 406, 418, 451, 999}
_BUSY = {429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Verdict:
    """What came of a link, and why.

    `state` is ``"ok"``, ``"refused"`` (there, but not for machines), ``"dead"``, ``"busy"`` or ``"silent"``.
    """

    link: str
    state: str
    reason: str = ""


class _Anchors(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        link = dict(attrs).get("href") if tag == "a" else None
        if link and re.match(r"https?://", link):
            self.found.append(urldefrag(link).url)


def links_of(html: Path) -> dict[str, list[str]]:
    """The outside links of the pages under `html`, each with the pages that have it, in the order of their names."""
    found: dict[str, list[str]] = {}
    for path in sorted(html.rglob("*.html")):
        if "_static" not in path.parts:
            for link in dict.fromkeys(_Anchors(path.read_text("utf-8")).found):
                found.setdefault(link, []).append(str(path.relative_to(html)))
    return found


def dead_here(links: Iterable[str], repository: str, root: Path = ROOT) -> Iterator[Verdict]:
    """Those of `links` to `repository`, or to a launcher of it, that name a file which `root` has not."""
    name = urlsplit(repository).path.strip("/")
    for link in links:
        parts = urlsplit(link)
        if f"/{name}/" not in f"{parts.path}/":
            continue
        in_tree = re.search(rf"/{re.escape(name)}/(?:blob|edit|raw|tree)/[^/]+/(.+)", parts.path)
        launched = re.fullmatch(r"(?:lab/)?tree/(.+)", parse_qs(parts.query).get("urlpath", [""])[0])
        file = (in_tree or launched or [None, None])[1]
        missing = file is not None and not (root / unquote(file)).exists()
        yield Verdict(link, "dead" if missing else "ok", f"there is no {file} in the working tree" if missing else "")


def ask(link: str, client: httpx.Client) -> Verdict:
    """Ask for `link` once."""
    try:
        status = client.head(link).status_code
        if status >= 400:  # some servers know no HEAD, and some answer it wrongly
            with client.stream("GET", link) as response:
                status = response.status_code
    except httpx.HTTPError as error:
        return Verdict(link, "silent", f"{type(error).__name__}: {error}")
    state = "ok" if status < 400 else "busy" if status in _BUSY else "refused" if status in _REFUSED else "dead"
    return Verdict(link, state, "" if state == "ok" else f"answers {status}")


def check(links: Sequence[str], client: httpx.Client, *, tries: int = 3, pause: float = 10.0) -> list[Verdict]:
    """Ask for all `links`; for those busy or silent again, `tries` times in all and `pause` seconds apart.

    If all are silent at first, there is no network, and they are not asked again.
    """
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda link: ask(link, client), links))
        if all(verdict.state == "silent" for verdict in verdicts):
            return verdicts
        for _ in range(tries - 1):
            again = [verdict.link for verdict in verdicts if verdict.state in ("busy", "silent")]
            if again:
                time.sleep(pause)
            newer = {verdict.link: verdict for verdict in pool.map(lambda link: ask(link, client), again)}
            verdicts = [newer.get(verdict.link, verdict) for verdict in verdicts]
    return verdicts


def main() -> int:
    """The command line; returns its exit status."""
    pages = links_of(HTML)
    if not pages:
        print(f"the book is not built in {HTML}: run `make book` first", file=sys.stderr)
        return 2
    repository = config()["repository"]["url"]
    here = list(dead_here(pages, repository))
    with httpx.Client(headers={"User-Agent": _AGENT}, follow_redirects=True, timeout=30) as client:
        outside = check(sorted(set(pages) - {verdict.link for verdict in here}), client)
    no_network = bool(outside) and all(verdict.state == "silent" for verdict in outside)
    for verdict in (*here, *outside):
        if verdict.state != "ok":
            state, reason = ("unchecked", "") if no_network and verdict in outside else (verdict.state, verdict.reason)
            print(
                f"{state:<10}{verdict.link}  {reason}".rstrip() + f"\n{'':<10}on {', '.join(pages[verdict.link][:5])}"
            )
    print(f"{len(here)} links to this repository, looked up in the working tree; {len(outside)} to elsewhere.")
    counts = Counter(verdict.state for verdict in (here if no_network else (*here, *outside)))
    print(", ".join(f"{count} {state}" for state, count in counts.most_common()) + ".")
    if no_network:
        print("There is no network from here: of the links to elsewhere, listed above, none was checked.")
    return int(
        any(counts[state] for state in ("dead", "busy", "silent")) or (no_network and bool(os.environ.get("CI")))
    )


if __name__ == "__main__":
    sys.exit(main())
