"""Runs that are made once: a folder that remembers every finished run, whatever batch it was part of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from deeplinear import _files, _progress
from deeplinear._fingerprints import fingerprint
from deeplinear.problems import Problem
from deeplinear.replication._lock import alone
from deeplinear.training.advancing import advance
from deeplinear.training.backends import Backend
from deeplinear.training.marks import checked_marks
from deeplinear.training.recording import Trajectories
from deeplinear.training.run import Run
from deeplinear.training.tuning.rule import to_digits

__all__ = ["Finished", "Shelf", "Store"]


@dataclass(frozen=True, eq=False)
class Finished:
    """What is kept of a run: losses at the marks, the step of its divergence or −1, and its share of the time."""

    loss: NDArray[np.float64]
    diverged_at: int
    seconds: float


@dataclass(frozen=True)
class Store:
    """Keeps runs in `folder`; they are made by `backend`, such as ``dl.training.backends.Dask(client)``.

    Examples
    --------
    >>> import tempfile, deeplinear as dl
    >>> from pathlib import Path
    >>> from deeplinear.replication.store import Store
    >>> shelf = Store(Path(tempfile.mkdtemp())).shelf(dl.TwoPoint((10.0, 1.0), p=4), [0, 1000])
    >>> runs = [dl.Run(network=dl.networks.Chain(2), learning_rate=rate) for rate in (1e-3, 1e-1)]
    >>> [round(loss, 2) for loss in shelf.train(runs)]
    [0.01, inf]
    """

    folder: Path
    backend: str | Backend = "numpy"

    def shelf(self, problem: Problem, marks: ArrayLike, dtype: DTypeLike = np.float64) -> Shelf:
        """The runs on one problem, with what is kept of them at these steps.

        Raises
        ------
        TypeError
            If the problem holds something that cannot be told from another: it would be taken for its neighbour.
        """
        return Shelf(self, problem, checked_marks(marks), np.dtype(dtype).name)


@dataclass(frozen=True, eq=False)
class Shelf:
    """The runs on `problem` with losses at `marks`: those that were made before, and those that are made here."""

    store: Store
    problem: Problem
    marks: NDArray[np.int64]
    dtype: str = "float64"
    finished: dict[Run, Finished] = field(default_factory=dict, init=False, repr=False)
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", fingerprint(self.problem, self.marks, self.dtype))

    def train(self, runs: Sequence[Run]) -> list[float]:
        """The losses of `runs` at the last mark, to nine digits; those that are not in the store are made now,
        together.

        While another process makes runs on the same problem in the same folder this waits, and then takes what is
        there.

        Raises
        ------
        ImportError
            If the library that locks a folder is not installed.
        UnwritableError
            If the folder cannot be written.
        """
        if self._missing(runs):
            with alone(self.store.folder / f"{self.key[:20]}.lock", f"runs on {self.problem}"):
                if missing := self._missing(runs):
                    self._make(missing)
        return [to_digits(self.finished[run].loss[-1]) for run in runs]

    def like(self, configuration: Run) -> list[tuple[Run, Finished]]:
        """The finished runs that differ from `configuration` in nothing but rate and seed."""
        plain = replace(configuration, learning_rate=1.0, seed=0)
        same = [(run, done) for run, done in self.finished.items() if replace(run, learning_rate=1.0, seed=0) == plain]
        return sorted(same, key=lambda pair: (pair[0].learning_rate, pair[0].seed))

    def _make(self, runs: list[Run]) -> None:
        backend: Any = self.store.backend
        batch: Path | None = None
        # A backend that hands its runs over as they are finished needs no file in which it keeps them meanwhile.
        if hands_over := hasattr(backend, "finished"):
            backend = replace(backend, finished=self._keep)
        else:
            batch = self.store.folder / fingerprint(self.key, runs)[:20]
            for file in batch.parent.glob(f"{batch.name}-*.npz"):
                _files.load_or_set_aside(file)
        with _progress.bar(len(runs), int(self.marks[-1])) as tell:
            result = advance(
                self.problem, runs, self.marks, backend=backend, dtype=self.dtype, progress=tell, checkpoint=batch
            )
        if not hands_over:
            self._keep(runs, result)

    def _keep(self, runs: Sequence[Run], result: Trajectories) -> None:
        taken = np.where(result.diverged_at < 0, self.marks[-1], result.diverged_at) + 1
        for i, run in enumerate(runs):
            seconds = result.seconds * taken[i] / taken.sum()
            self.finished[run] = Finished(result.loss[i], int(result.diverged_at[i]), float(seconds))
            _files.save_arrays(self._file(run), **vars(self.finished[run]))

    def _missing(self, runs: Sequence[Run]) -> list[Run]:
        return [run for run in dict.fromkeys(runs) if not self._load(run)]

    def _load(self, run: Run) -> bool:
        if run in self.finished:
            return True
        file = self._file(run)
        saved = _files.load_or_set_aside(file, "loss", "diverged_at", "seconds") if file.exists() else None
        if saved is not None:
            self.finished[run] = Finished(saved["loss"], int(saved["diverged_at"]), float(saved["seconds"]))
        return saved is not None

    def _file(self, run: Run) -> Path:
        return self.store.folder / f"{fingerprint(self.key, run)[:20]}.npz"
