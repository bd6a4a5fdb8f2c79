"""What a release must agree on: the tag, the package, the changelog and the citation say one version, and one date.

``python -m bookwork.release.versions`` compares the last three; with ``--tag v0.1.0`` the tag too.
``--notes`` prints what the changelog says about the version. The workflow of releases runs both.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bookwork.book import ROOT

__all__ = ["main", "notes", "problems"]

_HEADING = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)


def said(root: Path = ROOT) -> tuple[dict[str, str], dict[str, str]]:
    """The version and the date of the release, by the file that says so; ``"none"`` where it says nothing readable."""
    package = re.search(
        r'^__version__ = "(.+)"$', (root / "code/deeplinear/_version.py").read_text("utf-8"), re.MULTILINE
    )
    newest = _HEADING.search((root / "CHANGELOG.md").read_text("utf-8"))
    citation = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    versions = {
        "code/deeplinear/_version.py": package[1] if package else "none",
        "CHANGELOG.md": newest[1] if newest else "none",
        "CITATION.cff": str(citation.get("version", "none")),
    }
    dates = {
        "CHANGELOG.md": newest[2] if newest else "none",
        "CITATION.cff": str(citation.get("date-released", "none")),
    }
    return versions, dates


def problems(versions: Mapping[str, str], dates: Mapping[str, str], tag: str | None = None) -> list[str]:
    """What does not agree, a line each.

    Examples
    --------
    >>> from bookwork.release.versions import problems
    >>> problems({"CHANGELOG.md": "0.2.0", "CITATION.cff": "0.2.0"}, {"CHANGELOG.md": "2030-01-31"}, tag="v0.2.1")
    ['the tag is v0.2.1, but CHANGELOG.md says version 0.2.0; a release of it has the tag v0.2.0']
    """
    wrong = [
        f"the {what}s differ: " + ", ".join(f"{file} says {value}" for file, value in found.items())
        for what, found in (("version", versions), ("date", dates))
        if len(set(found.values())) > 1
    ]
    version = versions["CHANGELOG.md"]
    if tag is not None and tag != f"v{version}":
        wrong.append(
            f"the tag is {tag}, but CHANGELOG.md says version {version}; a release of it has the tag v{version}"
        )
    return wrong


def notes(changelog: str) -> str:
    """The newest dated section of `changelog`, without its heading.

    Raises
    ------
    ValueError
        If no heading reads like ``## [0.1.0] - 2026-01-31``.
    """
    newest = _HEADING.search(changelog)
    if newest is None:
        raise ValueError("CHANGELOG.md has no heading like '## [0.1.0] - 2026-01-31'; give the release one")
    section = re.split(r"^(?:## |\[[^\]]+\]: )", changelog[newest.end() :], maxsplit=1, flags=re.MULTILINE)[0]
    return section.strip() + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    parser = argparse.ArgumentParser(description="Check what a release must agree on.")
    parser.add_argument("--tag", help="compare this tag too")
    parser.add_argument("--notes", action="store_true", help="print what the changelog says about it, and no more")
    options = parser.parse_args(arguments)
    if options.notes:
        print(notes((ROOT / "CHANGELOG.md").read_text("utf-8")), end="")
        return 0
    versions, dates = said()
    wrong = problems(versions, dates, options.tag or None)
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print(f"Version {versions['CHANGELOG.md']} of {dates['CHANGELOG.md']}: all places agree.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
