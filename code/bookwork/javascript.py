"""Run the JavaScript tests in Node. Without Node they are skipped with a word, but never in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from bookwork.notebooks import ROOT

__all__ = ["main"]


def main() -> int:
    """The exit status of Node's test runner."""
    node = shutil.which("node")
    if node is None:
        print("Node is not installed: the JavaScript tests are skipped (install Node 20 or newer to run them).")
        return 1 if os.environ.get("CI") else 0
    tests = sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.mjs"))
    return subprocess.run([node, "--test", *tests], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
