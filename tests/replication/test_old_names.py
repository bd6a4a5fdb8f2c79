"""Whoever imports the replication by its former names is answered, and told the new ones."""

import importlib
import subprocess
import sys

import pytest

import deeplinear as dl


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("deeplinear.replicate", "deeplinear.replication.command", "main"),
        ("deeplinear.replicate", "deeplinear.replication.experiments", "EXPERIMENTS"),
        ("deeplinear.replicate", "deeplinear.replication.experiments", "Experiment"),
        ("deeplinear.replicate", "deeplinear.replication.campaign", "replicate"),
        ("deeplinear.store", "deeplinear.replication.store", "Store"),
        ("deeplinear.store", "deeplinear.replication.store", "Finished"),
        ("deeplinear.records", "deeplinear.replication.records", "read"),
        ("deeplinear.record_figures", "deeplinear.replication.figures", "curves"),
        ("deeplinear.mnist.records", "deeplinear.replication.mnist.records", "MnistRecord"),
        ("deeplinear.mnist.network", "deeplinear.replication.mnist.network", "Training"),
        ("deeplinear.mnist.penalty", "deeplinear.replication.mnist.penalty", "penalty_alone"),
        ("deeplinear.mnist.replication", "deeplinear.replication.mnist.replication", "CONFIGURATIONS"),
        ("deeplinear.mnist.training", "deeplinear.replication.mnist.training", "Outcome"),
    ],
)
def test_a_former_module_still_has_its_names(old, new, name, monkeypatch):
    for module in [known for known in sys.modules if known in (old, "deeplinear.mnist")]:
        monkeypatch.delitem(sys.modules, module)
    with pytest.warns(DeprecationWarning, match=r"is now deeplinear\.replication"):
        former = importlib.import_module(old)
    assert getattr(former, name) is getattr(importlib.import_module(new), name)


def test_the_public_names_are_silent():
    assert dl.records.read.__module__ == "deeplinear.replication.records"
    assert dl.record_figures.curves.__module__ == "deeplinear.replication.figures"


def test_the_former_command_is_still_one():
    command = [sys.executable, "-W", "always::DeprecationWarning", "-m", "deeplinear.replicate", "7"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "deeplinear.replicate is now deeplinear.replication;" in refused.stderr
    assert "python -m deeplinear.replication: error: there is no figure '7'" in refused.stderr
