"""A killed process is given again and goes on from its checkpoint: every curve as if nothing had happened."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import deeplinear as dl
from deeplinear.networks import Chain, Dense, Diagonal, Rule
from deeplinear.problems import LogisticRegression, MatrixCompletion
from deeplinear.replication.store import Store
from deeplinear.training import checkpoint
from deeplinear.training.checkpoint import Checkpoint
from deeplinear.training.optimizers import AdaGrad, Adam, GradientDescent, HeavyBall

MARKS = [0, 10, 100, 400]
_draws = np.random.default_rng(5)
X, Y = _draws.standard_normal((30, 6)), _draws.standard_normal(30)
MATRIX, OBSERVED = _draws.standard_normal((4, 5)), _draws.random((4, 5)) < 0.7
CASES = {
    "regression": (dl.LpRegression(X, Y, p=4), [Chain(1), Chain(3), Rule(2), Dense(2, width=3)]),
    "least squares": (dl.LpRegression(X, Y), [Chain(1), Chain(3), Dense(2, width=3)]),
    "logistic": (LogisticRegression(X, np.sign(Y)), [Chain(1), Chain(2), Dense(3, width=2)]),
    "completion": (MatrixCompletion(MATRIX, OBSERVED), [Dense(2, width=4), Dense(3, width=4)]),
    "diagonal": (dl.LpRegression(X, Y), [Diagonal(2), Diagonal(3)]),
}
METHODS = [(GradientDescent(), 0.01), (GradientDescent(), 40.0), (HeavyBall(), 0.01), (Adam(), 0.01), (AdaGrad(), 0.1)]


def shelf_of(name, folder):
    return Store(Path(folder)).shelf(CASES[name][0], MARKS)


def runs_of(name):
    every = [(network, method, rate) for network in CASES[name][1] for method, rate in METHODS]
    plain = [(n, m, r) for n, m, r in every if not isinstance(n, Rule) or isinstance(m, GradientDescent)]
    return [dl.Run(network, rate, optimizer=method) for network, method, rate in plain]


def train_and_die(name, folder):
    """What this file does when it is run: SIGKILL, as the seventh checkpoint has been written."""
    save, left = Checkpoint.save, [7]

    def counted(self, batch, result):
        save(self, batch, result)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoint._SAVE_EVERY, Checkpoint.save = 0.0, counted
    shelf_of(name, folder).train(runs_of(name))


@pytest.mark.parametrize("name", CASES)
def test_all_curves_are_those_of_a_process_that_was_not_killed(name, tmp_path):
    command = [sys.executable, __file__, name, str(tmp_path / "broken")]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert list((tmp_path / "broken").glob("*-0.npz")), "the checkpoint is there"
    resumed, whole = shelf_of(name, tmp_path / "broken"), shelf_of(name, tmp_path / "whole")
    for shelf in (resumed, whole):
        shelf.train(runs_of(name))
    assert resumed.finished.keys() == whole.finished.keys()
    for run, done in whole.finished.items():
        np.testing.assert_array_equal(resumed.finished[run].loss, done.loss)
        assert resumed.finished[run].diverged_at == done.diverged_at
    assert not list((tmp_path / "broken").glob("*-0.npz")), "the checkpoint has gone"


def test_after_a_resume_the_bar_starts_where_the_runs_stand_and_ends_at_one_hundred_percent(tmp_path, monkeypatch):
    save, left, told, totals = Checkpoint.save, [3], [], []

    def interrupted(self, batch, result):
        save(self, batch, result)
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    class Bar:
        def __init__(self, total, **_):
            totals.append(total)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, taken):
            told.append(taken)

    problem = dl.LpRegression(np.eye(3), np.ones(3), p=4)
    runs = [dl.Run(dl.networks.Chain(n), rate) for n in (1, 2) for rate in (1e-2, 900.0)]
    with monkeypatch.context() as patch:
        patch.setattr("deeplinear.training.checkpoint._SAVE_EVERY", 0.0)
        patch.setattr(Checkpoint, "save", interrupted)
        with pytest.raises(KeyboardInterrupt):
            Store(tmp_path).shelf(problem, [0, 300]).train(runs)
    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    Store(tmp_path).shelf(problem, [0, 300]).train(runs)
    assert told[0] == 3 * len(runs)
    assert sum(told) == sum(totals) == 300 * len(runs)


if __name__ == "__main__":
    train_and_die(*sys.argv[1:])
