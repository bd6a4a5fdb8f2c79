"""Chapters in Colab, as far as it can be had at home: a module of that name, an empty folder,
and an environment with the libraries and without the book."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from checkout import ROOT, commit, copy

from bookwork.release.repository import repository
from bookwork.writing.colab import ID, cell, main, with_cell

CHAPTERS = sorted((ROOT / "chapters").rglob("*.ipynb"))
URL = repository().url

# What Colab's kernel has in `sys.modules`, then a chapter's cells one after the other.
RUN = """
import sys, types
for name in ("google", "google.colab"):
    sys.modules.setdefault(name, types.ModuleType(name))
sys.modules["google.colab"].output = types.SimpleNamespace(enable_custom_widget_manager=lambda: print("widgets on"))
import json
from IPython.testing.globalipapp import start_ipython
shell = start_ipython()
for source in json.loads(sys.stdin.read()):
    shell.run_cell(source, store_history=True).raise_error()
"""


def code_cells(path):
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_first_code_cell_of_every_chapter_is_the_one_for_colab(path):
    found = code_cells(path)[0]
    found["source"] = "".join(found["source"])
    assert found == cell(URL), f"{path.name}: run `python -m bookwork.writing.colab`"
    assert [other["id"] for other in code_cells(path)].count(ID) == 1


def test_the_cell_is_put_in_once_brought_up_to_date_and_kept_away_from_prose(tmp_path):
    words = {"cell_type": "markdown", "id": "words", "metadata": {}, "source": "# A chapter"}
    code = {"cell_type": "code", "id": "code", "metadata": {}, "source": "1", "outputs": [], "execution_count": 1}
    once = with_cell({"cells": [words, code], "metadata": {}}, "https://github.com/some/one")
    assert [(part["id"], part.get("execution_count")) for part in once["cells"]] == [
        ("words", None),
        (ID, 1),
        ("code", 2),
    ]
    assert with_cell(once, "https://github.com/some/one") == once
    moved = with_cell(once, "https://github.com/another/one")
    assert "another/one" in json.dumps(moved)
    assert "some/one" not in json.dumps(moved)
    assert [part["id"] for part in with_cell({"cells": [words], "metadata": {}}, URL)["cells"]] == ["words"]
    path = tmp_path / "chapter.ipynb"
    path.write_text(json.dumps(once))
    main([str(path)])
    written = path.read_text()
    main([str(path)])
    assert path.read_text() == written
    assert URL in written


def test_outside_colab_the_cell_does_nothing(capfd):
    assert "google.colab" not in sys.modules
    source = cell(URL)["source"]
    from IPython.core.inputtransformer2 import TransformerManager

    exec(TransformerManager().transform_cell(source), {})
    assert capfd.readouterr() == ("", "")


def test_in_colab_the_cell_installs_what_the_chapter_needs_records_included(tmp_path):
    """The cell as it is, with git told that the repository is a copy of this tree; then chapters that read records."""
    clone = commit(copy(tmp_path / "clone"))
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "colab"], check=True)
    python = tmp_path / "colab" / "bin" / "python"
    # The libraries, but not this checkout: a line of a .pth file adds a folder, and does not read the .pth files in it.
    where = sysconfig.get_path("purelib", vars={"base": str(tmp_path / "colab"), "platbase": str(tmp_path / "colab")})
    (Path(where) / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    desk = tmp_path / "content"
    desk.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{clone.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": URL,
    }
    environment |= {"HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ipython"), "MPLBACKEND": "agg"}
    probe = [
        "import deeplinear as dl\nfrom deeplinear.replication import records\nprint('from', dl.__file__)",
        "print('records', len(list(records.folder().glob('*.json'))), records.read('figure-3-l4').name)",
        "print(dl.load_ethanol(source='embedded').inputs.shape, "
        "list(dl.explorables.FIGURES.values())[0]()._repr_mimebundle_()[0].keys())",
    ]
    done = subprocess.run(
        [python, "-c", RUN],
        input=json.dumps([cell(URL)["source"], *probe]),
        cwd=desk,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert f"from {where}/deeplinear/__init__.py" in said
    assert f"records {len(list((ROOT / 'data/records').glob('*.json')))} figure-3-l4" in said
    assert "text/html" in said
    assert not list(desk.iterdir())
