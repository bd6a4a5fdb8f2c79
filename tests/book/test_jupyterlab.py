"""The same objects in a real JupyterLab: a figure moves its Python traits, and Python traits move the figure."""

import json
import sys
from pathlib import Path

import nbformat
import pytest
from lab_server import IDLE, serve
from live import CLASSES, Figure, first_state

from deeplinear import explorables

pytestmark = pytest.mark.browser


def another_value(name):
    """A control of the figure, and a value that it does not have at first."""
    first = first_state(name)
    for control, domain in getattr(explorables, name)._domain().items():
        if "most" in domain:
            return control, domain["least"] if first[control] != domain["least"] else domain["most"]
    raise AssertionError(f"{name} has no number to set")


@pytest.fixture
def jupyterlab(tmp_path):
    """The address of a server of its own on an empty folder, stopped afterwards."""
    with serve(tmp_path, sys.executable, PYTHONPATH=str(Path(__file__).parents[2] / "code")) as address:
        yield address


def test_every_figure_and_its_object_move_each_other(jupyterlab, tmp_path, browser):
    sources = ["import json\nimport deeplinear as dl"]
    for name in CLASSES:
        control, value = another_value(name)
        sources += [
            f"lab = dl.explorables.{name}()\nlab",
            'print("state of", json.dumps(lab.state))',
            f"lab.{control} = {value!r}",
        ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, tmp_path / "lab.ipynb")
    page = browser.new_page(viewport={"width": 1300, "height": 1400})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def run_cell(number):
        cell = page.locator(".jp-CodeCell").nth(number)
        cell.locator(".jp-InputPrompt").click()
        page.evaluate("jupyterapp.commands.execute('notebook:run-cell')")
        return cell

    try:
        page.goto(f"{jupyterlab}/lab/tree/lab.ipynb")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        page.wait_for_function(IDLE, timeout=60_000)
        run_cell(0)
        for number, name in enumerate(CLASSES):
            show, ask, assign = range(1 + 3 * number, 4 + 3 * number)
            run_cell(show)
            figure = Figure(page, name)
            assert figure.live.evaluate("figure => Boolean(figure.closest('.jp-OutputArea'))")
            before = figure.state
            assert before == first_state(name)
            slider = next(control for control, kind in figure.controls() if kind == "range")
            figure.control(slider).focus()
            page.keyboard.press("ArrowRight")
            figure.settle()
            if figure.state == before:  # it was at its end
                page.keyboard.press("ArrowLeft")
                figure.settle()
            assert figure.state != before
            page.wait_for_timeout(500)  # the kernel hears of it
            printed = run_cell(ask).locator("pre", has_text="state of").text_content(timeout=30_000)
            assert json.loads(printed.removeprefix("state of ")) == figure.state
            control, value = another_value(name)
            run_cell(assign)
            page.wait_for_function(
                "([f, c, value]) => document.querySelector(`.dlx-live[data-explorable=${f}]`).shown().state[c] === "
                "value",
                arg=[name, control, value],
                timeout=30_000,
            )
        assert not [error for error in errors if "dlx" in error or "explorable" in error], errors
    finally:
        page.close()
