"""The hooks that `make hooks` gives to git: this tree passes them, and a file that should not is mended or refused."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="hooks need git and a clone of the repository"
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The files of this tree that git knows, in a repository of their own, with this environment."""
    folder = tmp_path_factory.mktemp("clone")
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for file in files:
        if file and (ROOT / file).is_file():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, folder / file)
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    (folder / ".gitignore").write_text((ROOT / ".gitignore").read_text("utf-8") + ".venv\n.pre-commit\n", encoding="utf-8")
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def hooks(folder, *arguments):
    # `make check` has the types; here they would take longest.
    environment = {**os.environ, "SKIP": "mypy", "PRE_COMMIT_HOME": str(folder / ".pre-commit")}
    command = [Path(sys.executable).with_name("pre-commit"), "run", "--color=never", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_whole_tree_passes(clone):
    done = hooks(clone, "--all-files")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("hook", "file", "before", "after"),
    [
        ("ruff", "code/deeplinear/new.py", "import os\n", ""),
        ("ruff-format", "code/deeplinear/new.py", "x = {  'a':1 }\n", 'x = {"a": 1}\n'),
        ("end-of-file", "data/new.md", "text", "text\n"),
        ("trailing-whitespace", "data/new.md", "text  \n", "text\n"),
        ("merge-markers", "data/new.md", f"{'<' * 7} HEAD\n", None),
        ("yaml", "data/new.yml", "a: [\n", None),
        ("large-files", "data/new.bin", "x" * 2_100_000, None),
    ],
)
def test_what_should_not_be_committed_is_mended_or_refused(clone, hook, file, before, after):
    path = clone / file
    path.write_text(before, encoding="utf-8")
    subprocess.run(["git", "add", file], cwd=clone, check=True)
    try:
        assert hooks(clone, hook, "--files", file).returncode == 1
        assert path.read_text("utf-8") == (before if after is None else after)
    finally:
        subprocess.run(["git", "rm", "--quiet", "--force", file], cwd=clone, check=True)


def test_a_notebook_is_brought_into_its_normal_form(clone):
    path = clone / "chapters/foundations/gradient-flow.ipynb"
    before = path.read_text("utf-8")
    notebook = json.loads(before)
    notebook["metadata"]["language_info"]["version"] = "3.99"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    done = hooks(clone, "notebooks", "--files", "chapters/foundations/gradient-flow.ipynb")
    assert done.returncode == 1
    assert path.read_text("utf-8") == before
