"""The same object in a real JupyterLab: the figure moves the Python trait, and the Python trait moves the figure."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.browser
CELLS = [
    "import deeplinear as dl\nlab = dl.explorables.TwoPointLab()\nlab",
    'print("in Python the depth is", lab.depth, "at rate", f"{lab.learning_rate:.2e}")',
    "lab.depth = 5",
]


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


def test_the_figure_and_the_object_move_each_other(jupyterlab, tmp_path, browser):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in CELLS],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, tmp_path / "lab.ipynb")
    page = browser.new_page(viewport={"width": 1300, "height": 1400})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def run_cell(number):
        page.locator(".jp-CodeCell").nth(number).locator(".jp-InputPrompt").click()
        page.evaluate("jupyterapp.commands.execute('notebook:run-cell')")

    try:
        page.goto(f"{jupyterlab}/lab/tree/lab.ipynb")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        idle = "[...jupyterapp.shell.widgets('main')].some(w => w.sessionContext?.session?.kernel?.status === 'idle')"
        page.wait_for_function(idle, timeout=60_000)
        run_cell(0)
        page.wait_for_selector(".jp-OutputArea .dlx-live .dlx-thick", timeout=60_000)
        assert "depth-2 network" in page.locator(".dlx-sentence").text_content()

        page.get_by_label("Depth N").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("document.querySelector('.dlx-sentence').textContent.includes('depth-3')")
        page.wait_for_timeout(500)  # the kernel hears of it
        run_cell(1)
        printed = page.locator(".jp-OutputArea pre", has_text="in Python the depth is").text_content(timeout=30_000)
        rate = page.evaluate("document.querySelector('.dlx-live').shown().state.learning_rate")
        assert re.search(rf"the depth is 3 at rate {rate:.2e}".replace("+", r"\+"), printed)

        run_cell(2)
        page.wait_for_function("document.querySelector('.dlx-live input[name=depth]').value === '5'", timeout=30_000)
        assert "depth-5" in page.locator(".dlx-sentence").text_content()
        assert not [error for error in errors if "dlx" in error or "explorable" in error], errors
    finally:
        page.close()
