"""The store: a run is made once, kept whole, told apart from every other, and shared with whoever asks next."""

import subprocess
import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest

import deeplinear as dl
from deeplinear.networks import Chain
from deeplinear.replication.store import Store
from deeplinear.training.advancing import advance

PROBLEM = dl.TwoPoint((10.0, 1.0), p=4)
PLAIN, DEEP = dl.Run(Chain(1), 1e-3), dl.Run(Chain(2), 1e-3)


@pytest.fixture
def made(monkeypatch):
    """How many runs each call of the engine was given."""
    calls = []

    def counted(problem, runs, marks, **settings):
        calls.append(len(runs))
        return advance(problem, runs, marks, **settings)

    monkeypatch.setattr("deeplinear.replication.store.advance", counted)
    return calls


def test_a_run_is_made_once(tmp_path, made):
    shelf = Store(tmp_path).shelf(PROBLEM, [0, 50])
    first = shelf.train([PLAIN, DEEP, PLAIN])
    wild = replace(DEEP, learning_rate=9.0)
    assert shelf.train([DEEP, wild]) == [first[1], np.inf]
    again = Store(tmp_path).shelf(PROBLEM, [0, 50])
    assert again.train([wild, PLAIN]) == [np.inf, first[0]]
    assert made == [2, 1]
    assert [run.learning_rate for run, _ in shelf.like(DEEP)] == [1e-3, 9.0]
    assert not list(tmp_path.glob(".*")), "no scraps"


def test_other_steps_other_precision_and_another_problem_are_other_runs(tmp_path, made):
    store = Store(tmp_path)
    for problem, marks, dtype in (
        (PROBLEM, [0, 50], "float64"),
        (PROBLEM, [0, 60], "float64"),
        (PROBLEM, [0, 50], "float32"),
        (dl.TwoPoint((10.0, 2.0), p=4), [0, 50], "float64"),
    ):
        store.shelf(problem, marks, dtype).train([PLAIN])
    assert made == [1, 1, 1, 1]


def test_a_shelf_keeps_to_its_problem(tmp_path):
    store = Store(tmp_path)
    one, other = store.shelf(PROBLEM, [0, 50]), store.shelf(dl.TwoPoint((10.0, 2.0), p=4), [0, 50])
    ends = one.train([PLAIN]), other.train([PLAIN])
    assert ends[0] != ends[1]
    assert (one.train([PLAIN]), other.train([PLAIN])) == ends


class Ridge(dl.LpRegression):
    """A subclass whose strength is no field, and whose repr is that of its parent."""

    strength = 1.0

    def loss(self, weights):
        return super().loss(weights) + self.strength * (np.asarray(weights) ** 2).sum(axis=-1) / 2

    def gradient(self, weights):
        return super().gradient(weights) + self.strength * np.asarray(weights)


class Stronger(Ridge):
    strength = 10.0


def test_problems_of_one_repr_never_stand_for_each_other(tmp_path):
    inputs, targets = np.eye(3, 2), np.array([1.0, 2.0, 3.0])
    problems = [kind(inputs, targets) for kind in (dl.LpRegression, Ridge, Stronger)]
    run = dl.Run(learning_rate=0.05)
    ends = [Store(tmp_path).shelf(problem, [0, 300]).train([run])[0] for problem in problems]
    fresh = [dl.advance(problem, [run], [0, 300]).loss[0, -1] for problem in problems]
    np.testing.assert_allclose(ends, fresh, rtol=1e-8)
    assert len(set(ends)) == 3


class Sealed(dl.problems.Problem):
    """Nothing can be read from it."""

    shape = (1,)

    def __init__(self):
        self.hidden = open("/dev/null")  # noqa: PTH123, SIM115

    def loss(self, weights):
        return (np.asarray(weights) ** 2).sum(axis=-1)

    def gradient(self, weights):
        return 2 * np.asarray(weights)


def test_a_problem_that_does_not_say_what_it_holds_is_refused(tmp_path):
    sealed = Sealed()
    with sealed.hidden, pytest.raises(TypeError, match="does not say what it holds"):
        Store(tmp_path).shelf(sealed, [0, 10])


@dataclass(frozen=True)
class Halved(dl.networks.Network):
    """A network of one's own, ``w = v/2``."""

    def layer_shapes(self, shape):
        return (shape,)

    def weights(self, layers):
        return layers[0] / 2

    def pullback(self, layers, slopes):
        return (slopes / 2,)


@pytest.mark.parametrize(
    ("problem", "network"),
    [
        (PROBLEM, Halved()),
        (dl.problems.LogisticRegression(np.eye(4, 3), [1, -1, 1, -1]), Chain(2)),
        (dl.problems.MatrixCompletion(np.ones((2, 3)), np.eye(2, 3, dtype=bool)), dl.networks.Dense(2, width=2)),
        (dl.LpRegression(np.eye(4, 3), np.ones(4)), dl.networks.Diagonal(2)),
    ],
)
def test_any_problem_and_any_network_are_kept(tmp_path, made, problem, network):
    ways = (dl.optimizers.GradientDescent(), dl.optimizers.Adam())
    runs = [dl.Run(network, learning_rate=0.1, optimizer=way) for way in ways]
    first = Store(tmp_path).shelf(problem, [0, 20]).train(runs)
    assert Store(tmp_path).shelf(problem, [0, 20]).train(runs) == first
    assert made == [2]


