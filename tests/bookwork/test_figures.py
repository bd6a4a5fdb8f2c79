"""The live figures that chapters store are what the package makes of them now."""

import copy
import json

from bookwork.book import ROOT
from bookwork.writing import figures
from bookwork.writing.notebooks import normalize

CHAPTER = ROOT / "chapters/theory/balance.ipynb"


def test_no_stored_figure_is_stale(capsys):
    assert figures.main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_figure_is_named_with_the_command_that_makes_it_anew(tmp_path, monkeypatch, capsys):
    stored = json.loads(CHAPTER.read_text("utf-8"))
    stale = copy.deepcopy(stored)
    for cell in stale["cells"]:
        for output in cell.get("outputs", []):
            if "".join(output.get("data", {}).get("text/html", "")).startswith('<figure class="dl-explorable"'):
                output["data"]["text/html"] = ["".join(output["data"]["text/html"]).replace("const ", "let  ", 1)]
    path = tmp_path / "balance.ipynb"
    path.write_text(json.dumps(normalize(stale)), encoding="utf-8")
    monkeypatch.setattr(figures, "ROOT", tmp_path)
    assert figures.main([str(path), "--check"]) == 1
    assert "make figures" in capsys.readouterr().err
    assert figures.main([str(path)]) == 0
    assert json.loads(path.read_text("utf-8")) == normalize(stored, stored)
