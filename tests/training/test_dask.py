"""A cluster of two processes gives what one process gives, whichever of them are lost on the way."""

import itertools
import logging
import os
import signal
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear.networks import Chain, Dense, Diagonal, NearZero
from deeplinear.training.backends import Backend, Dask, NumPy, _dask

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("default")  # the cluster's own, and those of workers that die

rng = np.random.default_rng(0)
INPUTS = rng.standard_normal((60, 8))
LINE = INPUTS @ rng.standard_normal(8) + rng.standard_normal(60)
TABLE = np.outer(rng.standard_normal(6), rng.standard_normal(5))

PROBLEMS = {
    "ℓ4": (dl.LpRegression(INPUTS, LINE, p=4), Chain(3)),
    "logistic": (dl.problems.LogisticRegression(INPUTS, (LINE > 0).astype(float)), Chain(2)),
    "completion": (dl.problems.MatrixCompletion(TABLE, rng.random((6, 5)) < 0.7), Dense(2, 3)),
    "diagonal": (dl.LpRegression(INPUTS, LINE), Diagonal(2)),
}
MARKS = [0, 10, 400]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    dask = pytest.importorskip("dask")
    # On a busy machine a worker may take longer than the usual 15 s to come back, and would then be shut out.
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "120s"}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            local_directory=str(tmp_path_factory.mktemp("workers")),
            silence_logs=logging.CRITICAL,
        ) as local,
    ):
        yield local


@pytest.fixture
def client(cluster):
    with distributed.Client(cluster) as made:
        made.wait_for_workers(2, timeout=60)
        yield made


class Slow(Backend):
    """As NumPy, and half a second a block, so that there is time to do harm."""

    def advance(self, *given, **settings):
        time.sleep(0.5)
        return NumPy().advance(*given, **settings)


def runs_of(network, rates=(1e-4, 1e-3, 1e-2, 1e3)):
    return [
        dl.Run(network=network, learning_rate=rate, seed=seed, start=NearZero(0.3)) for rate in rates for seed in (0, 1)
    ]


@contextmanager
def harm(client, do):
    """`do` it as soon as both workers are busy."""

    def wait_and_do():
        while sum(bool(tasks) for tasks in client.processing().values()) < 2:
            time.sleep(0.02)
        do()
        done.append(True)

    done = []
    thread = threading.Thread(target=wait_and_do)
    thread.start()
    yield
    thread.join()
    assert done


def kill(workers):
    for pid in workers:
        os.kill(pid, signal.SIGKILL)


