"""The record of the convolutional network: cross-entropy, penalty and accuracy of every run, each for itself."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deeplinear import _files
from deeplinear.replication import first_edition
from deeplinear.replication.mnist.training import Outcome
from deeplinear.replication.records import locate
from deeplinear.training.tuning.rule import choose

__all__ = ["MnistRecord", "MnistRun", "Quantity", "read", "summary", "write"]

Array = NDArray[np.float64]
Quantity = Literal["total", "cross_entropy", "penalty", "accuracy", "tested", "all_tested", "all_tested_cross_entropy"]


@dataclass(frozen=True)
class MnistRun:
    """One run, at every fiftieth step and after the last.

    Attributes
    ----------
    name, learning_rate, seed
        The configuration, and what varies within it.
    steps : (marks,) ints
        Steps taken. A run that diverged ends early.
    cross_entropy, accuracy : (marks,)
        Means over the batches since the mark before, units dropped out as in training; at the first mark, of the first
        batch.
    penalty : (marks,)
        On the last of these batches.
    tested : (marks,)
        Accuracy on 1,000 of the test images.
    all_steps, all_tested, all_tested_cross_entropy : (rarer marks,)
        On all of them.
    end_accuracy, end_cross_entropy : float
        On all training images after the last step, no unit dropped out.
    diverged_at : int
        The first step whose loss is not finite, or −1.
    seconds_per_step : float
        Wall time, tests included.
    """

    name: str
    learning_rate: float
    seed: int
    steps: NDArray[np.int64]
    cross_entropy: Array
    penalty: Array
    accuracy: Array
    tested: Array
    all_steps: NDArray[np.int64]
    all_tested: Array
    all_tested_cross_entropy: Array
    end_accuracy: float
    end_cross_entropy: float
    diverged_at: int
    seconds_per_step: float

    @property
    def total(self) -> Array:
        """(marks,) cross-entropy and penalty: the batch loss that the paper plots."""
        return self.cross_entropy + self.penalty

    def reaches(self, step: int) -> bool:
        """Whether the run was to be that long, be it that it has diverged before."""
        return self.diverged_at >= 0 or bool(step <= self.steps[-1])

    def at(self, quantity: Quantity, step: int | None = None) -> float:
        """A quantity at the mark nearest to `step`, the last if it is None; ``nan`` once the run has diverged."""
        if self.diverged_at >= 0 and (step is None or step >= self.diverged_at):
            return float("nan")
        marks = self.all_steps if quantity.startswith("all_") else self.steps
        return float(getattr(self, quantity)[-1 if step is None else np.abs(marks - step).argmin()])


def summary(name: str, learning_rate: float, seed: int, outcome: Outcome) -> MnistRun:
    """What a record keeps of a run."""
    marks = outcome.tested_at
    pieces = [(0, 1), *itertools.pairwise(marks.tolist())]
    taken = len(outcome.cross_entropy)
    diverged = not np.isfinite(outcome.cross_entropy[-1] + outcome.penalty[-1])

    def means(series: NDArray[np.float32]) -> Array:
        return np.array([series[first:last].mean(dtype=float) for first, last in pieces])

    return MnistRun(
        name,
        learning_rate,
        seed,
        marks,
        means(outcome.cross_entropy),
        np.array([outcome.penalty[last - 1] for _, last in pieces], dtype=float),
        means(outcome.accuracy),
        outcome.tested.astype(float),
        outcome.all_tested_at,
        outcome.all_tested.astype(float),
        outcome.all_tested_cross_entropy.astype(float),
        float(outcome.end_accuracy),
        float(outcome.end_cross_entropy),
        taken - 1 if diverged else -1,
        float(outcome.seconds) / taken,
    )


@dataclass(frozen=True)
class MnistRecord:
    """All runs of the network, with where they come from."""

    title: str
    provenance: dict[str, Any]
    runs: tuple[MnistRun, ...]
    name: str = ""

    def __str__(self) -> str:
        """Where the numbers come from, in four lines."""
        origin, data = self.provenance, self.provenance["data"]
        seeds = ", ".join(map(str, origin["seeds"]))
        return (
            f"record {self.name}: {len(self.runs)} runs of up to {origin['steps']:,} steps, seeds {seeds}\n"
            f"  {data['name']} ({data['source']}), sha256 {data['sha256'][:12]}…, {origin['precision']}, "
            f"{origin['date']}\n"
            f"  {origin['wall seconds'] / 60:.0f} min of {origin['machine']}\n  {origin['version']}"
        )

    @cached_property
    def names(self) -> list[str]:
        """The configurations."""
        return list(dict.fromkeys(run.name for run in self.runs))

    def select(self, name: str, learning_rate: float | None = None) -> list[MnistRun]:
        """The runs of all seeds at a rate; at the one rate of the configuration, or the paper's 0.01,
        if none is given.
        """
        rates = self.rates(name)
        wanted = learning_rate if learning_rate is not None else 0.01 if 0.01 in rates else rates[0]
        return [run for run in self.runs if run.name == name and run.learning_rate == wanted]

    def rates(self, name: str) -> list[float]:
        """The rates of a configuration, in order."""
        if name not in self.names:
            raise ValueError(f"{name!r} is not in this record: it has {', '.join(map(repr, self.names))}")
        return sorted({run.learning_rate for run in self.runs if run.name == name})

    def best(self, name: str, quantity: Quantity = "total") -> float:
        """The rate with the lowest `quantity` at the end, of the first seed, and not one above a rate that diverged.

        Raises
        ------
        ValueError
            If every rate diverged.
        """
        rates = self.rates(name)
        ends = [[self.select(name, rate)[0].at(quantity)] for rate in rates]
        chosen = choose(rates, np.nan_to_num(ends, nan=np.inf), **first_edition.RULE).learning_rate
        if chosen is None:
            raise ValueError(f"every rate of {name!r} diverged: {', '.join(f'{rate:g}' for rate in rates)}")
        return chosen

    def end(self, name: str, learning_rate: float | None = None) -> int:
        """How many steps the longest run at a rate took."""
        return int(max(run.steps[-1] for run in self.select(name, learning_rate)))

    def values(
        self, quantity: Quantity, name: str, step: int | None = None, learning_rate: float | None = None
    ) -> Array:
        """(seeds,) a quantity at `step`, or at the end, of the runs that are so long."""
        wanted = self.end(name, learning_rate) if step is None else step
        return np.array([run.at(quantity, wanted) for run in self.select(name, learning_rate) if run.reaches(wanted)])

    def average(
        self, quantity: Quantity, name: str, first: int, last: int, learning_rate: float | None = None
    ) -> Array:
        """(seeds,) the mean of a quantity after step `first` and up to `last`, of the runs that are so long."""
        runs = [run for run in self.select(name, learning_rate) if run.reaches(last)]
        return np.array([getattr(run, quantity)[(run.steps > first) & (run.steps <= last)].mean() for run in runs])

    def table(self, quantity: Quantity, *steps: int, names: Sequence[str] | None = None) -> str:
        """A quantity at `steps`, at the paper's rate: the mean over seeds and half their range,
        "–" where none is so long.
        """
        chosen = self.names if names is None else names
        wide = max(map(len, chosen))
        lines = [" " * wide + "".join(f"{step:>16,}" for step in steps)]
        for name in chosen:
            row = "".join(f"{_spread(self.values(quantity, name, step)):>16}" for step in steps)
            lines.append(f"{name:{wide}}{row}")
        return "\n".join(lines)


def _spread(values: Array) -> str:
    if not len(values):
        return "–"
    return f"{values.mean():.4f}" + (f" ± {np.ptp(values) / 2:.4f}" if len(values) > 1 else "")


def write(path: Path, record: MnistRecord) -> None:
    """Write a record to `path`, a line a run; whatever was there stays until the new one is complete."""
    runs = ",\n  ".join(json.dumps({f.name: _plain(getattr(run, f.name)) for f in fields(run)}) for run in record.runs)
    head = json.dumps({"title": record.title, "provenance": record.provenance}, ensure_ascii=False, indent=1)[:-2]
    _files.write(path, f'{head},\n "runs": [\n  {runs}\n ]\n}}\n'.encode())


def read(name: str | Path = "mnist") -> MnistRecord:
    """Read the record: by its name, or from a path.

    Raises
    ------
    ValueError
        If there is none, or the file is not one.

    Examples
    --------
    >>> from deeplinear.replication.mnist import records
    >>> record = records.read()
    >>> record.names[:2], record.select("original")[0].steps[:3].tolist()
    (['original', 'original, no penalty'], [0, 50, 100])
    """
    path = locate(name)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        runs = tuple(MnistRun(**{key: _array(value) for key, value in run.items()}) for run in content["runs"])
        return MnistRecord(content["title"], content["provenance"], runs, path.stem)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not a record of the network: {error!r}") from error


def _plain(value: Any) -> Any:
    """Numbers to five digits, and null for what is not finite: JSON has no word for it."""
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, float):
        return float(f"{value:.5g}") if np.isfinite(value) else None
    return value


def _array(value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return np.array([np.nan if item is None else item for item in value])
    return np.nan if value is None else value
