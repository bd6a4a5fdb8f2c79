"""Known vulnerabilities of the locked packages, from a public database.

``python -m bookwork.audit`` gives ``requirements-dev.txt``, which holds everything, to pip-audit, of a fixed version and in an
environment of its own, and reads what it found. pip-audit succeeds where it could look up nothing, as behind a mirror of the
registry; here that is said, and is no success.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bookwork.notebooks import ROOT

__all__ = ["main", "verdict"]

_TOOL = "pip-audit==2.10.1"


def verdict(packages: Iterable[dict[str, Any]]) -> tuple[list[str], int]:
    """What to print of the `packages` of a report of pip-audit, and the exit status.

    Examples
    --------
    >>> from bookwork.audit import verdict
    >>> verdict([{"name": "a", "version": "1.0", "vulns": []}])
    (['1 packages, no known vulnerability.'], 0)
    """
    packages = list(packages)
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    known = [package for package in packages if package.get("vulns")]
    if len(skipped) == len(packages):
        return ["Nothing was audited: the database of vulnerabilities cannot be reached from here."], 2
    lines = [
        f"{package['name']} {package['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for package in known
        for flaw in package["vulns"]
    ]
    if skipped:
        lines.append(f"Not in the database: {', '.join(skipped)}.")
    audited = len(packages) - len(skipped)
    lines.append(
        f"{audited} packages, " + (f"{len(known)} with known vulnerabilities." if known else "no known vulnerability.")
    )
    return lines, int(bool(known))


def main() -> int:
    """The command line; returns its exit status: 1 for a vulnerability, 2 if nothing could be audited."""
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "tool", "run", "--quiet", "--from", _TOOL, "pip-audit", "--progress-spinner=off", "--format=json"]
    command += ["--require-hashes", "--disable-pip", "--requirement", str(ROOT / "requirements-dev.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        print(done.stderr.strip(), file=sys.stderr)
        print(
            f"Nothing was audited: {_TOOL} could not be fetched, or reached no database. It needs a network.", file=sys.stderr
        )
        return 2
    lines, status = verdict(report["dependencies"])
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
