"""Runs that are made once: a folder that remembers every finished run, whatever batch it was part of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deeplinear import _files, _progress
from deeplinear.engine import Trajectories, advance, fingerprint
from deeplinear.problems import Problem
from deeplinear.runs import Run

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Finished", "Store"]


@dataclass(frozen=True)
class Finished:
    """What is kept of a run: losses at the marks, the step of its divergence or −1, and its share of the time."""

    loss: NDArray[np.float64]
    diverged_at: int
    seconds: float


@dataclass
class Store:
    """Makes runs, together, and keeps them in `folder`; on a Dask cluster if there is a `client`.

    Examples
    --------
    >>> import tempfile, deeplinear as dl
    >>> from pathlib import Path
    >>> from deeplinear.runs import Run
    >>> from deeplinear.store import Store
    >>> store = Store(Path(tempfile.mkdtemp()))
    >>> store.open(dl.TwoPoint((10.0, 1.0), p=4), [0, 1000])
    >>> [round(loss, 2) for loss in store.train([Run(2, learning_rate=1e-3), Run(2, learning_rate=1e-1)])]
    [0.01, inf]
    """

    folder: Path
    client: Client | None = None
    finished: dict[Run, Finished] = field(default_factory=dict, init=False)

    def open(self, problem: Problem, marks: Sequence[int] | NDArray[np.int64]) -> None:
        """Turn to another problem, or other steps to keep."""
        self.problem, self.marks, self.finished = problem, np.asarray(marks), {}

    def train(self, runs: Sequence[Run]) -> list[float]:
        """The losses of `runs` at the last mark, to nine digits; those that are not in the store are made now, together."""
        missing = [run for run in dict.fromkeys(runs) if not self._load(run)]
        if missing:
            with _progress.bar(len(missing), int(self.marks[-1])) as tell:
                if self.client is None:
                    batch = self.folder / fingerprint(self.problem, missing, self.marks, np.float64)[:20]
                    self.folder.mkdir(parents=True, exist_ok=True)
                    result = advance(self.problem, missing, self.marks, progress=tell, checkpoint=batch)
                    self._keep(missing, result)
                else:
                    from deeplinear.cluster import advance_on

                    advance_on(self.client, self.problem, missing, self.marks, finished=self._keep)
        return [float(f"{self.finished[run].loss[-1]:.9g}") for run in runs]

    def like(self, configuration: Run) -> list[tuple[Run, Finished]]:
        """The finished runs that differ from `configuration` in nothing but rate and seed."""
        plain = replace(configuration, learning_rate=1.0, seed=0)
        same = [(run, done) for run, done in self.finished.items() if replace(run, learning_rate=1.0, seed=0) == plain]
        return sorted(same, key=lambda pair: (pair[0].learning_rate, pair[0].seed))

    def _file(self, run: Run) -> Path:
        return self.folder / f"{fingerprint(self.problem, [run], self.marks, np.float64)[:20]}.npz"

    def _load(self, run: Run) -> bool:
        if run not in self.finished and self._file(run).exists():
            with np.load(self._file(run)) as saved:
                self.finished[run] = Finished(saved["loss"], int(saved["diverged_at"]), float(saved["seconds"]))
        return run in self.finished

    def _keep(self, runs: Sequence[Run], result: Trajectories) -> None:
        taken = np.where(result.diverged_at < 0, self.marks[-1], result.diverged_at) + 1
        for i, run in enumerate(runs):
            seconds = result.seconds * taken[i] / taken.sum()
            self.finished[run] = Finished(result.loss[i], int(result.diverged_at[i]), float(seconds))
            _files.save_arrays(self._file(run), **vars(self.finished[run]))
