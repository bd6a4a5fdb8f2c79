"""The built pages of the book as one document for paper.

Chapters follow each other as in ``_toc.yml``, under the headings of their parts. Solutions move to
the end. What only works on a screen goes: buttons, permalinks, scripts; of a live figure its poster
stays. A link inside the book leads to its place in the document, and ``<a class="page">`` says on
which page that is, once :mod:`bookwork.editions.pdf` has filled the numbers in.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import AttributeValueList, NavigableString

from bookwork.book import Chapter

__all__ = ["document", "headings", "key"]

# Only the page has these: permalinks, the second copy of every formula (MathML), and what makes a figure live.
_SCREEN_ONLY = (
    ".headerlink, .katex-mathml, script, button, details.hide > summary, .dl-explorable > :not(style, .dlx-poster)"
)
_SHORT = 16  # a cell of so many lines is not worth a page break inside it
_REFERENCES = re.compile(r"url\(#([^)]+)\)")


def key(file: str, place: str = "") -> str:
    """The id, in the document, of a page or of a place on it.

    >>> from bookwork.editions.print_view import key
    >>> key("chapters/theory/balance"), key("chapters/theory/balance", "exercises")
    ('theory-balance', 'theory-balance--exercises')
    """
    page = file.removeprefix("chapters/").replace("/", "-")
    return f"{page}--{place}" if place else page


def document(html: Path, included: Sequence[Chapter], front: dict[str, str]) -> str:
    """The whole document.

    Parameters
    ----------
    html : Path
        The folder of the built book.
    included : sequence of Chapter
        The pages to take; links to any other page become plain text.
    front : dict
        ``title``, ``author`` and ``version`` for the title page, and ``address``, of the book online.

    Raises
    ------
    FileNotFoundError
        If a page is not built.
    ValueError
        If the mathematics of a page is not typeset.
    """
    pages = {chapter: _page(html, chapter, {c.file for c in included}) for chapter in included}
    titles = {chapter: page.h1.decode_contents() for chapter, page in pages.items() if page.h1}
    solutions = {chapter: list(_taken_out(page, chapter)) for chapter, page in pages.items()}
    body = [_title_page(front), _contents(titles)]
    part = ""
    for chapter, page in pages.items():
        opening = (
            f"<h1 class='part' id='{_part_key(chapter.part)}'>{escape(chapter.part)}</h1>"
            if chapter.part != part
            else ""
        )
        part = chapter.part
        _shift_headings(page, 1 if part else 0)
        body.append(
            f"<article class='chapter' style='page: {key(chapter.file)}'>{opening}{page.decode_contents()}</article>"
        )
    body.append("<section class='solutions'><h1 id='solutions'>Solutions</h1>")
    for chapter, found in solutions.items():
        if found:
            body.append(f"<section><h2>{titles[chapter]}</h2>{''.join(map(str, found))}</section>")
    body.append("</section>")
    heads = {key(chapter.file): BeautifulSoup(title, "html.parser").get_text() for chapter, title in titles.items()}
    return _HEAD.format(title=escape(front["title"]), styles=_styles(heads)) + "\n".join(body) + "</body></html>"


def headings(document: str) -> list[tuple[str, str]]:
    """All headings of a document: without its formulas, and with them.

    >>> from bookwork.editions.print_view import headings
    >>> headings("<h1>Part I</h1><h2>A factor\\n of <span class='math'>N</span></h2>")
    [('Part I', 'Part I'), ('A factor of', 'A factor of N')]
    """
    pairs = []
    for markup in re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", document, re.DOTALL):
        heading = BeautifulSoup(markup, "html.parser")
        whole = heading.get_text()
        for formula in heading.select(".math"):
            formula.decompose()
        pairs.append((" ".join(heading.get_text().split()), " ".join(whole.split())))
    return pairs


def _page(html: Path, chapter: Chapter, included: set[str]) -> Tag:
    path = html / f"{chapter.file}.html"
    if not path.exists():
        raise FileNotFoundError(f"{path} is not built: run `make book` first")
    text = path.read_text(encoding="utf-8")
    article = BeautifulSoup(text[text.index("<article") : text.index("</article>")], "html.parser").article
    assert article is not None
    if article.select_one(".math") and not article.select_one(".math .katex"):
        raise ValueError(
            f"the mathematics of {path} is not typeset: run `make clean book` with the book's own environment"
        )
    for formula in article.select(".katex"):  # spoken as its source, for want of MathML on paper
        source = formula.select_one("annotation")
        if source is not None and formula.parent is not None:
            formula["role"], formula["aria-label"] = "img", source.get_text()
    for element in article.select(_SCREEN_ONLY):
        element.decompose()
    for details in article.select("details.hide"):
        details.unwrap()
    for block in article.select("pre"):
        block["style"] = f"--columns: {max(map(len, block.get_text().splitlines()), default=0)}"
    for cell in article.select("div.cell"):
        if sum(block.get_text().count("\n") for block in cell.select("pre")) <= _SHORT and not cell.select_one(
            "figure"
        ):
            cell["class"] = AttributeValueList([*cell.get_attribute_list("class"), "short"])
    _keep_punctuation(article)
    for figure in article.select(".dl-explorable"):
        _append(figure, "<p class='live'>A live figure: the online book has its controls.</p>")
    _rename(article, chapter.file)
    _relink(article, chapter.file, included)
    if article.h1:
        article.h1["id"] = key(chapter.file)
    return article


def _keep_punctuation(article: Tag) -> None:
    """A formula is a box, and a line may break after it: the comma that follows goes into the box."""
    for formula in article.select("span.math"):
        after, last = formula.next_sibling, formula.select(".katex-html > .base")[-1:]
        if isinstance(after, NavigableString) and last and (mark := re.match(r"[.,;:?!)’”]+", after)):
            last[0].append(mark[0])
            after.replace_with(NavigableString(after[mark.end() :]))


def _rename(article: Tag, file: str) -> None:
    """Ids are those of a page; in the document they carry the page's name, also where a drawing refers to them."""
    seen = set()
    for element in article.select("[id]"):
        name = key(file, str(element["id"]))
        if name in seen:
            del element["id"]
        else:
            element["id"] = name
        seen.add(name)
    for drawing in article.select("svg"):
        for element in drawing.select("*"):
            for name, value in list(element.attrs.items()):
                if element.name != "a" and name in ("href", "xlink:href") and str(value).startswith("#"):
                    element[name] = f"#{key(file, str(value)[1:])}"
                elif "url(#" in str(value):
                    element[name] = _REFERENCES.sub(lambda found: f"url(#{key(file, found[1])})", str(value))


