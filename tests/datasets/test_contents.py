"""What the data sets hold: the real rows where they are at hand, and what the stand-in preserves of them."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear.datasets import GASES, Dataset, load_gas
from deeplinear.datasets._batches import parse_batch

FOLDER = Path(os.environ.get("DEEPLINEAR_DATA", "/nonexistent"))
real_ethanol = pytest.mark.skipif(not (FOLDER / "gas_sensor/ethanol.csv").exists(), reason="DEEPLINEAR_DATA is not set")
real_mnist = pytest.mark.skipif(not (FOLDER / "mnist/mnist.npz").exists(), reason="DEEPLINEAR_DATA is not set")


@pytest.fixture(scope="module")
def stand_in():
    return dl.load_ethanol(source="embedded")


def test_the_stand_in_is_standardised_and_the_same_every_time(stand_in):
    again = dl.load_ethanol(source="embedded")
    assert_array_equal(stand_in.inputs, again.inputs)
    for columns in (stand_in.inputs, stand_in.targets[:, None]):
        assert_allclose(columns.mean(axis=0), 0, atol=1e-12)
        assert_allclose(columns.std(axis=0), 1, rtol=1e-12)


def test_the_stand_in_has_the_published_facts(stand_in):
    square = dl.LpRegression(stand_in.inputs, stand_in.targets, p=2)
    assert_allclose(2 * square.optimum.loss, 0.0999844, rtol=1e-6)
    assert_allclose(np.linalg.norm(square.optimum.weights), 65.386, rtol=1e-4)
    spectrum = np.linalg.svd(stand_in.inputs, compute_uv=False) ** 2 / 2565
    assert_allclose(spectrum[:5], [72.9, 15.8, 11.4, 7.9, 4.6], atol=0.06)
    assert_allclose(stand_in.concentrations.mean(), 114.95, atol=0.01)
    assert_allclose(stand_in.concentrations.std(ddof=1), 86.637, atol=0.001)
    assert (stand_in.concentrations < 10).sum() == 42


def test_l4_on_the_stand_in_is_alike(stand_in):
    quartic = dl.LpRegression(stand_in.inputs, stand_in.targets, p=4)
    assert_allclose(4 * quartic.optimum.loss, 0.2214, rtol=0.2)
    assert_allclose(4 * (quartic.loss(np.zeros(128)) - quartic.optimum.loss), 5.3486, rtol=0.02)


@real_ethanol
def test_the_second_moments_of_the_stand_in_are_the_real_ones(stand_in):
    real = dl.load_ethanol(source="real")
    for left in (real.inputs.T, real.targets[None]):
        other = stand_in.inputs.T if len(left) > 1 else stand_in.targets[None]
        assert_allclose(other @ stand_in.inputs / 2565, left @ real.inputs / 2565, atol=1e-9)
    assert_array_equal(np.sort(real.concentrations), np.sort(stand_in.concentrations))


@real_ethanol
def test_an_l2_run_on_the_stand_in_is_the_real_run(stand_in):
    curves = []
    for data in (dl.load_ethanol(source="real"), stand_in):
        problem = dl.LpRegression(data.inputs, data.targets, p=2)
        curves.append(dl.sweep(problem, (1, 2, 3), [1e-3, 1e-2], 20_000).loss.values)
    assert_allclose(curves[1], curves[0], rtol=1e-6)


@real_ethanol
def test_the_real_rows_are_the_published_ones():
    data = dl.load_ethanol(source="real")
    assert data.source == "uci"
    assert np.bincount(data.batch)[1:].tolist() == [90, 164, 365, 64, 28, 514, 649, 30, 61, 600]
    square, quartic = (dl.LpRegression(data.inputs, data.targets, p=p) for p in (2, 4))
    assert_allclose([2 * square.optimum.loss, 4 * quartic.optimum.loss], [0.0999844, 0.2213999], rtol=1e-6)
    plateaus = [problem.p * (problem.loss(np.zeros(128)) - problem.optimum.loss) for problem in (square, quartic)]
    assert_allclose(plateaus, [0.90002, 5.3486], rtol=1e-5)


@real_ethanol
@pytest.mark.parametrize("batch", [1, 8])
def test_the_parser_reads_the_official_batches_digit_for_digit(batch):
    data = dl.load_ethanol(source="real")
    lines = (FOLDER / f"gas_sensor/batch{batch}.dat").read_text().splitlines()
    numbers, concentrations, features = zip(*parse_batch(lines, "batch"), strict=True)
    assert list(numbers) == sorted(numbers)
    assert_array_equal(np.array(features), data.raw_inputs[data.batch == batch])
    assert_array_equal(np.array(concentrations), data.concentrations[data.batch == batch])


@real_ethanol
def test_every_gas_has_the_rows_that_the_batches_hold():
    gases = {name: load_gas(name, source="real") for name in GASES}
    counts = {name: len(gas.targets) for name, gas in gases.items()}
    assert counts.pop("ethanol") == 2565
    assert counts == {"ethylene": 1664, "ammonia": 681, "acetaldehyde": 592, "acetone": 1779, "toluene": 665}
    for name, gas in gases.items():
        assert (gas.name, gas.inputs.shape) == (name, (len(gas.targets), 128))
        assert_allclose(gas.inputs.mean(axis=0), 0, atol=1e-11)
        assert_allclose([gas.inputs.std(axis=0).min(), gas.targets.std()], 1)
    assert set(gases["acetone"].batch) == {1, 2, 3, 4, 5, 6, 8, 9}
    assert repr(gases["acetone"]) == "Acetone(1779 × 128, source='uci')"


@real_ethanol
def test_ethanol_by_its_name_is_ethanol():
    assert_array_equal(load_gas("ethanol").inputs, dl.load_ethanol().inputs)


def test_every_data_set_is_one_and_says_who_made_it():
    for data in (load_gas("ethanol", source="embedded"), dl.load_mnist(source="embedded")):
        assert isinstance(data, Dataset)
        assert len(data.inputs) == len(data.targets)
        assert len(bytes.fromhex(data.sha256)) == 32
        assert data.citation
        assert data.licence


def test_the_former_name_of_the_class_still_answers():
    with pytest.warns(DeprecationWarning, match=r"datasets\.Gas"):
        assert isinstance(dl.load_ethanol(source="embedded"), dl.datasets.Ethanol)


@real_mnist
def test_the_real_mnist_is_whole():
    data = dl.load_mnist(source="real")
    assert (data.source, data.inputs.shape, data.test_inputs.shape) == ("keras", (60_000, 28, 28), (10_000, 28, 28))
    assert np.bincount(data.targets).sum() == 60_000


def test_the_stand_in_for_mnist_has_its_format():
    digits = dl.load_mnist(source="embedded")
    assert digits.inputs.shape == (1500, 28, 28)
    assert digits.test_inputs.shape == (297, 28, 28)
    assert digits.inputs.dtype == digits.targets.dtype == np.uint8
    assert digits.inputs.max() == 255
    assert set(digits.targets) == set(range(10))
