"""What Binder makes of the repository: its environment, and a chapter that runs and moves there.

The steps are those of repo2docker for the files of ``binder/``: an interpreter as in ``runtime.txt``,
``requirements.txt`` installed into it, ``postBuild`` run in the repository, JupyterLab opened at the address of a
chapter's launch button.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from checkout import ROOT, copy
from lab_server import IDLE, serve
from live import Figure, first_state

from bookwork.book import notebooks

pytestmark = pytest.mark.browser
CHAPTER = "chapters/preface"
# Its first live figure.
FIGURE = re.search(r'data-figure=\\"(\w+)', (ROOT / f"{CHAPTER}.ipynb").read_text("utf-8"))[1]
# Of it, TensorFlow is 1300. Locks without the tools of book and tests stay below; with them they do not.
MEGABYTES = 2300


def size(folder):
    """Megabytes of the files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The repository on a new machine, and the interpreter of its environment."""
    repository = copy(tmp_path_factory.mktemp("binder") / "repository")
    environment = repository.parent / "environment"
    python = environment / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--seed", "--python", sys.executable, environment], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", "binder/requirements.txt"]
    subprocess.run(install, cwd=repository, check=True)
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([repository / "binder/postBuild"], cwd=repository, env=clean(PATH=path), check=True)
    return repository, python


def clean(**variables):
    """This process's surroundings without what only this machine has."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")} | variables


def test_the_interpreter_is_one_that_the_package_takes():
    asked = re.fullmatch(r"python-(3\.\d+)", (ROOT / "binder/runtime.txt").read_text().strip())[1]
    least = re.search(r'requires-python = ">=(.+)"', (ROOT / "pyproject.toml").read_text())[1]
    assert tuple(map(int, asked.split("."))) >= tuple(map(int, least.split(".")))


def test_the_environment_is_small_and_has_what_every_chapter_imports(image, record_property):
    _, python = image
    used = size(python.parents[1])
    record_property("megabytes", round(used))
    print(f"The environment takes {used:.0f} MB")
    assert used < MEGABYTES
    names = set()
    for path in notebooks():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        names |= set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE))
    find = "import importlib.util, sys; print(*[n for n in sys.argv[1:] if importlib.util.find_spec(n) is None])"
    assert {"deeplinear", "numpy", "tensorflow"} < names
    done = subprocess.run([python, "-c", find, *sorted(names)], env=clean(), capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_chapter_opens_where_its_button_points_runs_and_moves(image, browser):
    repository, python = image
    html = ROOT / "_build" / "html" / f"{CHAPTER}.html"
    button = re.search(r'href="(https://mybinder\.org/[^"]+)"', html.read_text(encoding="utf-8"))[1]
    (place,) = parse_qs(urlsplit(button.replace("&amp;", "&")).query)["urlpath"]
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    page = browser.new_page(viewport={"width": 1300, "height": 1400})
    page.set_default_timeout(120_000)
    try:
        with serve(repository, str(python), PYTHONPATH="", PATH=path) as address:
            page.goto(f"{address}/{place}")
            page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
            page.wait_for_function(IDLE, timeout=120_000)
            assert page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')") is True
            cells = page.evaluate("jupyterapp.shell.currentWidget.content.model.toJSON().cells")
            failed = [cell["id"] for cell in cells for out in cell.get("outputs", []) if out["output_type"] == "error"]
            assert failed == []
            figure = Figure(page, FIGURE)
            assert figure.state == first_state(FIGURE)
            figure.control("depth").focus()
            page.keyboard.press("ArrowRight")
            figure.settle()
            assert figure.state["depth"] == first_state(FIGURE)["depth"] + 1
    finally:
        page.close()
