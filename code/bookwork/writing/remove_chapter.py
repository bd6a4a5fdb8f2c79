"""Take a chapter out of the book: ``python -m bookwork.writing.remove_chapter theory/my-chapter``.

Its notebook, the module with its answers and its line in ``_toc.yml`` go. Whatever else points to
it is rewritten: a link becomes its own words, a row of the map or of a reading path goes, a head no
longer asks for it, and a test of one of its statements stays, as a test of none. An address that
was published leads on to the first page.
"""

from __future__ import annotations

import ast
import json
import posixpath
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bookwork.book import ROOT, TOC, Chapter, chapters, markdown, source
from bookwork.evidence.ledger import statements_of
from bookwork.files import write
from bookwork.writing.verdicts import module_of

__all__ = ["main", "remove", "rewritten", "without_claims"]

_LABEL = re.compile(r"^[ ]*:label:[ ]*(\S+)|^\((\S+)\)=$", re.MULTILINE)
_TITLED = re.compile(
    r"\{prf:\w+\}[ ]*([^\n(]*?)[ ]*(?:\([^\n]*\))?\n(?:[ ]*:(?!label:)[\w-]+:.*\n)*[ ]*:label:[ ]*(\S+)"
)


def rewritten(text: str, page: str, gone: Chapter, names: dict[str, str]) -> str:
    """The Markdown of `page` without what points to the chapter `gone`; `names` has its labels, and words for each.

    >>> from bookwork.book import Chapter
    >>> from bookwork.writing.remove_chapter import rewritten
    >>> text = "See [it](../theory/old.ipynb#here), and {prf:ref}`law`."
    >>> rewritten(text, "chapters/experiments/new", Chapter("chapters/theory/old", ""), {"law": "the law"})
    'See it, and the law.'
    """
    way = posixpath.relpath(gone.file, posixpath.dirname(page))
    link = rf"\[([^\]]*)\]\({re.escape(way)}\.(?:ipynb|md)(?:#[^)]*)?\)"
    # Rows of tables that list chapters with their minutes, and of reading paths: they are about nothing else.
    text = re.sub(rf"(?m)^\|(?:[^|\n]*\|)?\s*{link}\s*\|.*\|\s*\d+\s*\|\n", "", text)
    text = re.sub(rf"(?m)^{re.escape(gone.name)}\s*\|.*\n", "", text)
    text = re.sub(r"(?m)^\*\*Time\*\*.*$", lambda head: _head(head[0], link), text)
    text = re.sub(link, r"\1", text)
    for label, words in names.items():
        role = r"\{(?:prf:ref|ref|eq|numref)\}`"
        text = re.sub(rf"{role}([^`<]+?)\s*<{re.escape(label)}>`", r"\1", text)
        text = re.sub(rf"{role}{re.escape(label)}`", words.replace("\\", r"\\"), text)
        text = re.sub(rf"\[([^\]]+)\]\(#{re.escape(label)}\)", r"\1", text)
    return text


def _head(line: str, link: str) -> str:
    """The line of a head that says what to read before, without the chapter."""
    before, _, rest = line.partition("**Before this** ")
    needed, semicolon, helpful = rest.partition("; helpful: ")
    lists = [", ".join(item for item in words.split(", ") if not re.match(link, item)) for words in (needed, helpful)]
    return f"{before}**Before this** {lists[0] or 'nothing more'}" + (f"{semicolon}{lists[1]}" if lists[1] else "")


def without_claims(module: str, domains: Mapping[str, str]) -> str:
    """The source of a module of tests, in which claims name none of these statements any more; the tests stay, and
    carry the domain that their statement has declared.

    >>> from bookwork.writing.remove_chapter import without_claims
    >>> without_claims('@pytest.mark.claim("law", "of it")\\n@over("law")\\ndef test_it(): ...', {"law": "d whole ≥ 1"})
    '@pytest.mark.claim(None, "of it")\\n@over(None, domain="d whole ≥ 1")\\ndef test_it(): ...'
    """
    lines = module.splitlines(keepends=True)
    for node in ast.walk(ast.parse(module)):
        for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            about = mark.args[0] if isinstance(mark, ast.Call) and mark.args else None
            if not isinstance(about, ast.Constant) or str(about.value) not in domains:
                continue
            drawn = ast.unparse(mark).startswith("over(")
            if drawn or ast.unparse(mark).startswith("pytest.mark.claim("):
                nobody = (
                    f"None, domain={json.dumps(domains[str(about.value)], ensure_ascii=False)}" if drawn else "None"
                )
                line = lines[about.lineno - 1]
                lines[about.lineno - 1] = line.replace(ast.get_source_segment(module, about) or "", nobody, 1)
    return "".join(lines)


def remove(gone: Chapter, root: Path = ROOT) -> list[str]:
    """Do it, and return the files that still name the chapter, in words that only a person can mend."""
    text = markdown(gone.file, root)
    names = {first or second: "the statement" for first, second in _LABEL.findall(text)}
    names |= {label: title or "the statement" for title, label in _TITLED.findall(text)}
    domains = dict.fromkeys(names, "") | {stated.id: stated.domain for stated in statements_of(text, gone.file)}
    for chapter in chapters(root):
        if chapter.file != gone.file:
            _rewrite(source(chapter.file, root), chapter.file, gone, names)
    for path in (root / "tests").rglob("test_*.py"):
        before = path.read_text("utf-8")
        after = without_claims(before, domains)
        write(path, after)
    (root / module_of(gone.name)).unlink(missing_ok=True)
    source(gone.file, root).unlink()
    write(root / TOC, re.sub(rf"(?m)^ *- file: {re.escape(gone.file)}\n", "", (root / TOC).read_text("utf-8")))
    _redirect(gone, root)
    return _still_named(gone, root)


def _rewrite(path: Path, page: str, gone: Chapter, names: dict[str, str]) -> None:
    if path.suffix == ".md":
        write(path, rewritten(path.read_text("utf-8"), page, gone, names))
        return
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            after = rewritten("".join(cell["source"]) + "\n", page, gone, names).removesuffix("\n")
            cell["source"] = after.splitlines(keepends=True)
    write(path, json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def _redirect(gone: Chapter, root: Path) -> None:
    """Add the page to ``redirects`` of the configuration, if it was ever published."""
    published = root / "tests/book/published.txt"
    if not published.exists() or f"{gone.file}.html" not in published.read_text("utf-8").split():
        return
    entry = f"{gone.file}: /{chapters(root)[0].file}.html"
    said = (root / "_config.yml").read_text("utf-8")
    said = (
        said.replace("    redirects: {}\n", f"    redirects:\n      {entry}\n")
        if "redirects: {}" in said
        else (said.replace("    redirects:\n", f"    redirects:\n      {entry}\n"))
    )
    write(root / "_config.yml", said)


def _still_named(gone: Chapter, root: Path) -> list[str]:
    places = [
        *(root / "chapters").rglob("*.ipynb"),
        *(root / "chapters").rglob("*.md"),
        *(root / "tests").rglob("*.py"),
    ]
    return [path.relative_to(root).as_posix() for path in sorted(places) if gone.name in path.read_text("utf-8")]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    book = {chapter.name: chapter for chapter in chapters()[1:]}
    if len(given) != 1 or given[0] not in book:
        print(f"usage: make remove CHAPTER=name, one of {', '.join(book)}", file=sys.stderr)
        return 2
    left = remove(book[given[0]])
    print(f"{given[0]} is taken out; git restores it.")
    for path in left:
        print(f"  still names it, for you to mend: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
