"""The hooks that `make hooks` gives to git: this tree passes them, and a file that should not is mended or refused."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="hooks need git and a clone of the repository"
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The files of this tree that git knows, in a repository of their own, with this environment."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip(f"git does not list the files here: {listed.stderr.strip()}")
    files = listed.stdout.split("\0")
    for file in files:
        if file and (ROOT / file).is_file():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, folder / file)
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    made = subprocess.run(["make", "node_modules/.ready"], cwd=ROOT, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"npm did not install what checks the JavaScript: {made.stdout}{made.stderr}")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / ".gitignore").write_text(
        (ROOT / ".gitignore").read_text("utf-8") + ".venv\nnode_modules\n.pre-commit\n", encoding="utf-8"
    )
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


def test_what_should_not_be_committed_is_mended_or_refused(clone):
    notebook = clone / "chapters/foundations/gradient-flow.ipynb"
    normal = notebook.read_text("utf-8")
    changed = json.loads(normal)
    changed["metadata"]["language_info"]["version"] = "3.99"
    mended = {
        "code/deeplinear/lint.py": ("import os\n", ""),
        "code/deeplinear/format.py": ("x = {  'a':1 }\n", 'x = {"a": 1}\n'),
        "code/deeplinear/explorables/format.mjs": ("document.title  = 'x';\n", 'document.title = "x";\n'),
        "data/end.md": ("text", "text\n"),
        "data/space.md": ("text  \n", "text\n"),
        "chapters/foundations/gradient-flow.ipynb": (json.dumps(changed), normal),
    }
    refused = {
        "code/deeplinear/explorables/lint.mjs": "timer = 1;\n",
        "code/deeplinear/explorables/types.mjs": "document.heading = 1;\n",
        "data/merge.md": f"{'<' * 7} HEAD\n",
        "data/wrong.yml": "a: [\n",
        "data/wrong.toml": "a = [\n",
        "data/large.md": "x\n" * 1_100_000,
    }
    for file, text in {**refused, **{file: before for file, (before, _) in mended.items()}}.items():
        (clone / file).write_text(text, encoding="utf-8")
    files = [*mended, *refused]
    subprocess.run(["git", "add", *files], cwd=clone, check=True)
    done = hooks(clone, "--files", *files)
    assert {file: (clone / file).read_text("utf-8") for file in mended} == {
        file: after for file, (_, after) in mended.items()
    }
    failed = set(re.findall(r"^- hook id: (\S+)$", done.stdout, re.MULTILINE))
    assert failed == {
        *("ruff", "ruff-format", "notebooks", "end-of-file", "trailing-whitespace"),
        *("eslint", "prettier", "tsc"),
        *("merge-markers", "yaml", "toml", "large-files"),
    }, done.stdout
