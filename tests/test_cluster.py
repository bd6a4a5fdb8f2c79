"""A Dask cluster of two workers, one of which is killed half-way, gives what one process gives."""

import logging
import os
import signal
import threading
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import deeplinear as dl
from deeplinear import records
from deeplinear.replicate import main

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("default")  # the cluster's own, and those of a worker that dies


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path), silence_logs=logging.CRITICAL
    ) as local:
        yield local


def test_a_worker_killed_half_way_changes_nothing(cluster):
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((2000, 60))
    problem = dl.LpRegression(inputs, inputs @ rng.standard_normal(60) / 8 + rng.standard_normal(2000), p=4)
    # Calm rates and rates that diverge at once: between them runs are chaotic, and a last digit decides where they go.
    rates = [*np.geomspace(1e-4, 2e-2, 20), 20.0, 50.0, 100.0, 200.0]
    grid = {"depth": (1, 2, 3), "learning_rate": rates, "steps": 4000, "seed": (0, 1), "record": 30}
    here = dl.sweep(problem, **grid)
    with distributed.Client(cluster) as client:
        workers = client.run(os.getpid)
        assert len(workers) == 2
        killed = []

        def kill_one():
            while True:  # when both are at work, and have been for a while
                busy = [tasks for tasks in client.processing().values() if tasks]
                if len(busy) == 2:
                    break
                time.sleep(0.02)
            time.sleep(0.5)
            victim = next(iter(workers.values()))
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

        killer = threading.Thread(target=kill_one)
        killer.start()
        there = dl.sweep(problem, **grid, client=client)
        killer.join()
        assert killed
        assert victim_is_gone(killed[0])
    assert_array_equal(there.diverged_at, here.diverged_at)
    assert_allclose(there.loss, here.loss, rtol=1e-9)
    assert (here.diverged_at >= 0).any()
    assert (here.diverged_at < 0).any()


def victim_is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().split()[2] == "Z"
    except FileNotFoundError:
        return True


def test_the_replication_runs_on_a_cluster(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr("deeplinear.replicate.load_ethanol", lambda source: dl.load_ethanol(source="embedded"))
    for folder, where in (("here", []), ("there", ["--scheduler", cluster.scheduler_address])):
        main(["4", "--steps", "50", "--seeds", "2", "--records", str(tmp_path / folder), *where])
    for name in ("figure-4-left", "figure-4-right"):
        one, other = (records.read(tmp_path / folder / f"{name}.json") for folder in ("here", "there"))
        assert [curve.learning_rate for curve in one.curves] == [curve.learning_rate for curve in other.curves]
        for mine, theirs in zip(one.curves, other.curves, strict=True):
            assert_allclose(theirs.loss, mine.loss, rtol=1e-8)


def test_a_cluster_without_workers_is_refused(tmp_path):
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=logging.CRITICAL) as empty,
        distributed.Client(empty) as client,
        pytest.raises(ValueError, match="has no workers: start some"),
    ):
        dl.sweep(dl.TwoPoint([1.0]), 1, 0.1, 10, client=client)
