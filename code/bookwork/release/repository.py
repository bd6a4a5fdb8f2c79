"""Where the book lives, said once: ``repository.url`` in ``_config.yml``. Everything else follows from it.

``python -m bookwork.release.repository https://github.com/someone/fork`` moves the book: it
rewrites that line and every mention of the old address in the tracked files. Without an address it
brings the mentions in line with ``_config.yml`` after an edit by hand.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bookwork.book import ROOT, config

__all__ = ["Repository", "disagreements", "main", "move", "repository", "site"]

_FORM = re.compile(r"https://github\.com/([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)/([A-Za-z0-9._-]+?)(?:\.git)?/?")


@dataclass(frozen=True)
class Repository:
    """A repository on GitHub, and the addresses that follow from its owner and name."""

    owner: str
    name: str

    @classmethod
    def at(cls, url: str) -> Repository:
        """The repository of an address.

        Raises
        ------
        ValueError
            If it is not the address of a repository on GitHub: Binder, Colab and Pages need owner and name.
        """
        found = _FORM.fullmatch(url)
        if found is None:
            raise ValueError(f"{url!r} is not the address of a repository: write https://github.com/OWNER/NAME")
        return cls(*found.groups())

    @property
    def slug(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"

    @property
    def url(self) -> str:
        """Its page on GitHub."""
        return f"https://github.com/{self.slug}"

    @property
    def pages(self) -> str:
        """Where GitHub Pages serves its site, with a slash at the end."""
        host = f"{self.owner.lower()}.github.io"
        return f"https://{host}/" if self.name.lower() == host else f"https://{host}/{self.name}/"

    @property
    def mentions(self) -> list[tuple[str, str]]:
        """Files, and what each must say."""
        return [(file, text.format(self=self)) for file, text in _WHERE]


# A file, and what of the address it must have.
_WHERE = (
    ("CITATION.cff", 'repository-code: "{self.url}"'),
    ("pyproject.toml", 'Repository = "{self.url}"'),
    ("pyproject.toml", 'Issues = "{self.url}/issues"'),
    ("README.md", "https://mybinder.org/v2/gh/{self.slug}/main?urlpath=lab/tree/chapters/preface.ipynb"),
    ("README.md", "https://colab.research.google.com/github/{self.slug}/blob/main/chapters/preface.ipynb"),
)


def repository(root: Path = ROOT) -> Repository:
    """The book's repository, as ``_config.yml`` has it."""
    url = config(root).get("repository", {}).get("url")
    if url is None:
        raise ValueError(f"{root / '_config.yml'} has no repository.url: add it as https://github.com/OWNER/NAME")
    return Repository.at(url)


def site(root: Path = ROOT) -> str:
    """The address of the published book: ``html.baseurl`` of ``_config.yml``, or else that of GitHub Pages."""
    base = config(root).get("html", {}).get("baseurl")
    return base.rstrip("/") + "/" if base else repository(root).pages


def disagreements(root: Path = ROOT) -> list[str]:
    """The mentions that are not what ``_config.yml`` says, each as ``file: what it should say``."""
    return [
        f"{file}: {text}"
        for file, text in repository(root).mentions
        if text not in (root / file).read_text(encoding="utf-8")
    ]


def move(new: Repository, root: Path = ROOT) -> list[str]:
    """Rewrite every mention of the book's address in the files that git tracks; the names of those that changed.

    Both what ``_config.yml`` says and what ``CITATION.cff`` says count as the old address, so that an
    edit of the first alone can be made good.
    """
    cited = re.search(r'(?m)^repository-code: "(.+)"', (root / "CITATION.cff").read_text(encoding="utf-8"))
    olds = {repository(root), *([Repository.at(cited[1])] if cited else [])} - {new}
    pairs = [pair for old in olds for pair in ((old.pages, new.pages), (old.slug, new.slug))]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    changed = []
    for name in filter(None, listed.decode().split("\0")):
        path = root / name
        before = path.read_bytes() if path.is_file() else b""
        after = before
        for old, replacement in pairs:
            # Not inside a longer name: someone/book is not the start of someone/book-tools.
            if old.encode() in after:
                after = re.sub(rf"(?<![\w.-]){re.escape(old)}(?![\w-])".encode(), replacement.encode(), after)
        if after != before:
            path.write_bytes(after)
            changed.append(name)
    return changed


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Move the book to another repository.")
    parser.add_argument("url", nargs="?", help="https://github.com/OWNER/NAME; default: what _config.yml says")
    options = parser.parse_args(arguments)
    try:
        new = Repository.at(options.url) if options.url else repository()
    except ValueError as error:
        parser.error(str(error))
    for name in move(new):
        print(f"rewritten: {name}")
    for mention in (wrong := disagreements()):
        print(f"MISSING in {mention}", file=sys.stderr)
    print(f"The book is at {new.url}, its site at {site()}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
