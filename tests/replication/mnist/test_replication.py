"""The network's replication as a command: resumable, whole, read back as it was written."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.replication import first_edition
from deeplinear.replication.command import main
from deeplinear.replication.mnist import records, replication
from deeplinear.replication.mnist.network import Training, digits
from deeplinear.replication.mnist.records import MnistRecord, MnistRun
from deeplinear.replication.mnist.replication import CONFIGURATIONS, GRID, SEARCHED, Runs, climb, replicate
from deeplinear.replication.mnist.training import Outcome


def pretended(run, training, test, *, progress=lambda taken: None):
    """An outcome that depends on the settings alone: the best rate is 0.02783, from 0.1 on runs diverge."""
    steps, far = run.length(len(training)), abs(np.log(run.learning_rate / 0.02783))
    entropy = np.full(steps, 1 + far + run.seed / 100, np.float32)
    if run.learning_rate > 0.1:
        steps, entropy = 3, np.array([2.0, 9.0, np.inf], np.float32)
    marks = np.arange(0, steps + 1, 2)
    share = np.linspace(0, 1, len(marks)).astype(np.float32)
    ones = np.ones(steps, np.float32)
    return Outcome(entropy, ones, ones, marks, share, marks[[0, -1]], share[[0, -1]], share[[0, -1]], 0.5, 0.25, 1.0)


@pytest.fixture
def quick(monkeypatch):
    """Training pretended, on the stand-in's digits; counts the runs that were made."""
    made = []

    def counted(run, *images, **settings):
        made.append(run)
        return pretended(run, *images, **settings)

    monkeypatch.setattr(replication, "train", counted)
    return made


@pytest.fixture
def data():
    return dl.load_mnist(source="embedded")


def test_every_configuration_and_the_grid_are_in_the_record(quick, data, tmp_path):
    record = records.read(replicate(data, tmp_path, seeds=(0, 1), steps=20))
    assert record.names == [*CONFIGURATIONS, *(f"{name}, one pass" for name in SEARCHED)]
    for name in CONFIGURATIONS:
        assert [(run.seed, int(run.steps[-1])) for run in record.select(name)] == [(0, 20), (1, 20)]
    for name in SEARCHED:
        assert record.rates(f"{name}, one pass") == [first_edition.rate(index) for index in GRID]
        best = record.best(name)
        assert best == 0.02783
        assert [(run.seed, int(run.steps[-1])) for run in record.select(name, best)] == [(0, 20), (1, 20)]
        place = record.rates(name).index(best)
        assert 0 < place < len(record.rates(name)) - 1
    diverged = record.select("original, one pass", 0.2154)[0]
    assert diverged.diverged_at == 2
    origin = record.provenance
    assert (origin["seeds"], origin["steps"], origin["precision"]) == ([0, 1], 20, "float32")
    assert (origin["data"]["source"], origin["data"]["images"]) == ("embedded", [1375, 297])


def test_finished_runs_are_not_made_again(quick, data, tmp_path, monkeypatch):
    def killed(run, *images, **settings):
        if len(quick) == 7:
            raise KeyboardInterrupt
        quick.append(run)
        return pretended(run, *images, **settings)

    with monkeypatch.context() as patch:
        patch.setattr(replication, "train", killed)
        with pytest.raises(KeyboardInterrupt):
            replicate(data, tmp_path, steps=20)
    assert not (tmp_path / "mnist.json").exists()
    assert len(list((tmp_path / ".runs" / "mnist").glob("*.npz"))) == 7
    replicate(data, tmp_path, steps=20)
    assert len(quick) == len(set(quick))
    before, content = len(quick), (tmp_path / "mnist.json").read_text()
    replicate(data, tmp_path, steps=20)
    assert len(quick) == before
    assert (tmp_path / "mnist.json").read_text() == content


@pytest.mark.parametrize(("start", "best"), [(-20, -14), (-14, -14), (-8, -14), (-13, -15)])
def test_the_climb_ends_between_two_neighbours_that_are_no_better(start, best):
    tried = {}
    assert climb(lambda index: tried.setdefault(index, abs(index + 14)), start) == best
    assert {best - 2, best + 2} <= set(tried)


def test_the_climb_goes_down_from_where_all_diverge_and_gives_up_in_the_end():
    assert climb(lambda index: abs(index + 30) if index < -20 else np.inf, -10) == -30
    with pytest.raises(ValueError, match=r"every rate down to .* diverges"):
        climb(lambda index: np.inf, -10)


def test_a_damaged_run_is_set_aside_and_made_again(quick, data, tmp_path):
    runs = Runs(*digits(data), tmp_path)
    runs.make([Training(steps=20)])
    file = runs.file(Training(steps=20))
    file.write_bytes(file.read_bytes()[:100])
    with pytest.warns(RuntimeWarning, match=rf"{file.name} is damaged .* it is now {file.name}\.damaged"):
        assert len(runs.outcome(Training(steps=20)).cross_entropy) == 20
    assert len(quick) == 2


