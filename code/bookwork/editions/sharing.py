"""For Sphinx: what search engines and links elsewhere need to know of a page.

It is taken from the page and from ``_config.yml``. The published extensions for Open Graph and site
maps would bring the tags of these lists, a fifth of what is here: neither the words of a page's
objectives, nor its card, nor the address of a fork.

The address of the site is that of :func:`bookwork.release.repository.site`. A page gets a
description in its own opening's words, an address to be known by, and a card
(:mod:`bookwork.editions.cards`); the site gets ``sitemap.xml``, ``robots.txt`` and its first page.
"""

from __future__ import annotations

import hashlib
import json
import re
from html import escape
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape as escape_xml

from bookwork.editions import cards
from bookwork.files import write
from bookwork.release.repository import site

__all__ = ["description", "setup"]

#: The most characters that a description has.
LONGEST = 159
_FOLDER = "_cards"


def description(doctree: Any, title: str) -> str:
    """What a page is about, in its own words: the first thing that a chapter teaches, or else how a page begins."""
    from docutils import nodes

    opening = next((node for node in doctree.findall(nodes.note)), None) or next(
        (node for node in doctree.findall(nodes.Admonition) if "In this chapter" in node.astext()), None
    )
    items = [] if opening is None else list(opening.findall(nodes.list_item))
    if items:
        first = _words(items[0]).rstrip(",.")
        return _fitting(f"{title}. {first[0].upper()}{first[1:]}.")
    paragraphs = (
        _words(node) for node in doctree.findall(nodes.paragraph) if not isinstance(node.parent, nodes.list_item)
    )
    return _fitting(f"{title}. " + next((text for text in paragraphs if len(text) > 40), ""))


def _words(node: Any) -> str:
    """The text of a node on one line, formulas in plain letters."""
    from docutils import nodes

    parts = []
    for leaf in node.findall(nodes.Text):
        formula = isinstance(leaf.parent, nodes.math)
        parts.append(_plain(str(leaf)) if formula else str(leaf))
    return " ".join("".join(parts).split())


_LETTERS = {r"\ell": "ℓ", r"\eta": "η", r"\lambda": "λ", r"\mapsto": " ↦ ", r"\to": " → ", r"\cdots": "⋯", r"\top": "ᵀ"}


def _plain(formula: str) -> str:
    """A short formula without its mark-up: ``w = w_1w_2`` is w = w₁w₂."""
    for command, letter in _LETTERS.items():
        formula = re.sub(rf"{re.escape(command)}(?![a-zA-Z])\s*", letter, formula)
    formula = re.sub(r"_\{?(\d+)\}?", lambda found: "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in found[1]), formula)
    return re.sub(r"\\[a-zA-Z]+|[\\{}$]", "", formula)


def _fitting(text: str) -> str:
    """`text`, or as much of it as a description may have: whole sentences if one fits, else whole words."""
    if len(text) <= LONGEST:
        return text.strip()
    ends = [found.end() for found in re.finditer(r"[.?!](?= )", text[: LONGEST + 1]) if found.end() > 60]
    return text[: ends[-1]] if ends else text[:LONGEST].rsplit(" ", 1)[0].rstrip(",;: ") + "…"


def set_address(app: Any, config: Any) -> None:
    """Sphinx writes canonical addresses if it knows where the site is."""
    config.html_baseurl = site(Path(app.srcdir))


def add_tags(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """The tags of a page's head, and its card."""
    book, title = app.config.html_title, re.sub(r"<[^>]+>", "", context.get("title") or "")
    if doctree is None:  # the index, the search: lists that say nothing of themselves
        context["metatags"] = _names({"description": f"{title or pagename} of the book {book}", "robots": "noindex"})
        return
    title = next((heading.astext() for heading in doctree.findall() if heading.tagname == "title"), title)
    said, (width, height) = description(doctree, title), cards.SIZE
    picture, seen = cards.figure(Path(app.env.doc2path(pagename)))
    image = Path(_FOLDER) / f"{pagename.replace('/', '-')}.png"
    write(Path(app.outdir) / image, _card(Path(app.doctreedir) / _FOLDER, title, book, picture))
    address = app.config.html_baseurl
    properties = {
        "og:type": "article",
        "og:site_name": book,
        "og:title": title,
        "og:description": said,
        "og:url": f"{address}{app.builder.get_target_uri(pagename)}",
        "og:image": f"{address}{image.as_posix()}",
        "og:image:type": "image/png",
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": f"{title}: {seen}",
    }
    tags = _names({"description": said, "twitter:card": "summary_large_image"})
    tags += "".join(f'<meta property="{key}" content="{escape(value)}" />\n' for key, value in properties.items())
    context["metatags"] = context.get("metatags", "") + tags
    if pagename == app.config.root_doc:
        # What shows links does not follow a redirect written in a page, so the site's own address says the same.
        target = escape(app.builder.get_target_uri(pagename))
        first = _FIRST.format(book=escape(book), target=target, address=address, tags=tags)
        (Path(app.outdir) / "index.html").write_text(first, encoding="utf-8")


def _card(kept: Path, *contents: str) -> bytes:
    """The card, drawn only if the folder `kept` has none with these contents: to draw one takes half a second."""
    path = kept / f"{hashlib.sha256(json.dumps(contents).encode()).hexdigest()}.png"
    if not path.exists():
        write(path, cards.card(*contents))
    return path.read_bytes()


def write_lists(app: Any, exception: Exception | None) -> None:
    """The list of pages for search engines, and the file that points to it."""
    if exception is not None or app.builder.format != "html":
        return
    address, pages = app.config.html_baseurl, sorted(map(app.builder.get_target_uri, app.env.found_docs))
    entries = "".join(f"<url><loc>{escape_xml(address + page)}</loc></url>\n" for page in pages)
    (Path(app.outdir) / "sitemap.xml").write_text(_SITEMAP.format(entries=entries), encoding="utf-8")
    robots = f"User-agent: *\nAllow: /\n\nSitemap: {address}sitemap.xml\n"
    (Path(app.outdir) / "robots.txt").write_text(robots, encoding="utf-8")


_SITEMAP = """\
<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{entries}</urlset>
"""

_FIRST = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta http-equiv="refresh" content="0; url={target}" />
<link rel="canonical" href="{address}{target}" />
<title>{book}</title>
{tags}</head>
<body><main><h1>{book}</h1><p><a href="{target}">To the first page</a></p></main></body>
</html>
"""


def _names(tags: dict[str, str]) -> str:
    return "".join(f'<meta name="{key}" content="{escape(value)}" />\n' for key, value in tags.items())


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("config-inited", set_address)
    app.connect("html-page-context", add_tags)
    app.connect("build-finished", write_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
