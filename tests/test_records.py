"""Records: what is written is read back, whole or not at all, and what follows from it is worked out when it is read."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from deeplinear import _files, records
from deeplinear.records import Curve, Record

STEPS = np.array([0, 10, 100])


def record(**changes):
    def curve(name, rate, seed, loss, end=-1):
        return Curve(name, rate, seed, np.array(loss, dtype=float), end)

    curves = (
        curve("plain", 0.01, 0, [2, 1.5, 1.2]),
        curve("plain", 0.02, 0, [2, 1.2, 1.0]),
        curve("plain", 0.02, 1, [2, 1.2, 1.1]),
        curve("plain", 0.02, 2, [2, 1.2, 1.3]),
        curve("plain", 0.04, 0, [2, 1.0, np.inf], 57),
        curve("deep", 0.01, 0, [2, 1.9, 0.7]),
    )
    settings = {"title": "A test", "provenance": {"seeds": [0, 1, 2], "data": {"sha256": "0f"}}, "p": 4.0, "optimum": 0.5}
    return Record(**{**settings, "steps": STEPS, "curves": curves, **changes})


def test_a_record_is_read_as_it_was_written(tmp_path):
    path, ours = tmp_path / "deep" / "r.json", record()
    records.write(path, ours)
    again = records.read(path)
    assert (again.title, again.provenance, again.p, again.optimum) == (ours.title, ours.provenance, ours.p, ours.optimum)
    assert again.steps.tolist() == STEPS.tolist()
    for mine, theirs in zip(ours.curves, again.curves, strict=True):
        assert (mine.name, mine.learning_rate, mine.seed, mine.diverged_at) == (
            theirs.name, theirs.learning_rate, theirs.seed, theirs.diverged_at,
        )  # fmt: skip
        assert_allclose(theirs.loss, mine.loss, rtol=1e-9)
    json.loads(path.read_text(), parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def test_what_follows_from_the_runs():
    ours = record()
    assert ours.names == ["plain", "deep"]
    rates, ends = ours.grid("plain")
    assert rates.tolist() == [0.01, 0.02, 0.04]
    assert_allclose(ends, [4 * 0.7, 4 * 0.5, np.inf])
    assert ours.best("plain") == 0.02
    assert ours.best("plain", step=10) == 0.04  # best early, dead late
    assert_allclose(ours.median("plain"), [6.0, 2.8, 4 * 0.6])
    assert [curve.seed for curve in ours.runs("plain")] == [0, 1, 2]
    assert ours.at(80) == 2
    assert ours.crossing("deep", "plain") == 100
    assert ours.crossing("plain", "deep") is None


def test_wrong_names_are_answered_with_the_right_ones(tmp_path):
    with pytest.raises(ValueError, match="'wide' is not in this record: it has 'plain', 'deep'"):
        record().grid("wide")
    records.write(tmp_path / "one.json", record())
    with pytest.raises(ValueError, match=r"there is no record .*two.json'; there are: one"):
        records.read(tmp_path / "two.json")
    (tmp_path / "bad.json").write_text('{"title": ')
    with pytest.raises(ValueError, match=r"bad.json is not a record"):
        records.read(tmp_path / "bad.json")


def test_a_failed_write_leaves_the_old_record_and_no_scraps(tmp_path, monkeypatch):
    path = tmp_path / "r.json"
    records.write(path, record())
    before = path.read_bytes()
    monkeypatch.setattr(_files.os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        records.write(path, record(title="Another"))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["r.json"]
