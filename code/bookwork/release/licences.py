"""The licences of what the book and the package build on, read from the installed packages.

``python -m bookwork.release.licences`` writes ``THIRD-PARTY.md``; ``--check`` only says whether it
is up to date. The page names no versions, so that it changes when a package comes, goes or changes
its licence, and at no other time.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageMetadata, distribution

from packaging.requirements import Requirement

from bookwork.book import ROOT
from bookwork.files import write

__all__ = ["ASSETS", "licence", "main", "page"]

PAGE = ROOT / "THIRD-PARTY.md"

# Where a package has no SPDX expression, its own words; what is not here is printed as it stands.
_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Copyright (C) 2024, baseplate-admin": "MIT",  # its file is the MIT licence without the name
}

# What the pages of the book carry, and its files in _static. A name in code style is a package, which is asked
# for its licence.
ASSETS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("`sphinx-book-theme`", "", ("s*/sphinx-book-theme.*", "locales/*", "images/logo_*", "sbt-webpack-macros.html")),
    ("`pydata-sphinx-theme`", "", ("s*/pydata-sphinx-theme.*", "styles/theme.css", "webpack-macros.html")),
    ("`sphinx`", "", ("basic.css", "doc*.js", "language_data.js", "search*.js", "sphinx_highlight.js", "*.png")),
    ("`pygments`", "", ("pygments.css",)),
    ("`myst-nb`", "", ("mystnb.*.css",)),
    ("`sphinx-copybutton`", "", ("copybutton*", "copy-button.svg", "check-solid.svg")),
    ("`sphinx-design`", "", ("sphinx-design.min.css", "design-tabs.js")),
    ("`sphinx-exercise`", "", ("exercise.css",)),
    ("`sphinx-proof`", "", ("proof.css",)),
    ("`sphinx-thebe`", "", ("sphinx-thebe.*", "play-solid.svg")),
    ("`sphinx-togglebutton`", "", ("togglebutton*",)),
    ("[Bootstrap](https://getbootstrap.com)", "MIT", ("scripts/bootstrap.*",)),
    ("[KaTeX](https://katex.org)", "MIT", ("katex/*",)),
    ("[clipboard.js](https://clipboardjs.com)", "MIT", ("clipboard.min.js",)),
    (
        "[Font Awesome Free](https://fontawesome.com/license/free)",
        "icons CC-BY-4.0, fonts OFL-1.1, code MIT",
        ("scripts/fontawesome.*", "vendor/fontawesome/*", "icons.css"),
    ),
)


def licence(metadata: PackageMetadata) -> str:
    """The licence that a package names: its SPDX expression, else its own word for it, else its classifier or its file.

    Raises
    ------
    LookupError
        If it names none.
    """
    fields: dict[str, list[str]] = {
        key: metadata.get_all(key) or [] for key in ("License-Expression", "License", "Classifier")
    }
    if fields["License-Expression"]:
        return fields["License-Expression"][0]
    words = [word.splitlines()[0].strip() for word in fields["License"] if word.strip()]
    classified = [text.rsplit(" :: ", 1)[1] for text in fields["Classifier"] if text.startswith("License :: ")]
    # A long line begins the licence itself, and says less than the classifier.
    for word in (*(word for word in words if len(word) <= 30), *classified, *_first_line(metadata["Name"])):
        return _SPDX.get(word, word)
    raise LookupError(f"{metadata['Name']} names no licence; look it up, and say it in ASSETS or _SPDX of {__name__}")


def _first_line(package: str) -> Iterator[str]:
    for file in distribution(package).files or []:
        if re.search(r"licen[cs]e(\.\w+)?$", str(file), re.IGNORECASE) and ".dist-info" in str(file):
            yield file.read_text().strip().splitlines()[0].strip()


def _required() -> dict[str, list[str]]:
    """The packages that ``pyproject.toml`` names, by what needs them; each once, where it is first needed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    groups = {
        "The package": project["dependencies"],
        "The package's extras": [
            line for name, lines in extras.items() if name not in ("chapters", "book", "test", "dev") for line in lines
        ],
        "Building and running the book": [*extras["chapters"], *extras["book"]],
        "Working on it": [*extras["test"], *extras["dev"]],
    }
    seen = {"deeplinear"}
    found: dict[str, list[str]] = {}
    for group, lines in groups.items():
        here = [Requirement(line) for line in lines]
        names = {need.name.lower() for need in here if need.marker is None or need.marker.evaluate()} - seen
        found[group] = sorted(names)
        seen |= names
    return found


def page() -> str:
    """The page, in Markdown."""
    lines = [_INTRODUCTION]
    for group, packages in _required().items():
        lines += [f"## {group}\n", "| package | licence |", "| --- | --- |"]
        # TensorFlow has two names, one a platform.
        lines += [f"| {name.removesuffix('-cpu')} | {licence(distribution(name).metadata)} |" for name in packages]
        lines.append("")
    lines += ["## In the pages of the book\n", _PAGES, "| what | files in `_static` | licence |", "| --- | --- | --- |"]
    for what, known, files in ASSETS:
        terms = known or licence(distribution(what.strip("`")).metadata)
        lines.append(f"| {what} | {', '.join(f'`{file}`' for file in files)} | {terms} |")
    return "\n".join(lines) + "\n"


_INTRODUCTION = """\
<!-- Written by `make licences`. Do not edit. -->
# What this is built on

Our code is under BSD 3-Clause, our text and figures are under CC BY 4.0. Below is what others made,
and the licence that each names.
Packages are listed if `pyproject.toml` asks for them; `requirements.txt` has the versions, and what they need in turn.
"""

_PAGES = """\
The built book, on the web and offline, carries these files beside our own. Formulas are set by KaTeX while it is built;
its style sheet and fonts come with the pages. The live figures use no library.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    parser = argparse.ArgumentParser(description="Write the page of licences.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is not up to date")
    options = parser.parse_args(arguments)
    text = page()
    current = PAGE.exists() and PAGE.read_text("utf-8") == text
    if options.check and not current:
        print(f"{PAGE.name} is not up to date: run `make licences`", file=sys.stderr)
        return 1
    if not options.check:
        write(PAGE, text)
        print(f"{PAGE.name}: {'unchanged' if current else 'written'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
