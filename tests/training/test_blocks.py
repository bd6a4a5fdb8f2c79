"""Runs in blocks, on several cores: the same trajectories to the last bit, and one thread for what may not bear two."""

import threading
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import deeplinear as dl
from deeplinear import _threads
from deeplinear.networks import Dense, Diagonal, NearZero
from deeplinear.training.blocks import BlockBatch
from deeplinear.training.recording import Weights
from deeplinear.training.schedules import CosineDecay, PowerOfLoss

MARKS = [0, 1, 37, 150]


def completion(size=12):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((size, 2)) @ rng.standard_normal((2, size))
    return dl.problems.MatrixCompletion(matrix, rng.random((size, size)) < 0.5)


def mixture(number=24):
    """Two networks, three optimizers one after the other, schedules that look and that do not;
    every fifth run diverges.
    """
    methods = (dl.optimizers.GradientDescent(), dl.optimizers.Adam(), dl.optimizers.HeavyBall(0.5))
    schedules = (dl.schedules.Constant(), CosineDecay(150), PowerOfLoss(0.5))
    return [
        dl.Run(
            Dense(2, 3) if i % 4 else Diagonal(2),
            1e3 if i % 5 == 0 else 0.02,
            seed=i,
            start=NearZero(0.3),
            optimizer=methods[i % 3],
            schedule=schedules[i % len(schedules)],
        )
        for i in range(number)
    ]


@pytest.fixture
def cut_small(monkeypatch):
    """A few runs to a block, and two cores whatever this machine has."""
    crew = _threads.Crew
    monkeypatch.setattr(BlockBatch, "room", 4000.0)
    monkeypatch.setattr(_threads, "blas_threads", lambda: 2)
    monkeypatch.setattr(_threads, "Crew", lambda choices: crew((max(choices),)))


def trained(problem, runs, **how):
    return dl.advance(problem, runs, MARKS, observe=[Weights()], **how)


def test_blocks_on_two_cores_are_what_all_runs_together_are(monkeypatch, cut_small):
    problem, runs = completion(), mixture()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a thread begins with all of NumPy's warnings on
        parts = trained(problem, runs)
    monkeypatch.setattr(BlockBatch, "room", float("inf"))
    whole = trained(problem, runs)
    assert_array_equal(parts.loss, whole.loss)
    assert_array_equal(parts.diverged_at, whole.diverged_at)
    assert_array_equal(parts.recorded["weights"], whole.recorded["weights"])
    assert (whole.diverged_at > 0).sum() == 4  # Adam bears any rate


def test_every_core_has_a_share(monkeypatch, cut_small):
    seen = set()
    gradient = dl.problems.MatrixCompletion.gradient

    def watched(self, weights):
        seen.add((threading.get_ident(), len(weights)))
        return gradient(self, weights)

    monkeypatch.setattr(dl.problems.MatrixCompletion, "gradient", watched)
    trained(completion(), mixture())
    assert len({thread for thread, _ in seen}) == 2
    assert max(rows for _, rows in seen) <= 3  # 12 × 12 weights of 8 bytes, in 4,000


@dataclass(frozen=True, eq=False)
class Watched(dl.problems.MatrixCompletion):
    """A problem of the reader's, which may not bear two threads."""

    def gradient(self, weights):
        assert threading.current_thread() is threading.main_thread()
        return super().gradient(weights)


@dataclass(frozen=True)
class Own(dl.optimizers.Optimizer):
    def step(self, parameters, gradient, state, learning_rate):
        assert threading.current_thread() is threading.main_thread()
        return parameters - learning_rate * gradient, state


def test_what_the_reader_has_written_stays_on_one_thread(cut_small):
    problem, runs = completion(), mixture()
    theirs = Watched(problem.matrix, problem.observed)
    assert_array_equal(trained(theirs, runs).loss, trained(problem, runs).loss)
    trained(problem, [*runs, dl.Run(Dense(2, 3), 0.02, optimizer=Own())])


def test_blocks_go_on_where_they_were(tmp_path, monkeypatch, cut_small):
    problem, runs = completion(), mixture()
    whole = trained(problem, runs)
    monkeypatch.setattr("deeplinear.training.checkpoint._SAVE_EVERY", 0.0)
    monkeypatch.setattr("deeplinear.training.loop._REPORT_EVERY", 1)
    monkeypatch.setattr("deeplinear.training.blocks._LONGEST", 8)
    taken = 0

    def power_cut(steps):
        nonlocal taken
        taken += steps
        if taken > 60 * len(runs):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(problem, runs, checkpoint=tmp_path / "batch", progress=power_cut)
    calls = []
    resumed = trained(problem, runs, checkpoint=tmp_path / "batch", progress=calls.append)
    assert calls[0] > 0
    assert_array_equal(resumed.loss, whole.loss)
    assert_array_equal(resumed.diverged_at, whole.diverged_at)
    assert_array_equal(resumed.recorded["weights"], whole.recorded["weights"])


def test_one_core_or_one_run_is_no_special_case(monkeypatch, cut_small):
    problem, runs = completion(), mixture()
    two = trained(problem, runs)
    monkeypatch.setattr(_threads, "blas_threads", lambda: 1)
    assert_array_equal(trained(problem, runs).loss, two.loss)
    assert_array_equal(trained(problem, runs[1:2]).loss, two.loss[1:2])
    assert trained(problem, []).loss.shape == (0, len(MARKS))
