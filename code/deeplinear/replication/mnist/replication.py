"""The paper's convolutional network at full length: ``python -m deeplinear.replication mnist``.

Every finished run is kept, so the command can be killed at any moment and given again. A run takes minutes on a
graphics card, and six to twenty on one core, so it is not among those that ``make replicate`` makes.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import multiprocessing
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import deeplinear
from deeplinear import _files, _progress
from deeplinear.datasets import Mnist
from deeplinear.datasets._sources import registered
from deeplinear.replication import first_edition
from deeplinear.replication._lock import alone
from deeplinear.replication.mnist.network import EPOCHS, Digits, Training, digits
from deeplinear.replication.mnist.records import MnistRecord, MnistRun, summary, write
from deeplinear.replication.mnist.training import Outcome, train
from deeplinear.training.tuning.rule import choose

__all__ = ["CONFIGURATIONS", "GRID", "Runs", "climb", "replicate"]

#: What is trained at the paper's learning rate with every seed, named by what the penalty is on.
CONFIGURATIONS: dict[str, Training] = {
    "original": Training(),
    "original, no penalty": Training(penalty="none"),
    "depth 2, product": Training(depth=2),
    "depth 2, factors": Training(depth=2, penalty="factors"),
    "depth 2, no penalty": Training(depth=2, penalty="none"),
}
#: The two networks of the figure: each is also trained at the best rate of its own.
SEARCHED = ("original", "depth 2, product")
#: Every second rate of the first records' lattice, a factor of 1.67 apart: for one pass each, and for the search at
#: full length.
GRID = tuple(range(-16, -5, 2))
_KEPT = tuple(field.name for field in dataclasses.fields(Outcome))
_LEAST = 1e-7  # a network that diverges at this rate does so at every rate


@dataclass(frozen=True)
class Runs:
    """Makes runs on one set of images, `processes` at a time, and keeps them in `folder`."""

    training: Digits
    test: Digits
    folder: Path
    processes: int = 1

    def make(self, wanted: Iterable[Training]) -> None:
        """Train those that are not there yet; side by side, each with one thread, if there are several processes."""
        runs = list(dict.fromkeys(wanted))
        if all(self._kept(run) for run in runs):
            return
        with alone(self.folder / "mnist.lock", "runs of the network"):
            self._make_all([run for run in runs if not self._kept(run)])

    def _make_all(self, missing: Sequence[Training]) -> None:
        if not missing:
            return
        steps = [run.length(len(self.training)) for run in missing]
        with _progress.bar(len(missing), sum(steps) // len(missing)) as tell:
            if self.processes == 1 or len(missing) == 1:
                for run in missing:
                    self._make(run, tell)
                return
            fresh = multiprocessing.get_context("spawn")  # TensorFlow does not survive a fork
            with ProcessPoolExecutor(self.processes, fresh, initializer=_use_one_thread) as pool:
                for taken, _ in zip(steps, pool.map(self._make, missing), strict=True):
                    tell(taken)

    def outcome(self, run: Training) -> Outcome:
        """What a run leaves behind; it is trained now if it is not there yet."""
        self.make([run])
        saved = _files.load_arrays(self.file(run))
        return Outcome(**{name: saved[name] for name in _KEPT})

    def file(self, run: Training) -> Path:
        """Where a run is kept: its settings and its images say."""
        said = hashlib.sha256(repr(run).encode())
        for part in (self.training, self.test):
            said.update(part.images.tobytes())
            said.update(part.labels.tobytes())
        return self.folder / f"{said.hexdigest()[:20]}.npz"

    def _kept(self, run: Training) -> bool:
        """Whether a run is there, and whole."""
        file = self.file(run)
        return file.exists() and _files.load_or_set_aside(file, *_KEPT) is not None

    def _make(self, run: Training, progress: Callable[[int], object] = lambda taken: None) -> None:
        _files.save_arrays(self.file(run), **vars(train(run, self.training, self.test, progress=progress)))


def _use_one_thread() -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def climb(end: Callable[[int], float], start: int, stride: int = 2) -> int:
    """The index of lowest `end`, both of whose neighbours, `stride` away, are no better; beginning at `start`.

    Examples
    --------
    >>> from deeplinear.replication.mnist.replication import climb
    >>> tried = []
    >>> climb(lambda index: (tried.append(index), abs(index - 3))[1], start=0), tried
    (2, [0, 2, 4])
    """
    ends = {start: end(start)}
    while True:
        tried = sorted(ends)
        rates = [first_edition.rate(index) for index in tried]
        chosen = choose(rates, [[ends[index]] for index in tried], **first_edition.RULE).learning_rate
        if chosen is None and rates[0] < _LEAST:
            raise ValueError(f"every rate down to {rates[0]:g} diverges")
        best = None if chosen is None else tried[rates.index(chosen)]
        wanted = (tried[0] - stride,) if best is None else (best + stride, best - stride)
        missing = [index for index in wanted if index not in ends]
        if best is not None and not missing:
            return best
        ends[missing[0]] = end(missing[0])


def replicate(
    data: Mnist, into: Path, *, seeds: Sequence[int] = (0, 1), steps: int | None = None, processes: int = 1
) -> Path:
    """Train every configuration with every seed, search the best rates, and write the record ``mnist.json``.

    The two networks of the figure get a rate of their own: that of the lowest total at the end, the quantity that the
    paper plots. With the first seed, the whole grid is tried for one pass; at full length the search begins at the best
    of these, and goes on until both neighbours of the best have been tried. The further seeds then repeat the best.
    """
    training, test = digits(data)
    runs = Runs(training, test, into / ".runs" / "mnist", processes)
    whole = Training(steps=steps).length(len(training))
    named = [(name, replace(run, seed=seed, steps=steps)) for name, run in CONFIGURATIONS.items() for seed in seeds]
    runs.make(run for _, run in named)
    for name in SEARCHED:
        named += _search(name, runs, seeds, steps, max(1, round(whole / EPOCHS)))
    kept = [summary(name, run.learning_rate, run.seed, runs.outcome(run)) for name, run in dict.fromkeys(named)]
    path = into / "mnist.json"
    record = MnistRecord("The convolutional network", _provenance(data, whole, seeds, processes, kept), tuple(kept))
    write(path, record)
    return path


def _search(
    name: str, runs: Runs, seeds: Sequence[int], steps: int | None, one_pass: int
) -> list[tuple[str, Training]]:
    """The runs that search the best rate of a configuration, by name."""

    def at(index: int, seed: int = seeds[0], steps: int | None = steps) -> Training:
        return replace(CONFIGURATIONS[name], learning_rate=first_edition.rate(index), seed=seed, steps=steps)

    def total(run: Training) -> float:
        end = summary(name, run.learning_rate, run.seed, runs.outcome(run)).at("total")
        return end if np.isfinite(end) else np.inf

    def end(index: int) -> float:
        tried.append(index)
        return total(at(index))

    tried: list[int] = []
    passes = {index: at(index, steps=one_pass) for index in GRID}
    runs.make(passes.values())
    first = min(passes, key=lambda index: total(passes[index]))
    runs.make(at(first + step) for step in (0, -2, 2))  # as the climb will want them, but side by side
    best = climb(end, first)
    runs.make(at(best, seed) for seed in seeds[1:])
    found = [at(index) for index in tried] + [at(best, seed) for seed in seeds[1:]]
    return [*((name, run) for run in found), *((f"{name}, one pass", run) for run in passes.values())]


def _provenance(
    data: Mnist, steps: int, seeds: Sequence[int], processes: int, runs: Sequence[MnistRun]
) -> dict[str, Any]:
    import keras
    import tensorflow as tf

    fastest = {
        name: round(1000 * min(r.seconds_per_step for r in runs if r.name == name), 1) for name in CONFIGURATIONS
    }
    versions = f"TensorFlow {tf.__version__}, Keras {keras.__version__}, NumPy {np.__version__}"
    return {
        "data": {
            "name": "MNIST",
            "source": data.source,
            "sha256": registered("mnist").sha256 if data.source == "keras" else "",
            "images": [len(part) for part in digits(data)],
        },
        "version": f"deeplinear {deeplinear.__version__}, {versions}, Python {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "processes": processes,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "steps": steps,
        "seeds": list(seeds),
        "precision": "float32",
        "wall seconds": round(sum(run.seconds_per_step * run.steps[-1] for run in runs), 1),
        "milliseconds per step": fastest,  # the machine had other work besides
        "configurations": {name: repr(run) for name, run in CONFIGURATIONS.items()},
    }
