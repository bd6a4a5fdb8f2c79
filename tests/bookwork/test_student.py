"""The chapters as a class gets them: no solution is left, everything else is, and it runs from the unpacked zip."""

import ast
import builtins
import io
import json
import os
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from bookwork.book import ROOT
from bookwork.editions.student import pack, without_solutions
from deeplinear.exercises import _find
from deeplinear.exercises._judge import judge
from deeplinear.exercises._registry import ANSWERS

NOTEBOOKS = sorted((ROOT / "chapters").rglob("*.ipynb"), key=str)
IDS = [path.stem for path in NOTEBOOKS]


def markdown(text, name="cell"):
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": [text]}


def text_of(cell):
    return "".join(cell["source"])


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    with zipfile.ZipFile(io.BytesIO(pack("1.2.3", "https://example.org/book", "The book"))) as archive:
        archive.extractall(folder)
    return folder / "implicit-acceleration-1.2.3-student"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_no_solution_is_left_and_everything_else_is(path, unpacked):
    book = json.loads(path.read_text(encoding="utf-8"))["cells"]
    cells = json.loads((unpacked / path.relative_to(ROOT)).read_text(encoding="utf-8"))["cells"]
    left = {cell["id"] for cell in cells}
    inside, taken = False, []
    for cell in book:
        inside = inside or "{solution-start}" in text_of(cell)
        assert (cell["id"] in left) is not inside
        if inside:
            taken.append(cell)
        inside = inside and "{solution-end}" not in text_of(cell)
    everything = "\n".join(map(text_of, cells))
    assert "{solution" not in everything
    whole = "\n".join(text_of(cell) for cell in book)
    assert everything.count("{exercise}") == whole.count("{exercise}") == whole.count("{solution-start}")
    assert everything.count("{admonition} Hint") == whole.count("{admonition} Hint")
    assert not [cell["id"] for cell in taken if len(text_of(cell)) > 60 and text_of(cell) in everything]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_each_exercise_has_its_answer_cell_and_no_verdict_on_it(path):
    cells = without_solutions(json.loads(path.read_text(encoding="utf-8")))["cells"]
    checks = [cell for cell in cells if cell["cell_type"] == "code" and "dl.check(" in text_of(cell)]
    assert len(checks) == sum("{exercise}" in text_of(cell) for cell in cells) or path.stem == "preface"
    for cell in checks:
        assert text_of(cell).startswith("answer = ...")
        exercise = re.search(r'dl\.check\("([^"]+)"', text_of(cell))[1]
        printed = "".join(text for output in cell["outputs"] for text in output["text"])
        assert printed == f"{exercise}: no answer yet; replace the dots\n"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_what_is_left_needs_nothing_that_a_solution_defined(path):
    sources = [
        re.sub(r"^(\s*)[%!].*$", r"\1pass", text_of(cell), flags=re.MULTILINE)
        for cell in without_solutions(json.loads(path.read_text(encoding="utf-8")))["cells"]
        if cell["cell_type"] == "code"
    ]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    names = [node for node in nodes if isinstance(node, ast.Name)]
    known = {node.id for node in names if isinstance(node.ctx, ast.Store)} | {*dir(builtins), "display"}
    known |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    known |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler))}
    known |= {(node.asname or node.name).split(".")[0] for node in nodes if isinstance(node, ast.alias)}
    assert {node.id for node in names if isinstance(node.ctx, ast.Load)} <= known


def test_a_chapter_runs_from_the_unpacked_zip_and_prints_what_the_book_prints(unpacked):
    path = unpacked / "chapters" / "experiments" / "scorecard.ipynb"
    program = f"""
import json, sys
from pathlib import Path
from bookwork.writing.notebooks import execute
path = Path({str(path)!r})
stored = json.loads(path.read_text(encoding="utf-8"))
probe = {{"cell_type": "code", "id": "probe", "metadata": {{}}, "outputs": [], "execution_count": None,
          "source": "import deeplinear; print(deeplinear.__file__)"}}
stored["cells"].append(probe)
path.write_text(json.dumps(stored), encoding="utf-8")
def printed(cell):
    return "".join("".join(output["text"]) for output in cell.get("outputs", []) if output["output_type"] == "stream")
*fresh, where = execute(path)["cells"]
assert printed(where).startswith({str(unpacked)!r}), printed(where)
for cell, old in zip(fresh, stored["cells"]):
    assert printed(cell) == printed(old), cell["id"]
print(sum(map(bool, map(printed, fresh))))
"""
    # The kernel must find the package of the zip before the one of this checkout.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(unpacked / "code"), str(ROOT / "code")])}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # what is unpacked stays as it was packed
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=unpacked, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 5


def test_the_zip_depends_on_its_sources_alone_and_says_how_to_begin(unpacked):
    twice = [pack("1.2.3", "https://example.org/book", "The book") for _ in range(2)]
    assert twice[0] == twice[1]
    readme = (unpacked / "README.md").read_text(encoding="utf-8")
    assert "The book: exercises" in readme
    assert "pip install -r binder/requirements.txt" in readme
    names = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*")}
    assert {
        "binder/requirements.txt",
        "binder/postBuild",
        "pyproject.toml",
        "code/deeplinear/__init__.py",
        "data/registry.json",
    } <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests", "code/bookwork"))]
    for link in re.findall(
        r"\]\(([\w./-]+\.(?:ipynb|md))", (unpacked / "chapters" / "preface.ipynb").read_text(encoding="utf-8")
    ):
        assert (unpacked / "chapters" / link).exists()


def test_a_solution_without_an_end_is_an_error_that_names_its_cell():
    start, end = "```{solution-start} ex-one\n```", "```{solution-end}\n```"
    with pytest.raises(ValueError, match="cell 'first' has no solution-end"):
        without_solutions({"cells": [markdown(start, "first"), markdown("text")]})
    with pytest.raises(ValueError, match="in cell 'second' before the one of cell 'first' ends"):
        without_solutions({"cells": [markdown(start, "first"), markdown(start, "second"), markdown(end)]})


def test_the_verdict_on_a_wrong_number_does_not_say_the_right_one():
    with pytest.raises(ValueError, match="no exercise"):
        _find("fills the table of answers")
    told = 0
    for name, answer in ANSWERS.items():
        if not name.startswith(("preface/", "one-extra-number/", "vec-and-kronecker/", "balance/", "linear-networks/")):
            continue
        right = answer.right()
        if not isinstance(right, (int, float)) or not np.isfinite(right):
            continue
        told += 1
        for wrong in (right + 1.37, 0.0 if right else 5.0, -2.0 * right):
            words = judge(answer, wrong)
            if words is not None and words not in answer.slips:
                assert f"{right:.3g}" not in words, name
    assert told >= 3
