"""A figure is begun with one command and one folder, works at once, and is gone with its folder and its line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bookwork.book import ROOT
from bookwork.evidence import javascript
from bookwork.writing import new_figure
from deeplinear import explorables

REGISTER = "code/deeplinear/explorables/__init__.py"
CONTRACT = [f"tests/explorables/test_{name}.py" for name in ("house", "frame", "golden")]


def copied(root):
    """A copy of what the figures and their tests need."""
    for folder in ("code", "tests/explorables", "tests/js", "tests/claims"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "data", "chapters", "_toc.yml", "_config.yml"):
        (root / name).symlink_to(ROOT / name)
    return root


def run(root, *command):
    environment = os.environ | {"PYTHONPATH": str(root / "code")}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def passes(root, *arguments):
    done = run(root, sys.executable, "-m", "pytest", "-q", *arguments)
    assert done.returncode == 0, done.stdout[-3000:]


def without(root, name):
    shutil.rmtree(root / "code/deeplinear/explorables" / name)
    register = root / REGISTER
    register.write_text(
        register.read_text("utf-8").replace(f"from deeplinear.explorables.{name} import *\n", ""), "utf-8"
    )


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A copy in which a figure has begun."""
    root = copied(tmp_path_factory.mktemp("begun"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(root / "code"))
        assert new_figure.main(["my_figure"], root) == 0
    return root


def test_a_new_figure_keeps_the_contract_of_all_figures_at_once(begun):
    passes(begun, *CONTRACT, "code/deeplinear/explorables/my_figure", "-k", "my_figure or house")
    assert (
        "MyFigure(learning_rate=0.2, steps=20)"
        in run(begun, sys.executable, "-c", "import deeplinear as dl; print(dl.explorables.MyFigure())").stdout
    )


def test_it_is_clean_by_the_checks_of_the_house(begun):
    ruff = Path(sys.executable).with_name("ruff")
    folder = "code/deeplinear/explorables/my_figure"
    for job in (["check"], ["format", "--check"]):
        done = run(begun, str(ruff), *job, folder)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["a_law", "a_figure_with_a_very_long_name"])
def test_any_other_name_is_clean_too(tmp_path, monkeypatch, name):
    root = copied(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(root / "code"))
    assert new_figure.main([name], root) == 0
    for job in (["check"], ["format", "--check"]):
        done = run(root, str(Path(sys.executable).with_name("ruff")), *job, f"code/deeplinear/explorables/{name}")
        assert done.returncode == 0, done.stdout


def test_a_figure_that_cannot_be_begun_leaves_nothing(tmp_path, monkeypatch):
    root = copied(tmp_path)
    register = (root / REGISTER).read_text("utf-8")
    (root / "tests/js/write_golden.py").write_text("raise SystemExit(3)\n", "utf-8")
    assert new_figure.main(["my_figure"], root) == 1
    assert not (root / "code/deeplinear/explorables/my_figure").exists()
    assert (root / REGISTER).read_text("utf-8") == register


@pytest.mark.parametrize("name", sorted(explorables.FIGURES))
def test_every_figure_has_tests_in_node_by_its_name(name, monkeypatch):
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    asked = []
    monkeypatch.setattr(
        javascript.subprocess, "run", lambda job, **_: asked.append(job) or SimpleNamespace(returncode=0)
    )
    assert javascript.main([name]) == 0
    assert any(f"--test-name-pattern=^(?:{name})[ :]" in job for job in asked)


def test_no_numbers_are_left_of_a_figure_that_is_gone():
    left = {path.stem for path in javascript.GOLDEN.glob("*.json")} - explorables.FIGURES.keys()
    assert not left, f"delete tests/js/golden/{min(left)}.json: there is no such figure"


def test_its_script_computes_and_says_what_its_lab_does(begun):
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    done = run(begun, node, "--test", "--test-name-pattern=my_figure", "tests/js/golden.test.mjs")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "# Subtest: my_figure 17" in done.stdout


def test_a_figure_is_gone_with_its_folder_and_its_line(tmp_path):
    root = copied(tmp_path)
    gone, *others = explorables.FIGURES
    without(root, gone)
    passes(root, CONTRACT[0])
    done = run(root, sys.executable, "-m", "pytest", "-q", "--collect-only", "tests/explorables")
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"test_{gone}.py" not in done.stdout
    for other in others:
        assert f"test_{other}.py" in done.stdout
    names, all_names = ({path.name.split(".")[0] for path in javascript.files(where)} for where in (root, ROOT))
    assert names == all_names - {gone}


def test_a_name_that_cannot_be_is_refused_with_one_that_can(capsys):
    for name, why in (
        ("My-Figure", "as in my_figure"),
        ("frame", "exists"),
        ("", "usage: make figure NAME=my_figure"),
        ("lambda", "a word of Python's own"),
        ("explorable", "would be the class Explorable"),
    ):
        assert new_figure.main([name]) == 2
        assert why in capsys.readouterr().err


def test_the_line_stands_in_its_place():
    register = (ROOT / REGISTER).read_text("utf-8")
    after = new_figure.with_line(register, "my_figure").splitlines()
    (added,) = [number for number, line in enumerate(after) if line not in register.splitlines()]
    assert after[added] == "from deeplinear.explorables.my_figure import *"
    assert after[added - 1] < after[added] < after[added + 1]
    assert after[:added] + after[added + 1 :] == register.splitlines()
