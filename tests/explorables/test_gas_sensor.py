"""GasSensorLab against the real second moments, the package's own layers and sweeps, and what it tells its readers."""

import re

import numpy as np
import pytest

import deeplinear as dl
from deeplinear.explorables import GasSensorLab
from deeplinear.explorables.gas_sensor.problem import moments, problem, rows
from deeplinear.explorables.numerics.chain import sequential_sum
from deeplinear.replication import records
from deeplinear.training.sweeps import best_rate


@pytest.fixture(scope="module")
def real():
    data = dl.load_ethanol(source="embedded")
    return dl.LpRegression(data.inputs, data.targets, p=2)


def test_the_rows_have_the_second_moments_of_the_nodes():
    inputs, targets = rows()
    known = moments()
    assert inputs.shape == (192, 16)
    np.testing.assert_allclose(inputs.T @ inputs / 192, np.diag(known.eigenvalues), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(inputs.T @ targets / 192, known.projections * np.sqrt(known.eigenvalues), rtol=1e-11)
    np.testing.assert_allclose([inputs.mean(), targets.mean(), targets.std()], [0, 0, 1], atol=1e-12)


def test_the_nodes_keep_all_of_the_target_and_the_whole_range_of_eigenvalues(real):
    gram = real.hessian(np.zeros(128))
    known = moments()
    assert 2 * problem(2).optimum.loss == pytest.approx(2 * real.optimum.loss, rel=1e-7)
    assert known.eigenvalues[0] == pytest.approx(np.linalg.eigvalsh(gram)[-1], rel=1e-7)


@pytest.mark.parametrize(("depth", "rate"), [(1, 0.0215), (2, 0.0464), (3, 0.0464)])
def test_runs_on_l2_are_the_real_ones_to_a_few_percent(real, depth, rate):
    # When depth meets the edge of stability, about step 1,000, the loss jumps for a moment, here and there not at the
    # same one.
    steps = [100, 300, 3000, 10_000, 20_000]
    # Both from the same small step along the gradient, so that they leave the plateau together.
    starts = [
        tuple(-0.05 * g / np.linalg.norm(g))
        for g in (each.gradient(np.zeros(each.shape)) for each in (real, problem(2)))
    ]
    curves = [
        dl.sweep(each, depth, rate, 20_000, start=dl.networks.Balanced(start), record=steps).loss.squeeze().values
        - each.optimum.loss
        for each, start in zip((real, problem(2)), starts, strict=True)
    ]
    np.testing.assert_allclose(curves[1], curves[0], rtol=0.06)


def test_the_recorded_run_of_depth_1_is_met():
    record = records.read("figure-3-l2")
    rate = record.best("depth 1")
    run = GasSensorLab(p=2, depth=1, learning_rate=rate).compute()
    for step in (100, 1000, 10_000, 20_000):
        theirs = record.median("depth 1")[record.at(step)]
        assert np.interp(step, run.steps, run.distance) == pytest.approx(theirs, rel=0.05)


@pytest.fixture(scope="module")
def quartic():
    rates = 10.0 ** (np.arange(-17, -8) / 6)
    small = problem(4)
    runs = dl.sweep(small, (1, 2, 3), rates, 20_000, seed=(0, 1), record=[2000])
    return runs.assign(distance=4 * (runs.loss - small.optimum.loss))


def test_on_l4_depth_wins_as_on_the_real_data(quartic):
    rates = best_rate(quartic.distance)
    ends = [
        float(quartic.distance.sel(depth=n, learning_rate=rates.sel(depth=n), step=20_000).median()) for n in (1, 2, 3)
    ]
    assert ends[1] < 0.7 * ends[0]
    assert ends[2] < 0.8 * ends[0]


@pytest.mark.parametrize("depth", [2, 3])
def test_on_l4_the_rate_that_is_best_early_dies_late(quartic, depth):
    early = quartic.distance.sel(depth=depth, step=2000, seed=0)
    rate = early.idxmin("learning_rate")
    died = int(quartic.diverged_at.sel(depth=depth, seed=0, learning_rate=rate))
    assert 2000 < died < 20_000
    assert float(rate) > float(best_rate(quartic.distance).sel(depth=depth))


def test_on_l2_depth_buys_nothing():
    small = problem(2)
    runs = dl.sweep(small, (1, 2, 3), 10.0 ** (np.arange(-15, -2) / 6), 20_000, record=[20_000])
    ends = (2 * (runs.loss - small.optimum.loss)).sel(step=20_000).squeeze().min("learning_rate").values
    assert ends[0] < ends[1] < 1.2 * ends[0]
    assert ends[0] < ends[2] < 1.2 * ends[0]


@pytest.mark.parametrize("start", ["near-zero", "identity"])
@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("p", [2, 4, 5])
def test_a_run_is_gradient_descent_on_the_layers(p, depth, start):
    rate = 1e-4
    lab = GasSensorLab(p=p, depth=depth, start=start, learning_rate=rate, steps=60)
    layers, losses = lab.layers, []
    for _ in range(61):
        w = dl.end_to_end(layers)[0]
        losses.append(float(lab.problem.loss(w)))
        layers = dl.gradient_step(layers, lab.problem.gradient(w), rate)
    run = lab.compute()
    expected = p * (np.array(losses) - lab.problem.optimum.loss)
    np.testing.assert_allclose(run.distance, expected[run.steps], rtol=1e-8)


@pytest.mark.parametrize("optimizer", ["momentum", "adagrad", "adam"])
def test_a_run_with_another_optimizer_is_the_sweeps(optimizer):
    from deeplinear.explorables.gas_sensor.lab import _OPTIMIZERS

    lab = GasSensorLab(depth=1, optimizer=optimizer, start="identity", learning_rate=1e-3, steps=200)
    run = lab.compute()
    start = dl.networks.Balanced(lab.layers[0][0])
    theirs = dl.sweep(lab.problem, 1, 1e-3, 200, optimizer=_OPTIMIZERS[optimizer], start=start, record=run.steps)
    np.testing.assert_allclose(run.distance, 4 * (theirs.loss.squeeze().values - lab.problem.optimum.loss), rtol=1e-8)


def test_the_curvature_is_that_of_the_loss_in_the_layers():
    lab = GasSensorLab(depth=3, start="identity", learning_rate=0.5, steps=1)

    def loss(parameters):
        return float(lab.problem.loss(parameters[:16] * parameters[16] * parameters[17]))

    at = np.concatenate([layer.ravel() for layer in lab.layers])
    h = 1e-4
    steps = h * np.eye(18)
    second = [
        [(loss(at + a + b) - loss(at + a - b) - loss(at - a + b) + loss(at - a - b)) / (4 * h * h) for a in steps]
        for b in steps
    ]
    assert lab.compute().edge[0] == pytest.approx(0.5 * np.linalg.eigvalsh(second)[-1], rel=1e-4)


def test_depth_walks_to_the_edge_of_stability_on_l2_and_stays():
    edge = GasSensorLab(p=2, depth=2, learning_rate=0.0464).compute().edge
    assert edge[0] < 0.5
    np.testing.assert_allclose(edge[-10:], 2, rtol=0.03)
    plain = GasSensorLab(p=2, depth=1, learning_rate=0.01, steps=100).compute().edge
    np.testing.assert_allclose(plain, 0.01 * moments().eigenvalues[0], rtol=1e-9)


def test_a_run_beyond_the_edge_diverges_and_says_when():
    run = GasSensorLab(learning_rate=0.0147).compute()
    assert 2000 < run.diverged < 20_000
    assert run.steps[-1] == run.diverged
    assert run.edge[-2] > 2
    assert not run.distance[-1] <= 1e12 * run.distance[0]
    assert GasSensorLab(optimizer="adam", steps=5).compute().edge is None


def test_a_sum_runs_from_the_first_entry_to_the_last():
    values = np.array([1.0, 1e-16, 1e-16, 1e-16, 1e-16, 1e-16, 1e-16, 1e-16, 1e-16, 1e-16, 1e-16])
    assert sequential_sum(values) == 1.0
    # What `compute` relies on: along the first axis NumPy adds one entry after the other.
    table = np.random.default_rng(0).standard_normal((192, 16)) * 10.0 ** np.arange(16)
    np.testing.assert_array_equal(table.sum(axis=0), np.cumsum(table, axis=0)[-1])


def test_the_recorded_curves_are_those_of_the_records():
    data = GasSensorLab().data["records"]
    for p in (2, 4):
        record = records.read(f"figure-3-l{p}")
        steps = data[str(p)]["steps"]
        assert (steps[0], steps[-1]) == (0, 1_000_000)
        for depth, curve in enumerate(data[str(p)]["curves"], start=1):
            median = record.median(f"depth {depth}")[[record.at(step) for step in steps]]
            np.testing.assert_allclose(curve, median, rtol=6e-3)


def test_without_records_the_figure_has_no_curves_behind(monkeypatch, tmp_path):
    from deeplinear.explorables.gas_sensor import lab as gas_sensor

    monkeypatch.setattr(records, "folder", lambda: tmp_path)
    gas_sensor._page_data.cache_clear()
    try:
        lab = GasSensorLab(steps=20)
        assert lab.data["records"] == {}
        assert "all data" not in lab.poster()
    finally:
        gas_sensor._page_data.cache_clear()


@pytest.mark.parametrize(
    ("control", "value", "error", "message"),
    [
        ("p", 7, ValueError, "p is 7, it must be 6 or less"),
        ("p", 2.5, TypeError, "p is 2.5, it must be a whole number"),
        ("depth", 9, ValueError, "depth is 9, it must be 8 or less"),
        ("learning_rate", 0, ValueError, "learning_rate is 0, it must be greater than 0"),
        ("optimizer", "sgd", ValueError, "optimizer is 'sgd', it must be one of 'gd', 'momentum', 'adagrad', 'adam'"),
        ("start", "zero", ValueError, "start is 'zero'"),
        ("seed", -1, ValueError, "seed is -1, it must be 0 or more"),
        ("steps", 10**6, ValueError, "steps is 1e\\+06, it must be 100000 or less"),
    ],
)
def test_a_value_out_of_place_is_refused_by_name(control, value, error, message):
    with pytest.raises(error, match=message):
        GasSensorLab(**{control: value})


@pytest.mark.parametrize(
    "state",
    [
        {"p": 2},
        {"p": 6, "depth": 8},
        {"learning_rate": 10.0},
        {"optimizer": "adam"},
        {"start": "identity", "depth": 8},
        {"steps": 1},
    ],
)
def test_a_poster_can_be_drawn_of_any_state(state):
    poster = GasSensorLab(**{"steps": 300} | state).poster(standalone=True)
    assert poster.startswith("<svg ")
    assert not re.search("nan|inf", poster)
    assert len(poster.encode()) < 9000


def test_the_figure_says_what_it_shows_and_weighs_little():
    lab = GasSensorLab()
    html = lab._repr_mimebundle_()[0]["text/html"]
    assert len(html.encode()) <= 60_000
    assert "and at 0.0356 after 20,000; its step is at 49 %" in lab.summary()
    assert "diverges at step 3," in GasSensorLab(learning_rate=0.0147).summary()
