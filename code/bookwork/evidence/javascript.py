"""Run the JavaScript tests in Node. Without Node they are skipped with a word, but never in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bookwork.book import ROOT

__all__ = ["files", "main"]

GOLDEN = ROOT / "tests" / "js" / "golden"


def files(root: Path = ROOT) -> list[Path]:
    """The tests in JavaScript; those of a figure, `figures/FOLDER.test.mjs`, if there is that figure."""
    folder, house = root / "tests" / "js", root / "code" / "deeplinear" / "explorables"
    own = (path for path in (folder / "figures").glob("*.test.mjs") if (house / path.name.split(".")[0]).is_dir())
    return [*folder.glob("*.test.mjs"), *own]


def main(names: Sequence[str] = ()) -> int:
    """The exit status of Node's test runner, on all tests or on those of the figures and files with these `names`."""
    node = shutil.which("node")
    if node is None:
        print("Node is not installed: the JavaScript tests are skipped (install Node 20 or newer to run them).")
        return 1 if os.environ.get("CI") else 0
    tests = [str(path) for path in sorted(files()) if not names or any(name in path.name for name in names)]
    jobs = [["--test", *tests]] if tests else []
    # What a figure's script computes and says is compared with Python's in one file for all of them.
    if figures := [name for name in names if (GOLDEN / f"{name}.json").exists()]:
        jobs.append(
            ["--test", f"--test-name-pattern=^(?:{'|'.join(figures)})[ :]", str(GOLDEN.parent / "golden.test.mjs")]
        )
    if not jobs:
        print(f"no test in tests/js is about {', '.join(names)}")
        return 1
    return max(subprocess.run([node, *job], cwd=ROOT, check=False).returncode for job in jobs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
