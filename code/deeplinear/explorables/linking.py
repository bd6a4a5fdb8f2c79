"""One script out of several modules, without a bundler: each module travels as text and is imported as a `data:` URL.

A notebook front end passes a widget a single script and resolves no relative imports; a page of the book must not ask for files
that only some pages need. So the modules are listed with their imports first, and a few lines of script turn each into a URL,
writing the URLs of its imports into it. Equal modules get equal URLs, so two figures on a page share one instance.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

__all__ = ["link", "modules"]

HERE = Path(__file__).parent

_IMPORT = re.compile(r'^((?:import|export)\b[^;"]*?from\s*)"(\.{1,2}/[^"]+)";', re.MULTILINE)

# A comment stands alone on its line, or after code and a space: an address in a string has no space before its slashes.
_REMARK = re.compile(r"(^|\s)//\s.*$")

# A space beside one of these means nothing outside of a string. Not beside + and -: ``a - -b`` is not ``a--b``.
_SPACE = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')| *(=>|&&|\|\||\?\?|[=<>!]=+|[=<>?:,;(){}\[\]*]) *""")

_LINKER = """\
const modules = %s;
const urls = {};
for (const [name, source] of modules)
  urls[name] = "data:text/javascript;charset=utf-8," +
    encodeURIComponent(source.replace(/"@([\\w./]+)"/g, (whole, key) => (key in urls ? JSON.stringify(urls[key]) : whole)));
const main = import(urls[modules.at(-1)[0]]);
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
    """A script that defines ``urls``, the URL of each module, and ``main``, a promise of the last one named."""
    # "<" is escaped so that no source can end the <script> element it stands in.
    return _LINKER % json.dumps(modules(*names), ensure_ascii=False).replace("<", "\\u003c")


def _lean(source: str) -> str:
    """The source without comments, and without spaces and line ends that mean nothing: pages carry it, nobody reads it there.

    Every statement of the modules ends with a semicolon or a block, and no string goes over a line end.
    """
    source = re.sub(r"^\s*/\*\*.*?\*/\n", "", source, flags=re.MULTILINE | re.DOTALL)
    lines = (_REMARK.sub("", line).strip() for line in source.splitlines())
    # A line with a template stays as it is: templates hold words, and one another.
    lines = (line if "`" in line else _SPACE.sub(lambda found: found[1] or found[2], line) for line in lines)
    return re.sub(r"(?<=[;,{}(\[])\n|\n(?=[})\]])", "", "\n".join(line for line in lines if line))