def _relink(article: Tag, file: str, included: set[str]) -> None:
    for link in article.select("a[href]"):
        target = urlsplit(str(link["href"]))
        if target.scheme or target.netloc:
            continue
        path = (
            posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(target.path))) if target.path else file
        )
        page, place = path.removesuffix(".html"), unquote(target.fragment)
        if page not in included or ":" in place:  # the latter is the state of a live figure
            link.unwrap()
            continue
        link["href"] = f"#{key(page, place)}"
        if page != file and not (link.find_parent("svg") or link.find_parent(class_="evidence")):
            number = BeautifulSoup(
                f"<span class='see'> (p. <a class='page' href='{link['href']}'>0</a>)</span>", "html.parser"
            )
            link.insert_after(number)


def _taken_out(article: Tag, chapter: Chapter) -> Iterator[Tag]:
    """Take the solutions out of a chapter, and leave a word where they went."""
    for number, solution in enumerate(article.select("div.solution"), start=1):
        name = key(chapter.file, f"solution-{number}")
        note = f"<p class='to-solution'><a href='#{name}'>Solution</a> on page <a class='page' href='#{name}'>0</a></p>"
        solution.replace_with(BeautifulSoup(note, "html.parser"))
        solution["id"] = name
        yield solution


def _shift_headings(article: Tag, by: int) -> None:
    for heading in article.select("h1, h2, h3, h4, h5, h6"):
        heading["class"] = "chapter-title" if heading.name == "h1" else f"level-{heading.name[1]}"
        heading.name = f"h{min(int(heading.name[1]) + by, 6)}"


def _append(element: Tag, markup: str) -> None:
    element.append(BeautifulSoup(markup, "html.parser"))


def _part_key(part: str) -> str:
    return "part-" + re.sub(r"\W+", "-", part.casefold()).strip("-")


def _title_page(front: dict[str, str]) -> str:
    shown: dict[str, Any] = {name: escape(value) for name, value in front.items()}
    return _TITLE_PAGE.format(**shown)


def _contents(titles: dict[Chapter, str]) -> str:
    lines, part = [], ""
    for chapter, title in titles.items():
        if chapter.part != part:
            part = chapter.part
            lines.append(f"<li class='part'><a href='#{_part_key(part)}'>{escape(part)}</a></li>")
        lines.append(_line(key(chapter.file), title))
    lines.append(_line("solutions", "Solutions").replace("<li>", "<li class='part'>"))
    return f"<nav class='contents'><h1>Contents</h1><ul>{''.join(lines)}</ul></nav>"


def _line(target: str, title: str) -> str:
    return f"<li><a href='#{target}'>{title}</a><span class='dots'></span><a class='page' href='#{target}'>0</a></li>"


def _styles(heads: dict[str, str]) -> str:
    """The print style sheet, and the title of each chapter at the head of its pages."""
    running = (f"@page {name} {{ @top-right {{ content: {_quoted(title)}; }} }}" for name, title in heads.items())
    return (Path(__file__).with_name("print.css")).read_text(encoding="utf-8") + "\n".join(running)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_HEAD = """<!doctype html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/_static/pygments.css"><link rel="stylesheet" href="/_static/katex/katex.min.css">
<style>{styles}</style></head><body>
"""

_TITLE_PAGE = """<header class="title-page">
<p class="title">{title}</p>
<p class="subtitle">An interactive textbook on deep linear networks, on paper</p>
<p class="author">{author}</p>
<p class="colophon">Version {version}. The book with its live figures, and the notebooks behind it:
<a href="{address}">{address}</a>. Text and figures are under the Creative Commons licence CC BY 4.0, code is under the
BSD 3-Clause licence.</p>
</header>
"""
