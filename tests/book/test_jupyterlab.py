"""The same objects in a real JupyterLab: a figure moves its Python traits, and Python traits move the figure."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path / "home"
    folders = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "RUNTIME", "DATA")}
    code = Path(__file__).parents[2] / "code"
    folders |= {"HOME": str(home), "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "PYTHONPATH": str(code)}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}"]
    command += ["--LabApp.expose_app_in_browser=True", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    home.mkdir()
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | folders, stdout=log, stderr=log, cwd=tmp_path)
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(120):
                try:
                    with urllib.request.urlopen(f"{address}/api", timeout=1):
                        break
                except OSError:
                    assert server.poll() is None, (tmp_path / "server.log").read_text()
                    time.sleep(0.25)
            else:
                pytest.fail("JupyterLab did not answer within 30 s:\n" + (tmp_path / "server.log").read_text())
            yield address
        finally:
            server.terminate()  # the server shuts its kernels down before it goes
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


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
        idle = "[...jupyterapp.shell.widgets('main')].some(w => w.sessionContext?.session?.kernel?.status === 'idle')"
        page.wait_for_function(idle, timeout=60_000)
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
                "([f, c, value]) => document.querySelector(`.dlx-live[data-explorable=${f}]`).shown().state[c] === value",
                arg=[name, control, value],
                timeout=30_000,
            )
        assert not [error for error in errors if "dlx" in error or "explorable" in error], errors
    finally:
        page.close()
