"""One script out of several modules, without a bundler: each module travels as text and is imported as a `data:` URL.

A notebook front end passes a widget a single script and resolves no relative imports; a page of the book must not ask
for files that only some pages need. So the modules are listed with their imports first, and a few lines of script turn
each into a URL, writing the URLs of its imports into it. Equal modules get equal URLs, so two figures on a page share
one instance.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

__all__ = ["link", "modules"]

#: The folder of all figures: names of modules are paths in it.
HERE = Path(__file__).parents[1]

_IMPORT = re.compile(r'^((?:import|export)\b[^;"]*?from\s*)"(\.{1,2}/[^"]+)";', re.MULTILINE)

# Where a string, a template or a comment begins; a string and a comment to their ends. No regular expression of the
# modules holds a quote or two slashes.
_PIECE = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`""", re.DOTALL)

# Spaces beside these mean nothing.
_SPACE = re.compile(r" *(=>|&&|\|\||\?\?|[=<>!]=+|[=<>?:,;(){}\[\]*/%]) *")

# Nor do those around a sign, unless there is another: ``a - -b`` is not ``a--b``.
_SIGN = re.compile(r"(?<![-+]) ([-+])[ \n](?![-+])")

# Nor does a line end that parts no two words and no two signs; nor a comma or semicolon before the bracket that closes,
# but for a semicolon after a bracket, which may be the whole body of a loop.
_NOTHING = re.compile(r"(?<![\w$\0+-])\n|\n(?![\w$#\0+-])|,(?=\n?[)\]}])|(?<![)\n]);(?=\n?})")

_LINKER = """\
const urls = [];
for (const source of %s)
  urls.push("data:text/javascript;charset=utf-8," +
    encodeURIComponent(source.replace(/"@(\\d+)"/g, (_, number) => JSON.stringify(urls[number]))));
const loaded = %s.map((number) => import(urls[number]));
"""


def modules(*names: str) -> list[tuple[str, str]]:
    """Name and source of the named modules and of all they import, imports first; paths are relative to this folder.

    In the sources each import path is replaced by ``@`` and the name of the module.

    Raises
    ------
    ValueError
        If modules import one another in a circle.
    """
    found: dict[str, str] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules import one another in a circle: {' → '.join((*above, name))}")
        if name in found:
            return
        path = HERE / name

        def rename(match: re.Match[str]) -> str:
            target = (path.parent / match[2]).resolve().relative_to(HERE.resolve()).as_posix()
            visit(target, (*above, name))
            return f'{match[1]}"@{target}";'

        found[name] = _lean(_IMPORT.sub(rename, path.read_text(encoding="utf-8")))

    for name in names:
        visit(name, ())
    return list(found.items())


@cache
def link(*names: str) -> str:
    """A script that defines ``loaded``, promises of the named modules."""
    listed = modules(*names)
    number = {name: at for at, (name, _) in enumerate(listed)}
    sources = [re.sub(r'"@([^"]+)"', lambda found: f'"@{number[found[1]]}"', source) for _, source in listed]
    # No source can end the <script> element that it stands in, nor begin a comment or another one.
    text = re.sub(r"<(?=[/!s])", r"\\u003c", json.dumps(sources, ensure_ascii=False, separators=(",", ":")))
    return _LINKER % (text, json.dumps([number[name] for name in names]))


def _lean(source: str) -> str:
    """The source without comments, and without spaces and line ends that mean nothing: pages carry it,
    nobody reads it there.

    Every statement of the modules ends with a semicolon or a block.
    """
    kept: list[str] = []  # strings and templates, which stay as they are
    code, at = "", 0
    while found := _PIECE.search(source, at):
        code += source[at : found.start()]
        at = found.end() if found[0] != "`" else _end_of_template(source, found.end())
        if found[0][0] == "/":
            continue
        text = _requoted(source[found.start() : at])
        if re.search(r"\0\s*\+\s*$", code) and kept[-1][0] == text[0]:  # two parts of one
            code, kept[-1] = code[: code.rindex("\0") + 1], kept[-1][:-1] + text[1:]
        else:
            kept.append(text)
            code += "\0"
    lines = (line.strip() for line in (code + source[at:]).splitlines())
    code = _SPACE.sub(r"\1", _SIGN.sub(r"\1", "\n".join(line for line in lines if line)))
    words = iter(kept)
    return re.sub("\0", lambda _: next(words), _NOTHING.sub("", code))


def _requoted(text: str) -> str:
    """A string in single quotes, if that is as easy: a page carries it in JSON,
    where each double quote takes two letters.
    """
    easy = text[0] == '"' and text[1] != "@" and not set(text) & {"'", "\\"}
    return f"'{text[1:-1]}'" if easy else text


def _end_of_template(source: str, at: int) -> int:
    """The end of the template whose inside begins `at`; templates in its ``${…}`` are inside of it."""
    while source[at] != "`":
        if source.startswith("${", at):
            at += 2
            while source[at] != "}":
                at = _end_of_template(source, at + 1) if source[at] == "`" else at + 1
        at += 2 if source[at] == "\\" else 1
    return at + 1