@pytest.mark.parametrize("left", [0, 4, 200])
def test_a_damaged_run_is_set_aside_and_made_again(tmp_path, made, left):
    (end,) = Store(tmp_path).shelf(PROBLEM, [0, 50]).train([DEEP])
    (file,) = tmp_path.glob("*.npz")
    file.write_bytes(file.read_bytes()[:left])
    with pytest.warns(RuntimeWarning) as caught:
        assert Store(tmp_path).shelf(PROBLEM, [0, 50]).train([DEEP]) == [end]
    (warning,) = caught
    assert f"{file} is damaged" in str(warning.message)
    assert f"it is now {file.name}.damaged" in str(warning.message)
    assert file.with_name(f"{file.name}.damaged").exists()
    assert made == [1, 1]
    assert Store(tmp_path).shelf(PROBLEM, [0, 50]).train([DEEP]) == [end]


def test_a_damaged_checkpoint_is_set_aside_and_the_batch_begins_anew(tmp_path, monkeypatch):
    names = []

    def noted(problem, runs, marks, *, checkpoint, **settings):
        names.append(checkpoint)
        return advance(problem, runs, marks, checkpoint=checkpoint, **settings)

    monkeypatch.setattr("deeplinear.replication.store.advance", noted)
    (end,) = Store(tmp_path).shelf(PROBLEM, [0, 50]).train([DEEP])
    (kept,) = tmp_path.glob("*.npz")
    kept.unlink()
    broken = names[0].with_name(f"{names[0].name}-0.npz")
    broken.write_bytes(b"PK\3\4 cut off")
    with pytest.warns(RuntimeWarning, match=f"{broken.name} is damaged"):
        assert Store(tmp_path).shelf(PROBLEM, [0, 50]).train([DEEP]) == [end]


@dataclass(frozen=True)
class Piecewise(dl.training.backends.Backend):
    """A backend of one's own that hands over its runs one by one, and dies on the way."""

    dies_at: int = -1
    finished: object = None

    def advance(self, problem, runs, marks, *, checkpoint, **settings):
        assert checkpoint is None
        for number, run in enumerate(runs):
            if number == self.dies_at:
                raise RuntimeError("the cluster is gone")
            part = dl.training.backends.NumPy().advance(problem, [run], marks, checkpoint=None, **settings)
            self.finished([run], part)


def test_what_a_backend_has_handed_over_before_it_died_is_kept(tmp_path, made):
    runs = [dl.Run(Chain(n), 1e-3) for n in (1, 2, 3)]
    with pytest.raises(RuntimeError, match="the cluster is gone"):
        Store(tmp_path, Piecewise(dies_at=2)).shelf(PROBLEM, [0, 50]).train(runs)
    ends = Store(tmp_path, Piecewise()).shelf(PROBLEM, [0, 50]).train(runs)
    assert made == [3, 1]
    np.testing.assert_allclose(ends, dl.advance(PROBLEM, runs, [0, 50]).loss[:, -1], rtol=1e-8)


HOLDER = """
import sys, time
from pathlib import Path
from deeplinear.replication._lock import alone
with alone(Path(sys.argv[1]), "runs"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""

SHARER = """
import sys, deeplinear as dl
from pathlib import Path
import deeplinear.replication.store as s
made, advance = [], s.advance
def counted(problem, runs, marks, **settings):
    made.append(len(runs))
    return advance(problem, runs, marks, **settings)
s.advance = counted
runs = [dl.Run(dl.networks.Chain(n), 1e-4, seed=k) for n in (1, 2) for k in range(10)]
shelf = s.Store(Path(sys.argv[1])).shelf(dl.TwoPoint((10.0, 1.0), p=4), [0, 20_000])
ends = shelf.train(runs)
print(sum(made), sum(ends))
"""


def python(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_share_the_work(tmp_path):
    both = [python(SHARER, tmp_path) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    (one, end), (other, same_end) = (out.split() for out, _ in said)
    assert sorted([int(one), int(other)]) == [0, 20]
    assert end == same_end


def test_the_second_process_says_what_it_waits_for(tmp_path, capfd):
    shelf = Store(tmp_path).shelf(PROBLEM, [0, 50])
    holder = python(HOLDER, tmp_path / f"{shelf.key[:20]}.lock", 1.0)
    assert holder.stdout.readline() == "held\n"
    shelf.train([PLAIN])
    holder.communicate()
    assert (
        f"waiting for another process that makes runs on {PROBLEM} in {tmp_path}, to share them"
        in capfd.readouterr().err
    )


def test_the_lock_of_a_killed_process_does_not_block(tmp_path, capfd):
    shelf = Store(tmp_path).shelf(PROBLEM, [0, 50])
    holder = python(HOLDER, tmp_path / f"{shelf.key[:20]}.lock", 600)
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.communicate()
    shelf.train([PLAIN])
    assert "waiting" not in capfd.readouterr().err


def test_the_bar_ends_at_one_hundred_percent_with_diverged_runs_too(tmp_path, monkeypatch):
    told, totals = [], []

    class Bar:
        def __init__(self, total, **_):
            totals.append(total)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, taken):
            told.append(taken)

    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    runs = [replace(DEEP, learning_rate=rate) for rate in (1e-4, 1e-3, 9.0)]
    runs += [dl.Run(learning_rate=1e-3, optimizer=dl.optimizers.Adam())]
    Store(tmp_path).shelf(PROBLEM, [0, 500]).train(runs)
    Store(tmp_path).shelf(PROBLEM, [0, 500]).train([replace(DEEP, learning_rate=50.0)])
    assert sum(told) == sum(totals) == 5 * 500
    dl.sweep(PROBLEM, (1, 2), [1e-3, 9.0], 500, progress=True)
    assert sum(told) == sum(totals) == 9 * 500