def assert_same(there, here):
    assert_array_equal(there.diverged_at, here.diverged_at)
    assert_allclose(there.loss, here.loss, rtol=1e-9)
    assert there.recorded.keys() == here.recorded.keys()
    for name in here.recorded:
        assert_allclose(there.recorded[name], here.recorded[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", PROBLEMS)
def test_two_workers_give_what_one_process_gives(name, client):
    problem, network = PROBLEMS[name]
    runs, observe = runs_of(network), [dl.recording.Weights()]
    assert_same(
        dl.advance(problem, runs, MARKS, backend=Dask(client), observe=observe),
        dl.advance(problem, runs, MARKS, observe=observe),
    )


@pytest.mark.parametrize("damage", ["one worker", "all workers", "restart"])
def test_lost_workers_change_nothing_and_each_block_arrives_once(damage, client, monkeypatch):
    monkeypatch.setattr(_dask, "_BLOCK", 2)
    problem, network = PROBLEMS["ℓ4"]
    runs, arrived, told = runs_of(network), [], []
    here = dl.advance(problem, runs, MARKS)
    pids = list(client.run(os.getpid).values())
    do = {"one worker": lambda: kill(pids[:1]), "all workers": lambda: kill(pids), "restart": client.restart}[damage]
    backend = Dask(client, Slow(), finished=lambda block, part: arrived.extend(zip(block, part.loss, strict=True)))
    with harm(client, do):
        there = dl.advance(problem, runs, MARKS, backend=backend, progress=told.append)
    assert_same(there, here)
    assert sorted(runs.index(run) for run, _ in arrived) == list(range(len(runs)))
    for run, loss in arrived:
        assert_allclose(loss, here.loss[runs.index(run)], rtol=1e-9)
    assert sum(told) == len(runs) * MARKS[-1]
    assert set(client.run(os.getpid).values()) != set(pids)


def test_a_problem_that_was_lost_is_sent_again(client, monkeypatch):
    scattered = []
    scatter = client.scatter

    def scatter_and_lose_the_first(*given, **settings):
        scattered.append(scatter(*given, **settings))
        if len(scattered) == 1:
            client.cancel(scattered[0], force=True)
        return scattered[-1]

    monkeypatch.setattr(client, "scatter", scatter_and_lose_the_first)
    problem, network = PROBLEMS["diagonal"]
    assert_same(
        dl.advance(problem, runs_of(network), MARKS, backend=Dask(client)), dl.advance(problem, runs_of(network), MARKS)
    )
    assert len(scattered) > 1


def test_blocks_that_record_rows_of_different_lengths_are_filled_up(client):
    problem, _ = PROBLEMS["ℓ4"]
    runs = [dl.Run(network=Dense(depth, 2), learning_rate=1e-3) for depth in (2, 3)]
    observe = [dl.recording.LayerNorms()]
    there = dl.advance(problem, runs, MARKS, backend=Dask(client), observe=observe)
    assert_same(there, dl.advance(problem, runs, MARKS, observe=observe))
    assert np.isnan(there.recorded["layer norms"][0, :, 2]).all()


def test_an_error_of_the_runs_is_raised_as_it_is_and_the_other_blocks_are_given_up(client, monkeypatch):
    monkeypatch.setattr(_dask, "_BLOCK", 1)
    problem, network = PROBLEMS["ℓ4"]

    def fails(snapshot):
        raise ZeroDivisionError("of my own")

    with pytest.raises(ZeroDivisionError, match="of my own"):
        dl.advance(problem, runs_of(network), MARKS, backend=Dask(client, Slow()), observe={"mine": fails})
    for _ in range(100):
        if not any(client.processing().values()):
            return
        time.sleep(0.05)
    raise AssertionError("blocks that nobody waits for are still at work")


@pytest.mark.parametrize(("name", "other"), [("deeplinear", ("0.0.1", (3, 11))), ("Python", (dl.__version__, (2, 7)))])
def test_a_worker_of_another_version_is_named_with_the_remedy(name, other, client, monkeypatch):
    monkeypatch.setattr(_dask, "_VERSIONS", other)
    with pytest.raises(
        RuntimeError, match=r"the worker at tcp://.* has deeplinear .* and here is .*: install deeplinear"
    ):
        dl.advance(dl.TwoPoint([1.0]), [dl.Run()], [1], backend=Dask(client))


def test_a_worker_of_another_version_that_comes_later_computes_nothing(monkeypatch):
    monkeypatch.setattr(_dask, "_VERSIONS", ("0.0.1", (3, 11)))
    with pytest.raises(
        RuntimeError, match=r"this worker has deeplinear 0\.0\.1 on Python 3\.11, and the runs come from"
    ):
        _dask._advance((dl.__version__, (3, 11)), None, (), None, None, None, None)


def test_a_worker_without_the_package_is_named(client, monkeypatch):
    monkeypatch.setattr(
        client, "run", lambda *given, **settings: {"tcp://there:1": ModuleNotFoundError("No module named 'deeplinear'")}
    )
    with pytest.raises(RuntimeError, match="the worker at tcp://there:1 cannot import deeplinear"):
        dl.advance(dl.TwoPoint([1.0]), [dl.Run()], [1], backend=Dask(client))


def test_an_address_in_place_of_a_client_says_what_to_write():
    with pytest.raises(TypeError, match=r"client is 'tcp://10.0.0.1:8786', .*Client\(address\)"):
        dl.sweep(dl.TwoPoint((1.0,)), client="tcp://10.0.0.1:8786")


def test_workers_may_compute_with_jax(client):
    problem, network = PROBLEMS["ℓ4"]
    runs = [dl.Run(network, rate, start=NearZero(0.3)) for rate in (1e-3, 1e-2)]
    shared = dl.advance(problem, runs, MARKS, backend=Dask(client, "jax"))
    assert_allclose(shared.loss, dl.advance(problem, runs, MARKS).loss, rtol=1e-9)


def test_a_checkpoint_on_the_workers_is_refused(client, tmp_path):
    with pytest.raises(ValueError, match="workers keep none"):
        dl.advance(dl.TwoPoint([1.0]), [dl.Run()], [1], backend=Dask(client), checkpoint=tmp_path / "here")
    assert not list(tmp_path.iterdir())


def test_no_workers_is_an_error_that_says_what_to_do_at_the_start_and_on_the_way(tmp_path):
    with (
        distributed.LocalCluster(
            n_workers=1,
            processes=False,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            local_directory=str(tmp_path),
        ) as small,
        distributed.Client(small) as client,
    ):
        seen = itertools.count()
        client.wait_for_workers(1)
        threads = client.nthreads
        client.nthreads = lambda: threads() if next(seen) == 0 else {}
        with pytest.raises(RuntimeError, match=r"has lost all its workers, and for 0\.2 seconds no other has come"):
            dl.advance(dl.TwoPoint([1.0]), [dl.Run()], [1], backend=Dask(client, patience=0.2))
        small.scale(0)
        client.nthreads = threads
        while client.nthreads():
            time.sleep(0.05)
        with pytest.raises(ValueError, match="has no workers: start some"):
            dl.sweep(dl.TwoPoint([1.0]), 1, 0.1, 10, client=client)
