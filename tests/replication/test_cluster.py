"""The replication on a Dask cluster of two workers makes the records that one process makes."""

import logging

import numpy as np
import pytest
from numpy.testing import assert_allclose

from deeplinear.replication import records
from deeplinear.replication.command import main

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("default")  # the cluster's own


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        local_directory=str(tmp_path),
        silence_logs=logging.CRITICAL,
    ) as local:
        yield local


class Small:
    name, source, sha256, citation, licence = "small", "made up", "0f" * 32, "nobody", "public domain"
    inputs = np.random.default_rng(0).standard_normal((40, 5))
    targets = inputs @ [1.0, -1.0, 0.5, 0.0, 0.2]


def test_the_replication_runs_on_a_cluster(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr("deeplinear.replication.command.load_gas", lambda name, source: Small())
    for folder, where in (("here", []), ("there", ["--scheduler", cluster.scheduler_address])):
        main(["4", "--steps", "50", "--seeds", "2", "--records", str(tmp_path / folder), *where])
    for name in ("figure-4-left", "figure-4-right"):
        here, there = (
            {(curve.name, curve.learning_rate, curve.seed): curve.loss for curve in records.read(file).curves}
            for file in (tmp_path / folder / f"{name}.json" for folder in ("here", "there"))
        )
        # Where two rates end alike to the last digits, the search may turn either way.
        shared = here.keys() & there.keys()
        assert len(shared) > 0.8 * max(len(here), len(there))
        for run in shared:
            assert_allclose(there[run], here[run], rtol=1e-8)
