"""Results of long runs, with where they come from: one JSON file an experiment, written whole or not at all.

A record keeps every run of an experiment, the whole grid of rates and the diverged ones, and nothing that follows from
them: the best rate, its spread over seeds and the tables of the book are worked out when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear import _files
from deeplinear._shipped import CHECKOUT, INSTALLED
from deeplinear.replication import first_edition
from deeplinear.training.tuning.rule import choose, to_digits

__all__ = ["Curve", "Record", "locate", "read", "write"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """One run: its losses at the steps of the record, ``inf`` from where it diverged, and that step or −1."""

    name: str
    learning_rate: float
    seed: int
    loss: Array
    diverged_at: int


@dataclass(frozen=True, eq=False)
class Record:
    """All runs of one experiment.

    Attributes
    ----------
    name, title : str
        Of its file, and what was run.
    provenance : dict
        Data and their checksum, version, seeds, lattice of rates, steps, precision, wall time, machine.
    p, optimum : float
        Of the loss ``(1/p) mean |r|^p``, and its lowest value.
    steps : (marks,) ints
        At which losses are kept.
    curves : tuple of Curve
        Every run.
    """

    title: str
    provenance: dict[str, Any]
    p: float
    optimum: float
    steps: NDArray[np.int64]
    curves: tuple[Curve, ...]
    name: str = ""

    def __str__(self) -> str:
        """Where the numbers come from, in three lines."""
        origin, data = self.provenance, self.provenance["data"]
        seeds = ", ".join(map(str, origin["seeds"]))
        return (
            f"record {self.name}: {len(self.curves)} runs of {origin['steps']:,} steps, seeds {seeds}\n"
            f"  {data['name']} ({data['source']}), sha256 {data['sha256'][:12]}…, {origin['precision']}, "
            f"{origin['date']}\n"
            f"  {origin['wall seconds'] / 60:.0f} min of {origin['machine']}; {origin['version']}"
        )

    @cached_property
    def names(self) -> list[str]:
        """The configurations, in the order of the experiment."""
        return list(dict.fromkeys(curve.name for curve in self.curves))

    @property
    def rule(self) -> first_edition.Reading:
        """How :meth:`best` asks :func:`deeplinear.training.tuning.choose`."""
        rule: first_edition.Reading = self.provenance.get("rule", first_edition.RULE)
        return rule

    def grid(self, name: str, step: int | None = None) -> tuple[Array, Array]:
        """The rates that were searched, and the distances from the optimum at `step` (the end if not given),
        first seed.
        """
        tried, first = self._tried(name), self.provenance["seeds"][0]
        rates = sorted(rate for rate, seed in tried if seed == first)
        return np.array(rates), np.array([self.distance(tried[rate, first])[self.at(step)] for rate in rates])

    def best(self, name: str, step: int | None = None) -> float:
        """The rate that the rule chooses by the losses at `step` (the end if not given).

        In the records of the first edition: the rate of lowest loss, first seed, and not one above a rate that has
        diverged by then; the smallest, if no rate survives. Where rates were searched later, every seed counts, and
        both neighbours must survive.

        Raises
        ------
        ValueError
            If the rule refuses every rate; the message says why.
        """
        if "rule" in self.provenance:
            tried, seeds = self._tried(name), self.provenance["seeds"]
            rates = np.array(sorted({rate for rate, _ in tried}))
            ends = {run: self.distance(curve)[self.at(step)] for run, curve in tried.items()}
            finals = np.array([[ends.get((rate, seed), np.nan) for seed in seeds] for rate in rates.tolist()])
        else:
            rates, distances = self.grid(name, step)
            finals = distances[:, None]
        choice = choose(rates, finals, **self.rule)
        if choice.learning_rate is None and self.rule["neighbours"] == "below":
            return float(rates[0])
        if choice.learning_rate is None:
            why = "; ".join(f"{rate:g}: {reason}" for rate, reason in choice.refused.items())
            raise ValueError(f"no rate of {name!r} may be chosen: {why}")
        return choice.learning_rate

    def runs(self, name: str, learning_rate: float | None = None) -> list[Curve]:
        """The runs of all seeds at a rate, by default the best at the end."""
        rate = self.best(name) if learning_rate is None else learning_rate
        return [curve for curve in self.curves if curve.name == name and curve.learning_rate == rate]

    def median(self, name: str, learning_rate: float | None = None) -> Array:
        """(marks,) the median over seeds of the distance from the optimum."""
        return np.asarray(np.median([self.distance(curve) for curve in self.runs(name, learning_rate)], axis=0))

    def distance(self, curve: Curve) -> Array:
        """(marks,) ``mean |r|^p`` minus its optimum: the paper's units, without the factor 1/p."""
        return np.asarray(self.p * (curve.loss - self.optimum))

    def table(self, *steps: int, names: Sequence[str] | None = None) -> str:
        """Distances from the optimum at `steps`, a line a configuration, each at the rate that is best at the end.

        With the median over seeds come, for the last step, the lowest and the highest of them; ``inf`` is a diverged
        run.
        """
        chosen = self.names if names is None else names
        wide = max(map(len, chosen))
        lines = [" " * wide + "      rate" + "".join(f"{step:>10,}" for step in steps) + "  lowest, highest"]
        for name in chosen:
            ends = [self.distance(curve)[self.at(steps[-1])] for curve in self.runs(name)]
            row = "".join(f"{self.median(name)[self.at(step)]:10.3g}" for step in steps)
            lines.append(f"{name:{wide}}  {self.best(name):8.1e}{row}  {min(ends):.3g}, {max(ends):.3g}")
        return "\n".join(lines)

    def _tried(self, name: str) -> dict[tuple[float, int], Curve]:
        """The runs of a configuration by rate and seed."""
        tried = {(curve.learning_rate, curve.seed): curve for curve in self.curves if curve.name == name}
        if not tried:
            raise ValueError(f"{name!r} is not in this record: it has {', '.join(map(repr, self.names))}")
        return tried

    def at(self, step: int | None) -> int:
        """The index of the kept step nearest to `step`; the last if it is None."""
        return -1 if step is None else int(np.abs(self.steps - step).argmin())

    def crossing(self, name: str, other: str) -> int | None:
        """The first kept step from which `name` stays below `other`, both at their best rates;
        None if there is none.
        """
        below = self.median(name) < self.median(other)
        if not below[-1]:
            return None
        above = np.flatnonzero(~below)
        return int(self.steps[above[-1] + 1 if len(above) else 0])


