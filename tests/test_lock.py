"""The lock: every package one version, with hashes, and the environment is made of nothing else."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bookwork.notebooks import ROOT

ENTRIES = re.split(r"\n(?=\S)", (ROOT / "requirements.txt").read_text("utf-8").strip())


def test_every_line_of_the_lock_has_one_version_and_hashes():
    for entry in ENTRIES:
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
    installs = [line for line in makefile.splitlines() if "-r requirements.txt" in line]
    assert installs
    assert all("--require-hashes" in line for line in installs)
