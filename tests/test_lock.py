"""The lock: every package one version, with hashes, and the environment is made of nothing else.

It has two files: ``requirements.txt``, what running the chapters needs, and ``requirements-dev.txt``, all of it and the tools.
"""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bookwork.notebooks import ROOT

CHAPTERS, ENTRIES = (
    re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").strip()) for name in ("requirements.txt", "requirements-dev.txt")
)


def test_every_line_of_the_lock_has_one_version_and_hashes():
    for entry in [*CHAPTERS, *ENTRIES]:
        first, *hashes = (line.strip().rstrip("\\").strip() for line in entry.splitlines())
        assert re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.+!-]+( ; .+)?", first), first
        assert hashes, f"{first} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes), first


def test_the_lock_has_every_package_that_the_project_asks_for_at_a_version_that_it_takes():
    locked = {}
    for entry in ENTRIES:
        need = Requirement(entry.splitlines()[0].rstrip("\\ "))
        locked.setdefault(canonicalize_name(need.name), []).append(next(iter(need.specifier)).version)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(line for lines in project["optional-dependencies"].values() for line in lines)]
    for need in map(Requirement, wanted):
        if need.name != "deeplinear":
            versions = locked.get(canonicalize_name(need.name), [])
            assert any(version in need.specifier for version in versions), f"{need}: locked {versions}; run `make lock`"


def test_the_environment_is_installed_by_hash():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    installs = [line for line in makefile.splitlines() if "pip install" in line and "$(LOCKED)" in line]
    assert "LOCKED := -r requirements.txt -r requirements-dev.txt" in makefile
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)


def test_both_locks_have_the_same_versions_and_readers_of_chapters_are_spared_the_tools():
    def pinned(entries):
        pairs = (re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.+!-]+)", entry).groups() for entry in entries)
        return {(canonicalize_name(name), version) for name, version in pairs}

    assert pinned(CHAPTERS) < pinned(ENTRIES)
    heavy = {"jupyter-book", "mypy", "playwright", "pytest", "ruff", "sphinx"}
    assert not heavy & {name for name, _ in pinned(CHAPTERS)}
