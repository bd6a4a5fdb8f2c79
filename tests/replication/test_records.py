"""Records: what is written is read back, whole or not at all,
and what follows from it is worked out when it is read.
"""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from deeplinear import _files
from deeplinear.replication import records
from deeplinear.replication.records import Curve, Record

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
    settings = {
        "title": "A test",
        "provenance": {"seeds": [0, 1, 2], "data": {"sha256": "0f"}},
        "p": 4.0,
        "optimum": 0.5,
    }
    return Record(**{**settings, "steps": STEPS, "curves": curves, **changes})


def test_a_record_is_read_as_it_was_written(tmp_path):
    path, ours = tmp_path / "deep" / "r.json", record()
    records.write(path, ours)
    again = records.read(path)
    assert (again.title, again.provenance, again.p, again.optimum) == (
        ours.title,
        ours.provenance,
        ours.p,
        ours.optimum,
    )
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


LATER = {"seeds": [0, 1], "data": {}, "rule": {"survival": 0.95, "neighbours": "both", "edges": True}}


def later(**ends):
    """A record of the present rule: final losses at 0.01, 0.02, … of two seeds by configuration, NaN for no run."""
    curves = [
        Curve(name, 0.01 * 2**place, seed, np.array([2.0, 1.5, end]), -1 if np.isfinite(end) else 57)
        for name, rows in ends.items()
        for place, row in enumerate(rows)
        for seed, end in enumerate(row)
        if not np.isnan(end)
    ]
    return Record("A test", LATER, 4.0, 0.5, STEPS, tuple(curves))


def test_a_later_record_is_read_by_the_rule_that_it_names():
    inf, none = np.inf, np.nan
    assert later(a=[[1.2, 1.2], [1.0, 1.0], [0.9, 0.9], [0.8, inf]]).best("a") == 0.02
    assert later(a=[[1.2, none], [1.0, 1.1], [0.9, 1.3], [1.4, none]]).best("a") == 0.02
    assert later(a=[[1.2, none], [1.0, none]]).best("a") == 0.02
    with pytest.raises(
        ValueError, match=r"no rate of 'a' may be chosen: 0\.01: only 1 of 2 seeds survives at its neighbour"
    ):
        later(a=[[1.2, 1.2], [1.0, inf]]).best("a")


def test_where_none_survives_a_record_of_the_first_edition_shows_the_smallest_rate():
    curves = tuple(Curve("all", rate, 0, np.array([2.0, np.inf, np.inf]), 7) for rate in (0.02, 0.01))
    assert record(curves=curves).best("all") == 0.01


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
