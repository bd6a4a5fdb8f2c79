"""A clean copy of the tree, as a clone would have it.

For what must work on a machine that has nothing else of the book.
"""

import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files(folder=ROOT):
    """The files below `folder` that git would not ignore."""
    ignored = [Path(line).name for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()]
    for path in sorted(folder.iterdir()):
        if path.name != ".git" and not any(fnmatch(path.name, pattern) for pattern in ignored):
            yield from files(path) if path.is_dir() else [path]


def copy(into):
    """Copy these files to the folder `into`."""
    for path in files():
        place = into / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    return into


def commit(folder):
    """Make `folder` a repository with one commit."""
    who = ["-c", "user.name=reader", "-c", "user.email=reader@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "A copy"]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True, text=True)
    return folder
