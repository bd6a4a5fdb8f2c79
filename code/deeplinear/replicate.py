"""The paper's figures at full length: ``python -m deeplinear.replicate FIGURE``.

Every run that is finished is kept, and regressions under way are saved every 20 seconds, so the command can be killed at any
moment and given again. Runs that several figures share are made once. The records go to ``data/records``. The convolutional
network, ``mnist``, needs TensorFlow and hours on two cores: it is made only when it is named, and
:mod:`deeplinear.mnist.replication` makes it.

Source: S. Arora, N. Cohen, E. Hazan, ICML 2018, §8, arXiv:1802.06509. What it leaves open (seeds, which rate each curve has)
is decided here in the open: three seeds, and a rate for each method by :mod:`deeplinear.tuning`.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import deeplinear
from deeplinear import records, tuning
from deeplinear.datasets import DataError, Ethanol, load_ethanol, load_mnist
from deeplinear.optimizers import AdaDelta, AdaGrad, Adam, HeavyBall, Nesterov
from deeplinear.problems import LpRegression
from deeplinear.runs import Run
from deeplinear.schedules import PowerOfLoss, WarmUp
from deeplinear.store import Store
from deeplinear.sweep import recorded_steps

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["EXPERIMENTS", "Experiment", "main", "replicate"]

MARKS = 150
#: The one experiment that is not a regression.
NETWORK = "mnist"


@dataclass(frozen=True)
class Experiment:
    """What one record holds: configurations on one loss for a number of steps, each tuned, or all at the given rates."""

    figure: str
    title: str
    p: float
    steps: int
    configurations: Mapping[str, Run]
    rates: tuple[float, ...] | None = None


def _depths(*depths: int, **settings: Any) -> dict[str, Run]:
    return {f"depth {depth}": Run(depth, **settings) for depth in depths}


def _emulations() -> dict[str, Run]:
    """Networks, and the rule that should move as they do."""
    ways: dict[str, dict[str, Any]] = {
        "rule": {"method": "rule"},
        "width 1": {},
        "width 100": {"width": 100},
        "width 1, balanced": {"start": "balanced"},
    }
    return {f"{way}, depth {n}": Run(n, **settings) for n in (2, 3) for way, settings in ways.items()}


_BASELINES = {
    "depth 1": Run(),
    "warm-up": Run(schedule=WarmUp(2000)),
    "step by loss": Run(schedule=PowerOfLoss(-0.5)),
    "heavy ball": Run(optimizer=HeavyBall()),
    "Nesterov": Run(optimizer=Nesterov()),
    "depth 2": Run(2),
    "depth 3": Run(3),
    "warm-up, heavy ball": Run(schedule=WarmUp(2000), optimizer=HeavyBall()),
    "step by loss, heavy ball": Run(schedule=PowerOfLoss(-0.5), optimizer=HeavyBall()),
    "heavy ball, depth 2": Run(2, optimizer=HeavyBall()),
    "heavy ball, depth 3": Run(3, optimizer=HeavyBall()),
}

#: What is run, by the name of its record.
EXPERIMENTS: dict[str, Experiment] = {
    "figure-2-l2": Experiment("2", "Rule and network, ℓ2", 2, 250_000, _emulations(), (1e-3, 2e-3)),
    "figure-2-l4": Experiment("2", "Rule and network, ℓ4", 4, 250_000, _emulations(), (1e-3, 4e-3)),
    "figure-3-l2": Experiment("3", "Depth on ℓ2", 2, 1_000_000, _depths(1, 2, 3)),
    "figure-3-l4": Experiment("3", "Depth on ℓ4", 4, 1_000_000, _depths(1, 2, 3)),
    "figure-4-left": Experiment(
        "4",
        "Depth against adaptive methods, ℓ4",
        4,
        1_000_000,
        {"AdaGrad": Run(optimizer=AdaGrad()), "AdaDelta": Run(optimizer=AdaDelta()), **_depths(1, 3)},
    ),
    "figure-4-right": Experiment("4", "Adam with depth, ℓ4", 4, 1_000_000, _depths(1, 2, 3, optimizer=Adam())),
    "figure-5-left": Experiment(
        "5-left",
        "Near-zero and identity starts, ℓ4",
        4,
        250_000,
        {f"{start}, depth {n}": Run(n, start=start) for start in ("near-zero", "identity") for n in (1, 4, 8)},
    ),
    "baselines-l2": Experiment("baselines", "What else speeds up gradient descent, ℓ2", 2, 250_000, _BASELINES),
    "baselines-l4": Experiment("baselines", "What else speeds up gradient descent, ℓ4", 4, 1_000_000, _BASELINES),
    "ablation": Experiment(
        "ablation",
        "The two parts of Claim 2, ℓ4",
        4,
        250_000,
        {
            "depth 1": Run(),
            **{f"{way}, depth {n}": Run(n, method=way) for n in (2, 3) for way in ("rule", "adaptive-step", "amplification")},
        },
    ),
}


def replicate(
    names: Sequence[str],
    store: Store,
    data: Ethanol,
    into: Path,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    steps: int | None = None,
) -> list[Path]:
    """Run the experiments `names`, those on the same loss and of the same length together, and write their records.

    Parameters
    ----------
    names : str
        Keys of :data:`EXPERIMENTS`.
    store : Store
        Where runs are made and kept.
    data : Ethanol
        The rows.
    into : Path
        The folder for the records.
    seeds : ints
        The first is tuned with.
    steps : int, optional
        Another length than the experiment's own, for a quick look.

    Returns
    -------
    list of Path
        The records, in the order in which they were finished.
    """
    chosen = [(name, replace(EXPERIMENTS[name], steps=steps or EXPERIMENTS[name].steps)) for name in names]
    alike: dict[tuple[float, int, bool], list[tuple[str, Experiment]]] = {}
    for name, experiment in chosen:
        alike.setdefault((experiment.p, experiment.steps, experiment.rates is None), []).append((name, experiment))
    written = []
    for (p, length, tuned), group in sorted(alike.items()):
        problem, marks = LpRegression(data.inputs, data.targets, p=p), recorded_steps(MARKS, length)
        store.open(problem, marks)
        if tuned:
            together = {repr(run): run for _, experiment in group for run in experiment.configurations.values()}
            tuning.tune(together, store.train, seeds)
        else:
            every = [run for _, experiment in group for run in _fixed(experiment, seeds)]
            store.train(every)
        for name, experiment in group:
            path = into / f"{name}.json"
            records.write(path, _record(experiment, store, data, problem, marks, seeds))
            print(f"{name}: {path}", flush=True)
            written.append(path)
    return written


def _fixed(experiment: Experiment, seeds: Sequence[int]) -> list[Run]:
    grid = itertools.product(experiment.configurations.values(), experiment.rates or (), seeds)
    return [replace(run, learning_rate=rate, seed=seed) for run, rate, seed in grid]


def _record(
    experiment: Experiment,
    store: Store,
    data: Ethanol,
    problem: LpRegression,
    marks: NDArray[np.int64],
    seeds: Sequence[int],
) -> records.Record:
    curves, seconds = [], 0.0
    for name, configuration in experiment.configurations.items():
        for run, result in store.like(configuration):
            if experiment.rates is None or run.learning_rate in experiment.rates:
                curves.append(records.Curve(name, run.learning_rate, run.seed, result.loss, result.diverged_at))
                seconds += result.seconds
    provenance = {
        "data": {"name": "ethanol", "source": data.source, "sha256": data.sha256, "rows": len(data.inputs)},
        "version": f"deeplinear {deeplinear.__version__}, NumPy {np.__version__}, Python {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "steps": int(marks[-1]),
        "seeds": list(seeds),
        "rates": "10^(k/9), searched to neighbours of the best" if experiment.rates is None else list(experiment.rates),
        "precision": "float64",
        "wall seconds": round(seconds, 1),  # each run's share of the batches that it was part of
        "configurations": {name: _described(run) for name, run in experiment.configurations.items()},
    }
    return records.Record(experiment.title, provenance, problem.p, float(problem.optimum.loss), marks, tuple(curves))


def _described(run: Run) -> str:
    """The run without what the search decides."""
    fields = {name: value for name, value in vars(run).items() if name not in ("learning_rate", "seed")}
    return ", ".join(f"{name}={value!r}" for name, value in fields.items())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    figures = [*dict.fromkeys(experiment.figure for experiment in EXPERIMENTS.values()), NETWORK]
    parser = argparse.ArgumentParser(prog="python -m deeplinear.replicate", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "figure", nargs="*", metavar="FIGURE", help=f"any of {', '.join(figures)}; all but {NETWORK} if none is named"
    )
    parser.add_argument("--records", type=Path, default=None, help="folder of the records; default: data/records of the book")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="run on a Dask cluster, such as tcp://10.0.0.1:8786")
    parser.add_argument("--steps", type=int, help="another number of steps than the paper's, for a quick look")
    parser.add_argument("--seeds", type=int, help=f"how many seeds; default: 3, for {NETWORK} 2")
    parser.add_argument(
        "--processes", type=int, default=1, help=f"{NETWORK}: runs side by side, one thread each; default: 1, all"
    )
    parser.add_argument("--allow-stand-in", action="store_true", help="go on with the embedded data if the real are not there")
    options = parser.parse_args(arguments)
    if unknown := [figure for figure in options.figure if figure not in figures]:
        parser.error(f"there is no figure {unknown[0]!r}: choose from {', '.join(figures)}")
    for name, least in (("steps", 10), ("seeds", 1), ("processes", 1)):
        if getattr(options, name) is not None and getattr(options, name) < least:
            parser.error(f"--{name} is {getattr(options, name)}, it must be {least} or more")
    if options.steps is not None and options.records is None:
        parser.error("--steps makes a quick look, not the book's record: say where it goes with --records FOLDER")
    if NETWORK in options.figure and options.scheduler is not None:
        parser.error(f"{NETWORK} does not run on a cluster: leave out --scheduler")
    names = [name for name, experiment in EXPERIMENTS.items() if not options.figure or experiment.figure in options.figure]
    into = options.records or records.folder(to_write=True)
    try:
        if NETWORK in options.figure:
            _network(options, into)
        if not names:
            return 0
        data = load_ethanol(source="auto" if options.allow_stand_in else "real")
    except DataError as error:
        raise SystemExit(f"{error}\nTo run on the embedded stand-in instead: --allow-stand-in") from None
    seeds = tuple(range(options.seeds or 3))
    if options.scheduler is None:
        replicate(names, Store(into / ".runs"), data, into, seeds=seeds, steps=options.steps)
        return 0
    with _connect(options.scheduler) as client:
        replicate(names, Store(into / ".runs", client), data, into, seeds=seeds, steps=options.steps)
    return 0


def _network(options: argparse.Namespace, into: Path) -> None:
    try:
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise SystemExit(f'{NETWORK} needs TensorFlow ({error}): pip install "deeplinear[tensorflow]"') from None
    from deeplinear.mnist import replication

    data = load_mnist(source="auto" if options.allow_stand_in else "real")
    seeds = tuple(range(options.seeds or 2))
    path = replication.replicate(data, into, seeds=seeds, steps=options.steps, processes=options.processes)
    print(f"{NETWORK}: {path}", flush=True)


def _connect(address: str) -> Client:
    from distributed import Client

    try:
        return Client(address, timeout=5)
    except (OSError, ValueError) as error:
        raise SystemExit(f"no Dask scheduler answers at {address}: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
