"""The drawings of a record: what is in the record is in the axes, the diverged runs too, and the record is named."""

import numpy as np
import pytest

import deeplinear as dl
from deeplinear.replication.records import Curve, Record

STEPS = np.array([0, 10, 100, 1000])


@pytest.fixture
def record():
    def curve(name, rate, seed, loss, end=-1):
        return Curve(name, rate, seed, np.array(loss, dtype=float), end)

    curves = (
        curve("plain", 0.01, 0, [2, 1.5, 1.2, 1.0]),
        curve("plain", 0.02, 0, [2, 1.2, 1.0, 0.8]),
        curve("plain", 0.02, 1, [2, 1.2, 1.1, np.inf], 570),
        curve("plain", 0.04, 0, [2, 1.0, np.inf, np.inf], 57),
        curve("deep", 0.01, 0, [2, 1.9, 0.7, 0.6]),
    )
    return Record("A test", {"seeds": [0, 1]}, 4.0, 0.5, STEPS, curves, "a-test")


def texts(axes):
    return [child.get_text() for child in axes.texts]


def test_curves_show_every_seed_and_a_cross_where_one_ends(record):
    with dl.figures.plot() as (_, axes):
        dl.record_figures.curves(axes, record, {"plain": "depth 1", "deep": "depth 2"})
    lines = [line for line in axes.lines if line.get_marker() != "x"]
    crosses = [line for line in axes.lines if line.get_marker() == "x"]
    assert [line.get_xdata().tolist() for line in lines] == [[10, 100, 1000], [10, 100], [10, 100, 1000]]
    np.testing.assert_allclose(lines[0].get_ydata(), [4 * 0.7, 4 * 0.5, 4 * 0.3])
    assert [(line.get_xdata()[0], round(line.get_ydata()[0], 6)) for line in crosses] == [(100, 2.4)]
    assert {"depth 1", "depth 2"} <= set(texts(axes))
    assert any("record a-test, 1,000 steps" in text for text in texts(axes))


def test_the_grid_shows_every_rate_and_the_diverged_ones_above_the_rest(record):
    with dl.figures.plot() as (_, axes):
        dl.record_figures.grid(axes, record)
    plain, dead, deep, none = axes.lines
    assert plain.get_xdata().tolist() == [0.01, 0.02]
    assert dead.get_xdata().tolist() == [0.04]
    assert dead.get_ydata()[0] > max(plain.get_ydata().max(), deep.get_ydata().max())
    assert none.get_xdata().size == 0


def test_an_unknown_configuration_is_named(record):
    with dl.figures.plot() as (_, axes), pytest.raises(ValueError, match="'wide' is not in this record"):
        dl.record_figures.grid(axes, record, {"wide": "wide"})
