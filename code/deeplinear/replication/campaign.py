"""Experiments are run, those on the same loss together, and their records written."""

from __future__ import annotations

import datetime
import itertools
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import deeplinear
from deeplinear.datasets import Dataset
from deeplinear.problems import LpRegression
from deeplinear.replication import first_edition, records
from deeplinear.replication.experiments import EXPERIMENTS, Experiment
from deeplinear.replication.first_edition import Reading
from deeplinear.replication.store import Shelf, Store
from deeplinear.training.marks import recorded_steps
from deeplinear.training.run import Run
from deeplinear.training.tuning import SURVIVAL, Search, choose, search_together

__all__ = ["RULE", "replicate"]

MARKS = 150
#: How the records that are made now are read. The search has gone on beyond every edge, but for runs that never leave
#: their start: these end at an edge, and it is no worse than another rate.
RULE: Reading = {"survival": SURVIVAL, "neighbours": "both", "edges": True}


def replicate(
    names: Sequence[str],
    store: Store,
    data: Dataset,
    into: Path,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    steps: int | None = None,
    experiments: Mapping[str, Experiment] = EXPERIMENTS,
) -> list[Path]:
    """Run the experiments `names`, those on the same loss and of the same length together, and write their records.

    Parameters
    ----------
    names : str
        Keys of `experiments`.
    store : Store
        Where runs are made and kept.
    data : Dataset
        The rows: of :mod:`deeplinear.datasets`, or any object with the attributes of a
        :class:`~deeplinear.datasets.Dataset`.
    into : Path
        The folder for the records.
    seeds : ints
        Every rate is tried with the first, the best and its neighbours with all of them.
    steps : int, optional
        Another length than the experiment's own, for a quick look.
    experiments : mapping, optional
        Others than the paper's.

    Returns
    -------
    list of Path
        The records, in the order in which they were finished.
    """
    chosen = [(name, replace(experiments[name], steps=steps or experiments[name].steps)) for name in names]
    alike: dict[tuple[float, int, bool], list[tuple[str, Experiment]]] = {}
    for name, experiment in chosen:
        alike.setdefault((experiment.p, experiment.steps, experiment.rates is None), []).append((name, experiment))
    written = []
    for (p, length, tuned), group in sorted(alike.items()):
        shelf = store.shelf(LpRegression(data.inputs, data.targets, p=p), recorded_steps(MARKS, length))
        if tuned:
            _tune(group, shelf, seeds)
        else:
            shelf.train([run for _, experiment in group for run in _fixed(experiment, seeds)])
        for name, experiment in group:
            path = into / f"{name}.json"
            records.write(path, _record(experiment, shelf, data, seeds))
            print(f"{name}: {path}", flush=True)
            written.append(path)
    return written


def _fixed(experiment: Experiment, seeds: Sequence[int]) -> list[Run]:
    grid = itertools.product(experiment.configurations.values(), experiment.rates or (), seeds)
    return [replace(run, learning_rate=rate, seed=seed) for run, rate, seed in grid]


def _tune(group: Sequence[tuple[str, Experiment]], shelf: Shelf, seeds: Sequence[int]) -> None:
    """Search the best rate of every configuration, all searches advancing together;
    equal configurations share theirs.
    """
    configurations: dict[str, Run] = {}
    for record, experiment in group:
        for name, run in experiment.configurations.items():
            if run not in configurations.values():
                configurations[f"{record}, {name}"] = run
    searches = {name: Search(seeds=seeds, few=1) for name in configurations}
    search_together(configurations, searches, shelf.train, start=lambda run: float(shelf.finished[run].loss[0]))
    chosen = []
    for name, search in searches.items():
        rates = [search.lattice(index) for index in search.tried]
        finals = [[search.finals.get((index, seed), np.nan) for seed in seeds] for index in search.tried]
        if best := choose(rates, finals, **RULE).learning_rate:
            chosen += [replace(configurations[name], learning_rate=best, seed=seed) for seed in seeds]
    shelf.train(chosen)  # the other seeds of runs that never leave their start, whose search has ended at an edge


def _record(experiment: Experiment, shelf: Shelf, data: Dataset, seeds: Sequence[int]) -> records.Record:
    curves, seconds = [], 0.0
    for name, configuration in experiment.configurations.items():
        for run, result in shelf.like(configuration):
            if experiment.rates is None or run.learning_rate in experiment.rates:
                curves.append(records.Curve(name, run.learning_rate, run.seed, result.loss, result.diverged_at))
                seconds += result.seconds
    provenance = {
        "data": {"name": data.name, "source": data.source, "sha256": data.sha256, "rows": len(data.inputs)},
        "version": f"deeplinear {deeplinear.__version__}, NumPy {np.__version__}, Python {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "steps": int(shelf.marks[-1]),
        "seeds": list(seeds),
        "rates": "1.25^k, searched to neighbours of the best" if experiment.rates is None else list(experiment.rates),
        "rule": dict(RULE if experiment.rates is None else first_edition.RULE),
        "precision": shelf.dtype,
        "wall seconds": float(f"{seconds:.3g}"),  # each run's share of the batches that it was part of
        "configurations": {name: _described(run) for name, run in experiment.configurations.items()},
    }
    assert isinstance(shelf.problem, LpRegression)
    lowest = float(shelf.problem.optimum.loss)
    return records.Record(experiment.title, provenance, shelf.problem.p, lowest, shelf.marks, tuple(curves))


def _described(run: Run) -> str:
    """The run without what the search decides."""
    fields: dict[str, Any] = {name: value for name, value in vars(run).items() if name not in ("learning_rate", "seed")}
    return ", ".join(f"{name}={value!r}" for name, value in fields.items())
