"""The replication as a command: resumable, shared, refused early; at a length that a test can afford."""

import errno
import itertools
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.replication import command, records
from deeplinear.replication.campaign import replicate
from deeplinear.replication.command import main
from deeplinear.replication.experiments import EXPERIMENTS, Experiment
from deeplinear.replication.store import Store
from deeplinear.training import checkpoint


@dataclass(frozen=True)
class Small:
    """A data set of one's own: what the protocol asks for, and nothing else."""

    name, source, sha256, citation, licence = "small", "made up", "0f" * 32, "nobody", "public domain"
    inputs = np.random.default_rng(0).standard_normal((40, 5))
    targets = inputs @ [1.0, -1.0, 0.5, 0.0, 0.2] + 0.1 * np.random.default_rng(1).standard_normal(40)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A few rows in place of the real ones."""
    monkeypatch.setattr("deeplinear.replication.command.load_gas", lambda name, source: Small())


def test_every_experiment_has_a_figure_and_configurations_of_its_own():
    assert {experiment.figure for experiment in EXPERIMENTS.values()} == {
        "2",
        "3",
        "4",
        "5-left",
        "baselines",
        "ablation",
    }
    for experiment in EXPERIMENTS.values():
        assert len(set(experiment.configurations.values())) == len(experiment.configurations)
        assert experiment.steps >= 250_000


def test_a_record_holds_what_the_engine_gives(tmp_path, capsys):
    assert main(["5-left", "--steps", "40", "--records", str(tmp_path)]) == 0
    assert "figure-5-left" in capsys.readouterr().out
    record, data = records.read(tmp_path / "figure-5-left.json"), Small()
    problem = dl.LpRegression(data.inputs, data.targets, p=4)
    assert_allclose(record.optimum, problem.optimum.loss, rtol=1e-9)
    provenance = record.provenance
    assert provenance["data"] == {"name": "small", "source": "made up", "sha256": data.sha256, "rows": 40}
    assert (provenance["seeds"], provenance["steps"], provenance["precision"]) == ([0, 1, 2], 40, "float64")
    assert provenance["wall seconds"] > 0
    assert dl.__version__ in provenance["version"]
    for name in ("identity, depth 1", "identity, depth 4"):
        configuration, best = EXPERIMENTS["figure-5-left"].configurations[name], record.best(name)
        assert best not in (record.grid(name)[0].min(), record.grid(name)[0].max())
        assert [curve.seed for curve in record.runs(name)] == [0, 1, 2]
        for curve in record.runs(name):
            run = replace(configuration, learning_rate=best, seed=curve.seed)
            assert_allclose(curve.loss, dl.advance(problem, [run], record.steps).loss[0], rtol=1e-8)
    assert sorted(file.name for file in tmp_path.iterdir()) == [".runs", "figure-5-left.json"]


def test_figures_share_their_runs(tmp_path):
    main(["3", "--steps", "30", "--records", str(tmp_path)])
    known = set((tmp_path / ".runs").glob("*.npz"))
    assert known
    main(["ablation", "--steps", "30", "--records", str(tmp_path)])
    alone = [
        curve.learning_rate for curve in records.read(tmp_path / "figure-3-l4.json").curves if curve.name == "depth 1"
    ]
    new = set((tmp_path / ".runs").glob("*.npz")) - known
    count = len({(c.name, c.learning_rate, c.seed) for c in records.read(tmp_path / "ablation.json").curves})
    assert len(new) == count - len(alone)


def test_killed_and_given_again_it_makes_the_same_record(tmp_path):
    """SIGKILL, at a moment of no one's choosing."""
    asked = [sys.executable, __file__, "5-left", "--steps", "1000", "--seeds", "1", "--records"]

    def start(folder):
        return subprocess.Popen([*asked, str(folder)], stderr=subprocess.PIPE, text=True)

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert start(whole).communicate()[1] is not None
    for _ in range(2):
        process = start(broken)
        before = set((broken / ".runs").glob("*")) if broken.exists() else set()
        deadline = time.monotonic() + 300
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
        assert (mine.name, mine.learning_rate, mine.diverged_at) == (
            theirs.name,
            theirs.learning_rate,
            theirs.diverged_at,
        )
        np.testing.assert_array_equal(mine.loss, theirs.loss)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["7"], "there is no figure '7': choose from 2, 3, 4, 5-left, baselines, ablation"),
        (["3", "--steps", "5", "--records", "x"], "--steps is 5, it must be 10 or more"),
        (["3", "--seeds", "0"], "--seeds is 0"),
        (["3", "--steps", "100"], "say where it goes with --records"),
        (["3", "--data", "acetone"], "say where those of acetone go with --records"),
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


def test_data_and_experiments_of_ones_own_are_replicated(tmp_path):
    depths = {f"depth {n}": dl.Run(dl.networks.Chain(n)) for n in (1, 2)}
    own = {"mine": Experiment("mine", "My own", 4, 200, depths)}
    (path,) = replicate(["mine"], Store(tmp_path / ".runs"), Small(), tmp_path, experiments=own)
    record = records.read(path)
    assert record.provenance["data"] == {"name": "small", "source": "made up", "sha256": "0f" * 32, "rows": 40}
    assert record.names == ["depth 1", "depth 2"]
    assert "small (made up)" in str(record)


def test_the_chosen_rate_and_its_neighbours_were_run_with_every_seed(tmp_path):
    main(["3", "--steps", "60", "--records", str(tmp_path)])
    record = records.read(tmp_path / "figure-3-l4.json")
    assert record.provenance["rule"] == {"survival": 0.95, "neighbours": "both", "edges": True}
    for name in ("depth 1",):
        rates = record.grid(name)[0].tolist()
        place = rates.index(record.best(name))
        for rate in rates[place - 1 : place + 2]:
            assert [curve.seed for curve in record.runs(name, rate)] == [0, 1, 2]
            assert all(np.isfinite(curve.loss[-1]) for curve in record.runs(name, rate))
        assert_allclose(np.diff(np.log(rates[place - 1 : place + 2])), np.log(1.25), rtol=1e-2)


def test_a_disk_that_cannot_be_written_is_said_in_one_sentence(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        SystemExit, match=r"\.npz cannot be written, the disk is full: make room .* with --records FOLDER"
    ):
        main(["3", "--steps", "20", "--records", str(tmp_path)])


def test_experiments_are_told_apart_by_their_runs():
    for a, b in itertools.combinations(EXPERIMENTS.values(), 2):
        assert (a.p, a.steps, a.configurations) != (b.p, b.steps, b.configurations)


def test_without_the_data_the_way_out_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr("deeplinear.replication.command.load_gas", dl.datasets.load_gas)
    monkeypatch.delenv("DEEPLINEAR_DATA", raising=False)
    monkeypatch.setenv("DEEPLINEAR_CACHE", str(tmp_path))
    monkeypatch.setenv("DEEPLINEAR_OFFLINE", "1")
    with pytest.raises(
        SystemExit, match=r"cannot be had: .*\nTo run on the embedded stand-in instead: --allow-stand-in"
    ):
        main(["3", "--steps", "20", "--records", str(tmp_path)])


if __name__ == "__main__":  # what is killed above
    command.load_gas = lambda name, source: Small()
    checkpoint._SAVE_EVERY = 0.05
    raise SystemExit(main(sys.argv[1:]))