def some_run(**changes):
    numbers = np.array([3.0, 2.0, 1.0])
    shared = {"cross_entropy": numbers, "penalty": numbers / 2, "accuracy": numbers / 4, "tested": numbers / 5}
    rarer = {"all_steps": np.array([0, 20]), "all_tested": numbers[:2] / 5, "all_tested_cross_entropy": numbers[:2]}
    fixed = {"name": "a", "learning_rate": 0.01, "seed": 0, "steps": np.array([0, 10, 20])}
    ends = {"end_accuracy": 0.5, "end_cross_entropy": 0.25, "diverged_at": -1, "seconds_per_step": 0.125}
    return MnistRun(**{**fixed, **shared, **rarer, **ends, **changes})


def test_a_record_is_read_as_it_was_written(tmp_path):
    runs = (
        some_run(),
        some_run(seed=1, diverged_at=15, cross_entropy=np.array([3.0, 2.0, np.inf]), end_cross_entropy=np.nan),
    )
    records.write(tmp_path / "r.json", MnistRecord("t", {"seeds": [0]}, runs))
    again = records.read(tmp_path / "r.json")
    assert (again.title, again.provenance, again.name) == ("t", {"seeds": [0]}, "r")
    for mine, theirs in zip(runs, again.runs, strict=True):
        for field in dataclasses.fields(MnistRun):
            value, expected = getattr(theirs, field.name), getattr(mine, field.name)
            if isinstance(expected, np.ndarray):
                expected = np.where(np.isfinite(expected), expected, np.nan)
            np.testing.assert_equal(value, expected)


def test_what_follows_from_the_runs():
    runs = (
        some_run(),
        some_run(seed=1, penalty=np.array([1.0, 1.0, 0.7])),
        some_run(learning_rate=0.02, penalty=np.array([1.0, 1.0, 0.1])),
        some_run(learning_rate=0.04, diverged_at=12, penalty=np.zeros(3)),
    )
    record = MnistRecord("t", {}, runs)
    assert record.best("a") == 0.02
    assert_allclose(record.values("total", "a"), [1.5, 1.7])
    assert_allclose(record.values("total", "a", 10), [3.0, 3.0])
    assert np.isnan(record.values("total", "a", None, 0.04)).all()
    assert record.values("total", "a", 0, 0.04) == 3.0
    assert record.table("total", 0, 20).endswith("a 4.2500 ± 0.2500 1.6000 ± 0.1000")
    assert_allclose(record.average("total", "a", 0, 20), [2.25, 2.35])
    longer = MnistRecord(
        "t", {}, (some_run(), some_run(seed=1, steps=np.array([0, 10, 30]), penalty=np.array([1.0, 1.0, 0.7])))
    )
    assert_allclose(longer.values("total", "a"), [1.7])
    assert_allclose(longer.values("total", "a", 20), [1.5, 3.0])
    assert longer.table("total", 40).endswith("–")
    with pytest.raises(ValueError, match="'a'"):
        record.rates("b")


def test_the_summary_takes_means_between_marks():
    series = {
        "cross_entropy": np.array([5, 3, 1, 7, 9], np.float32),
        "penalty": np.arange(5.0),
        "tested_at": np.array([0, 2, 5]),
    }
    outcome = dataclasses.replace(pretended(Training(steps=5), np.empty(0), np.empty(0)), **series)
    kept = records.summary("a", 0.01, 0, outcome)
    assert kept.steps.tolist() == [0, 2, 5]
    assert kept.cross_entropy.tolist() == [5, 4, 17 / 3]
    assert kept.penalty.tolist() == [0, 1, 4]
    assert (kept.diverged_at, kept.seconds_per_step) == (-1, 0.2)


def test_there_being_no_record_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"there is no record .*none\.json.*deeplinear\.replication"):
        records.read(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(ValueError, match="not a record"):
        records.read(tmp_path / "bad.json")


def test_the_command_makes_it_when_named_and_only_then(quick, data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("deeplinear.replication.command.load_mnist", lambda source: data)
    assert main(["mnist", "--steps", "20", "--seeds", "1", "--records", str(tmp_path)]) == 0
    assert "mnist.json" in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".json"] == ["mnist.json"]


def test_a_cluster_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["mnist", "--scheduler", "tcp://127.0.0.1:9", "--records", str(tmp_path)])
    assert "--scheduler" in capsys.readouterr().err


def test_processes_side_by_side_make_the_same_runs(data, tmp_path):
    training, test = (part.thinned(128) for part in digits(data))
    wanted = [Training(steps=2, seed=seed) for seed in (0, 1)]
    one, two = Runs(training, test, tmp_path / "one"), Runs(training, test, tmp_path / "two", processes=2)
    two.make(wanted)
    assert all(two.file(run).exists() for run in wanted)
    assert_allclose(two.outcome(wanted[1]).cross_entropy, one.outcome(wanted[1]).cross_entropy, rtol=1e-3)
