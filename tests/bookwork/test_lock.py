"""The lock: every package one version, with hashes, and the environment is made of nothing else.

It has two files: ``requirements.txt``, all that builds, runs and tests the book, and ``binder/requirements.txt``, the
part of it that runs the chapters.
"""

import os
import re
import subprocess
import sys
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bookwork.book import ROOT

CHAPTERS, ENTRIES = (
    re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").strip())
    for name in ("binder/requirements.txt", "requirements.txt")
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
    wanted = [
        *project["dependencies"],
        *(line for lines in project["optional-dependencies"].values() for line in lines),
    ]
    for need in map(Requirement, wanted):
        if need.name != "deeplinear":
            versions = locked.get(canonicalize_name(need.name), [])
            assert any(version in need.specifier for version in versions), f"{need}: locked {versions}; run `make lock`"


def test_the_environment_is_installed_by_hash():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    installs = [line for line in makefile.splitlines() if "pip install" in line and "-r requirements.txt" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)


def test_both_locks_have_the_same_versions_and_readers_of_chapters_are_spared_the_tools():
    def pinned(entries):
        pairs = (re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.+!-]+)", entry).groups() for entry in entries)
        return {(canonicalize_name(name), version) for name, version in pairs}

    assert pinned(CHAPTERS) < pinned(ENTRIES)
    heavy = {"jupyter-book", "mypy", "playwright", "pytest", "ruff", "sphinx"}
    assert not heavy & {name for name, _ in pinned(CHAPTERS)}


def test_a_clone_and_the_lock_are_enough_for_the_tests_and_the_kernels():
    # Without `site` this interpreter sees no installed package, as one that has the lock alone sees not ours.
    probe = (
        "import importlib.util, os, runpy; runpy.run_path('conftest.py');"
        "assert importlib.util.find_spec('deeplinear'); print(os.environ['PYTHONPATH'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-S", "-c", probe]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(ROOT / "code")
