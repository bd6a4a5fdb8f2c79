"""The jobs of the Makefile.

`make help` lists them all, in groups, and what is written about them names jobs that exist.
"""

import re
import subprocess

import pytest

from bookwork.book import ROOT

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
JOBS = {name for line in re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE) for name in line.split()}


def help_text():
    return subprocess.run(["make", "--silent", "help"], capture_output=True, text=True, check=True, cwd=ROOT).stdout


def test_help_lists_every_job_once():
    listed = re.findall(r"^  make (\S+)", help_text(), re.MULTILINE)
    assert sorted(listed) == sorted(JOBS)


def test_help_begins_with_what_a_reader_needs_and_every_other_job_is_in_a_group():
    groups = re.split(r"\n\n", help_text().strip())
    assert re.findall(r"make (\S+)", groups[0]) == ["help"]
    assert groups[1].splitlines()[0] == "Read and run"
    assert len(groups) >= 5
    assert all(not group.startswith("  make") for group in groups[1:])


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", ".github/PULL_REQUEST_TEMPLATE.md"])
def test_what_is_written_names_jobs_that_exist(page):
    written = re.findall(r"(?:`|^ +)make ([a-z][a-z -]*[a-z])", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    assert {word for words in written for word in words.split()} - JOBS == set()


@pytest.mark.parametrize(
    "path", [*(ROOT / ".github/workflows").glob("*.yml"), ROOT / ".ci/run"], ids=lambda path: path.name
)
def test_what_runs_for_us_runs_jobs_that_exist(path):
    run = re.findall(r"^(?: +- (?:run: )?| +run: )?make ([a-z][a-z -]*)", path.read_text("utf-8"), re.MULTILINE)
    assert {word for words in run for word in words.split()} - JOBS == set()


@pytest.mark.parametrize("version", ["3.10.14", "3.14.0"])
def test_a_python_that_the_lock_does_not_know_is_refused_with_those_that_it_knows(tmp_path, version):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "Python {version}"; else exit 1; fi\n')
    python.chmod(0o755)
    place = tmp_path / "venv"
    command = ["make", "--silent", f"VENV={place}", f"PYTHON={python}", f"{place}/.ready"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode
    assert f"need Python 3.11, 3.12 or 3.13; this is Python {version}" in done.stdout
    assert not place.exists()
