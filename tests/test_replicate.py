"""The replication as a command: resumable, shared, refused early; at a length that a test can afford."""

import itertools
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear import records
from deeplinear.engine import advance
from deeplinear.replicate import EXPERIMENTS, main
from deeplinear.runs import Run
from deeplinear.store import Store


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    """The embedded rows, wherever the tests run."""
    monkeypatch.setattr("deeplinear.replicate.load_ethanol", lambda source: dl.load_ethanol(source="embedded"))


def test_every_experiment_has_a_figure_and_configurations_of_its_own():
    assert {experiment.figure for experiment in EXPERIMENTS.values()} == {"2", "3", "4", "5-left", "baselines", "ablation"}
    for experiment in EXPERIMENTS.values():
        assert len(set(experiment.configurations.values())) == len(experiment.configurations)
        assert experiment.steps >= 250_000


def test_a_record_holds_what_the_engine_gives(tmp_path, capsys):
    assert main(["5-left", "--steps", "40", "--records", str(tmp_path)]) == 0
    assert "figure-5-left" in capsys.readouterr().out
    record, data = records.read(tmp_path / "figure-5-left.json"), dl.load_ethanol(source="embedded")
    problem = dl.LpRegression(data.inputs, data.targets, p=4)
    assert_allclose(record.optimum, problem.optimum.loss, rtol=1e-9)
    provenance = record.provenance
    assert provenance["data"] == {"name": "ethanol", "source": "embedded", "sha256": data.sha256, "rows": 2565}
    assert (provenance["seeds"], provenance["steps"], provenance["precision"]) == ([0, 1, 2], 40, "float64")
    assert provenance["wall seconds"] > 0
    assert dl.__version__ in provenance["version"]
    for name in ("identity, depth 1", "identity, depth 4"):
        configuration, best = EXPERIMENTS["figure-5-left"].configurations[name], record.best(name)
        assert best not in (record.grid(name)[0].min(), record.grid(name)[0].max())
        assert [curve.seed for curve in record.runs(name)] == [0, 1, 2]
        for curve in record.runs(name):
            run = replace(configuration, learning_rate=best, seed=curve.seed)
            assert_allclose(curve.loss, advance(problem, [run], record.steps).loss[0], rtol=1e-8)
    assert sorted(file.name for file in tmp_path.iterdir()) == [".runs", "figure-5-left.json"]


def test_figures_share_their_runs(tmp_path):
    main(["3", "--steps", "30", "--records", str(tmp_path)])
    known = set((tmp_path / ".runs").iterdir())
    assert known
    main(["ablation", "--steps", "30", "--records", str(tmp_path)])
    alone = [curve.learning_rate for curve in records.read(tmp_path / "figure-3-l4.json").curves if curve.name == "depth 1"]
    new = set((tmp_path / ".runs").iterdir()) - known
    count = len({(c.name, c.learning_rate, c.seed) for c in records.read(tmp_path / "ablation.json").curves})
    assert len(new) == count - len(alone)


def test_killed_and_given_again_it_makes_the_same_record(tmp_path):
    """SIGKILL, at a moment of no one's choosing."""
    environment = {**os.environ, "DEEPLINEAR_DATA": "", "DEEPLINEAR_OFFLINE": "1"}
    script = (
        "import deeplinear.batches as b, deeplinear.replicate as r; b._SAVE_EVERY = 0.05;"
        "raise SystemExit(r.main(['5-left', '--steps', '1000', '--seeds', '1', '--allow-stand-in', '--records', '{}']))"
    )

    def start(folder):
        return subprocess.Popen(
            [sys.executable, "-c", script.format(folder)], env=environment, stderr=subprocess.PIPE, text=True
        )

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert start(whole).communicate()[1] is not None
    for _ in range(2):
        process = start(broken)
        before = set((broken / ".runs").glob("*")) if broken.exists() else set()
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if broken.exists() and set((broken / ".runs").glob("*-0.npz")) - before:
                time.sleep(0.1)
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not (broken / "figure-5-left.json").exists() or process.returncode == 0
    assert list((broken / ".runs").glob("*.npz")), "something was kept"
    process = start(broken)
    words = process.communicate()[1]
    assert process.returncode == 0, words
    one, other = (records.read(folder / "figure-5-left.json") for folder in (whole, broken))
    assert len(one.curves) == len(other.curves)
    for mine, theirs in zip(one.curves, other.curves, strict=True):
        assert (mine.name, mine.learning_rate, mine.diverged_at) == (theirs.name, theirs.learning_rate, theirs.diverged_at)
        np.testing.assert_array_equal(mine.loss, theirs.loss)


def test_the_store_makes_a_run_once(tmp_path, monkeypatch):
    problem, calls = dl.TwoPoint((10.0, 1.0), p=4), []
    monkeypatch.setattr("deeplinear.store.advance", lambda *args, **kw: calls.append(len(args[1])) or advance(*args, **kw))
    store = Store(tmp_path)
    store.open(problem, [0, 50])
    first = store.train([Run(1, 1e-3), Run(2, 1e-3), Run(1, 1e-3)])
    assert store.train([Run(2, 1e-3), Run(2, 9.0)]) == [first[1], np.inf]
    again = Store(tmp_path)
    again.open(problem, [0, 50])
    assert again.train([Run(2, 9.0), Run(1, 1e-3)]) == [np.inf, first[0]]
    again.open(problem, [0, 60])  # other steps are other runs
    again.train([Run(1, 1e-3)])
    assert calls == [2, 1, 1]
    assert [run.learning_rate for run, _ in store.like(Run(2))] == [1e-3, 9.0]
    assert not list(tmp_path.glob(".*")), "no scraps"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["7"], "there is no figure '7': choose from 2, 3, 4, 5-left, baselines, ablation"),
        (["3", "--steps", "5", "--records", "x"], "--steps is 5, it must be 10 or more"),
        (["3", "--seeds", "0"], "--seeds is 0"),
        (["3", "--steps", "100"], "say where it goes with --records"),
    ],
)
def test_wrong_commands_are_refused_at_once(arguments, words, capsys):
    with pytest.raises(SystemExit) as refusal:
        main(arguments)
    assert refusal.value.code == 2
    assert words in capsys.readouterr().err


def test_no_scheduler_no_traceback(tmp_path):
    pytest.importorskip("distributed")
    with pytest.raises(SystemExit, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        main(["3", "--steps", "10", "--records", str(tmp_path), "--scheduler", "tcp://127.0.0.1:9"])


def test_experiments_are_told_apart_by_their_runs():
    for a, b in itertools.combinations(EXPERIMENTS.values(), 2):
        assert (a.p, a.steps, a.configurations) != (b.p, b.steps, b.configurations)
