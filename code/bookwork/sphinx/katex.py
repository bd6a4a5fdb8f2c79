"""KaTeX, from the npm registry: one release, checked, kept in a cache, and run by an embedded QuickJS.

Nothing of it is committed, and no Node is needed. Once it is in the cache, builds need no network.
"""

from __future__ import annotations

import functools
import json
import os
import re
import tarfile
from pathlib import Path
from typing import Any

from bookwork.files import write

__all__ = ["VERSION", "FormulaError", "html", "install"]

VERSION = "0.19.1"
URL = f"https://registry.npmjs.org/katex/-/katex-{VERSION}.tgz"
SHA512 = (
    "8c6f2e2a7b63484726d84a503a1d17b6eae93eeb82f6bdd2ab91cb1ddb057566"
    "53dbb13aef6485d7d4048bea1fd3f61e3b2d7994381184abebe7ad78b91ac47c"
)
NAME = f"katex-{VERSION}.tgz"
STYLES, SCRIPT, COPY, LICENCE = (
    f"package/{name}" for name in ("dist/katex.min.css", "dist/katex.min.js", "dist/contrib/copy-tex.min.js", "LICENSE")
)


class FormulaError(ValueError):
    """KaTeX cannot typeset this, or only by guessing."""


def cache() -> Path:
    """The folder that keeps the download: ``BOOK_CACHE`` if that is set, else the user's cache."""
    import pooch

    return Path(os.environ.get("BOOK_CACHE") or pooch.os_cache("implicit-acceleration"))


@functools.cache
def package() -> dict[str, bytes]:
    """The files of the release, by their names in it.

    A download that is not what it should be leaves nothing behind.
    """
    import pooch

    folder = cache()
    pooch.get_logger().setLevel("WARNING")
    try:
        archive = pooch.retrieve(URL, f"sha512:{SHA512}", fname=NAME, path=folder)
    except Exception as error:  # no network, a refused connection, a wrong checksum: many types, one remedy
        raise RuntimeError(
            f"KaTeX, which typesets the mathematics, could not be had from {URL} ({error}). Connect once and build "
            f"again; or fetch that file elsewhere, and put it at {folder / NAME}."
        ) from error
    with tarfile.open(archive) as files:
        members = {member.name: files.extractfile(member) for member in files if member.isfile()}
        return {name: stream.read() for name, stream in members.items() if stream and wanted(name)}


def wanted(name: str) -> bool:
    """Whether the book uses a file of the release."""
    return name in (STYLES, SCRIPT, COPY, LICENCE) or (
        name.startswith("package/dist/fonts/") and name.endswith(".woff2")
    )


def install(folder: Path) -> None:
    """Put style sheet, fonts, the script for copying formulas and the licence into a folder of the book."""
    for name, content in package().items():
        if name == STYLES:
            # One format is enough: every browser that shows this book reads woff2.
            content = re.sub(rb',url\([^)]*\.(woff|ttf)\) format\("[a-z]+"\)', b"", content)
        if name != SCRIPT:
            write(folder / name.removeprefix("package/").removeprefix("dist/").removeprefix("contrib/"), content)


@functools.cache
def _typesetter() -> Any:
    """A function of a formula and of whether it is displayed; it answers in JSON."""
    import quickjs

    engine = quickjs.Context()
    engine.eval(package()[SCRIPT].decode())
    engine.eval("""
        var typeset = (formula, displayMode) => {
            const complaints = [];
            const strict = (code, message) => (complaints.push(message), 'ignore');
            try {
                const html = katex.renderToString(formula, { displayMode, strict });
                return JSON.stringify({ html, complaints });
            } catch (error) {
                return JSON.stringify({ complaints: [error.message] });
            }
        };
    """)
    return engine.get("typeset")


@functools.cache
def html(formula: str, display: bool = False) -> str:
    """A formula as HTML for the eye and MathML for screen readers.

    >>> "<math" in html(r"\\frac12"), 'aria-hidden="true"' in html(r"\\frac12")
    (True, True)
    >>> html(r"\\frac{1}")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    bookwork.sphinx.katex.FormulaError: ...
    """
    answer = json.loads(_typesetter()(formula, display))
    if answer["complaints"]:
        raise FormulaError("; ".join(answer["complaints"]))
    return str(answer["html"])