def write(path: Path, record: Record) -> None:
    """Write a record to `path`; whatever was there stays until the new one is complete."""
    curves = [
        {
            "name": curve.name,
            "learning_rate": curve.learning_rate,
            "seed": curve.seed,
            "diverged_at": curve.diverged_at,
            "loss": [to_digits(loss) for loss in curve.loss if np.isfinite(loss)],
        }
        for curve in record.curves
    ]
    head = {
        "title": record.title,
        "provenance": record.provenance,
        "p": record.p,
        "optimum": record.optimum,
    }
    lines = ",\n  ".join(json.dumps(value, ensure_ascii=False) for value in curves)
    text = json.dumps(head, ensure_ascii=False, indent=1)[:-2]  # a line a run, so that a change can be read
    text += f',\n "steps": {record.steps.tolist()},\n "curves": [\n  {lines}\n ]\n}}\n'
    _files.write(path, text.encode())


def read(name: str | Path) -> Record:
    """Read a record: a path, or the name of one in the book's ``data/records``.

    Raises
    ------
    ValueError
        If there is none of this name, or the file is not a record.

    Examples
    --------
    >>> from deeplinear.replication import records
    >>> records.read("figure-7")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: there is no record 'figure-7'; there are: ...
    """
    path = locate(name)
    try:
        return _parse(path.stem, json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not a record: {error!r}") from error


def locate(name: str | Path) -> Path:
    """The file of a record: a path as it is; a name in :func:`folder`,
    or else among the records that came with the package.

    Raises
    ------
    ValueError
        If there is none.
    """
    given = isinstance(name, Path) or name.endswith(".json")
    places = [Path(name)] if given else [place / f"{name}.json" for place in (folder(), INSTALLED / "records")]
    for path in places:
        if path.exists():
            return path
    there = ", ".join(sorted({file.stem for path in places for file in path.parent.glob("*.json")})) or "none"
    raise ValueError(
        f"there is no record {str(name)!r}; there are: {there}; `python -m deeplinear.replication` makes them"
    )


def folder(to_write: bool = False) -> Path:
    """Where the records are: ``data/records`` of the checkout that this is imported from, or of the working directory.

    An installed package has a copy of the book's, which stands in if neither is there, unless one is `to_write`.
    """
    checkout, working, shipped = CHECKOUT / "records", Path("data") / "records", INSTALLED / "records"
    if checkout.is_dir():
        return checkout
    return working if to_write or working.is_dir() else shipped


def _parse(name: str, content: Mapping[str, Any]) -> Record:
    steps = np.array(content["steps"], dtype=np.int64)

    def padded(losses: list[float]) -> Array:
        return np.concatenate([losses, np.full(len(steps) - len(losses), np.inf)])

    curves = (
        Curve(curve["name"], curve["learning_rate"], curve["seed"], padded(curve["loss"]), curve["diverged_at"])
        for curve in content["curves"]
    )
    return Record(content["title"], content["provenance"], content["p"], content["optimum"], steps, tuple(curves), name)
