"""Every exercise of every chapter: asked in the book, answered by its own right value, its slips told apart."""

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest

import deeplinear.exercises as exercises
from deeplinear.exercises._judge import judge
from deeplinear.exercises._registry import ANSWERS

CHAPTERS = Path(__file__).parents[2] / "chapters"

for module in pkgutil.iter_modules(exercises.__path__):
    importlib.import_module(f"deeplinear.exercises.{module.name}")


def chapters():
    """All but the preface and the appendix."""
    return sorted(path for path in CHAPTERS.glob("*/*.ipynb") if path.parent.name != "appendix")


def code_of(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_a_chapter_has_four_exercises_each_with_hint_solution_and_self_check(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    prose = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    asked = re.findall(rf":label: ex-{path.stem}-([\w-]+)", prose)
    assert len(asked) >= 4
    assert len(re.findall(r"\{admonition\} Hint", prose)) == len(asked)
    for slug in asked:
        assert f"{{solution-start}} ex-{path.stem}-{slug}" in prose
        checks = re.findall(rf'dl\.check\("{path.stem}/{slug}"', code_of(path))
        assert len(checks) == 2, f"{slug} needs one self-check for the reader and one in its solution"


def test_every_answer_is_asked_for_and_every_question_has_one():
    asked = {name for path in CHAPTERS.rglob("*.ipynb") for name in re.findall(r'dl\.check\("([^"]+)"', code_of(path))}
    assert asked == set(ANSWERS)


@pytest.mark.filterwarnings("ignore::deeplinear.datasets.StandInWarning")  # an answer is right on the stand-in too
@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_right_answer_is_right_and_a_slip_gets_its_advice(name):
    answer = ANSWERS[name]
    right = answer.right()
    if answer.measure is None:
        assert judge(answer, right) is None
    for advice, slip in answer.slips.items():
        assert judge(answer, slip()) == advice
