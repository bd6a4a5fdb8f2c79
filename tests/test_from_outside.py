"""What CONTRIBUTING shows under "Bring your own" works as it stands there, with no edit anywhere else."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl

ROOT = Path(__file__).parents[1]


def shown():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("## Bring your own\n")[1].split("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)


@pytest.fixture(scope="module")
def own():
    names = {}
    for block in shown():
        exec(compile(block, "CONTRIBUTING.md", "exec"), names := dict(names, __name__="mine"))
    return names


def test_each_is_one_file_of_at_most_forty_lines():
    assert len(shown()) == 6
    assert max(block.count("\n") for block in shown()) <= 40


def data(seed=0):
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((40, 5))
    return inputs, inputs @ rng.standard_normal(5) + rng.standard_normal(40)


def test_a_problem(own):
    problem = own["Huber"](*data(), knee=0.5)
    runs = dl.sweep(problem, depth=(1, 2), learning_rate=(0.03, 0.1), steps=3000, record=[0, 3000], seed=(0, 1))
    assert (runs.loss.sel(step=3000) < 0.7 * runs.loss.sel(step=0)).all()
    assert problem.fingerprint() != own["Huber"](*data(), knee=0.6).fingerprint()
    layers = dl.Run(dl.networks.Chain(2), start=dl.networks.NearZero(0.5)).layers(problem.shape)
    assert np.isfinite(dl.sharpness(problem, layers))


def test_a_network(own):
    problem, network = dl.LpRegression(*data(), p=4), own["WeightNormalised"]()
    v, g, h = np.random.default_rng(0).standard_normal((3, 1, 1, 5))
    s, t = np.array([[[1.5]]]), np.array([[[0.3]]])
    ahead, behind = (network.weights((v + e * h, s + e * t)) for e in (1e-6, -1e-6))
    for_v, for_s = network.pullback((v, s), g)
    assert_allclose((for_v * h).sum() + (for_s * t).sum(), (g * (ahead - behind)).sum() / 2e-6, rtol=1e-6)
    observers = [dl.recording.LayerNorms(), dl.theory.sharpness.Sharpness()]
    start = dl.networks.NearZero(0.5)
    run = dl.Run(network, start=start, optimizer=dl.optimizers.Adam(), learning_rate=0.01)
    result = dl.advance(problem, [run], [0, 2000], observe=observers)
    assert result.loss[0, 1] < problem.optimum.loss * 1.01
    assert np.isfinite(result.recorded["sharpness"]).all()


def test_an_optimizer_and_a_schedule(own):
    problem = dl.LpRegression(*data(), p=4)
    method, schedule = own["AveragedGradient"](), own["Halving"](200)
    runs = dl.sweep(
        problem, (1, 2), (1e-3, 9.0), 500, optimizer={"mean": method, "Adam": dl.optimizers.Adam()}, schedule=schedule
    )
    assert runs.attrs["schedule"] == "Halving(every=200)"
    assert np.isfinite(runs.loss.sel(optimizer="mean", learning_rate=1e-3)).all()
    alone = dl.sweep(problem, 2, 1e-3, 500, optimizer=method, schedule=schedule)
    assert_allclose(
        alone.loss.squeeze(), runs.loss.sel(depth=2, optimizer="mean", learning_rate=1e-3).squeeze(), rtol=1e-10
    )


def test_a_data_set(own):
    waves = own["Waves"]()
    problem = dl.LpRegression(waves.inputs, waves.targets, p=4)
    assert dl.sweep(problem, 1, 0.01, 200, record=[200]).loss.item() < problem.loss(np.zeros(6))


def test_a_backend(own):
    problem = dl.LpRegression(*data(), p=4)
    settings = {"depth": (1, 2), "learning_rate": (1e-2, 9.0), "steps": 300, "keep_weights": True, "record": 5}
    here, there = dl.sweep(problem, **settings), dl.sweep(problem, **settings, backend=own["OneByOne"]())
    assert_allclose(there.loss, here.loss, rtol=1e-10)
    assert_allclose(there.weights, here.weights, rtol=1e-9, atol=1e-12)
    assert (there.diverged_at == here.diverged_at).all()
