"""The state of a batch on disk: whole or not at all, and of these very runs or refused."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deeplinear import _files
from deeplinear._fingerprints import fingerprint
from deeplinear.problems import Problem
from deeplinear.training.recording import Trajectories
from deeplinear.training.run import Run
from deeplinear.training.squads import Squad

__all__ = ["Checkpoint", "identified"]

_SAVE_EVERY = 20.0  # seconds between checkpoints
#: Of the file; another one is refused rather than misread.
_LAYOUT = 4


class Batch(Protocol):
    """What a checkpoint needs to know of runs that advance together; `all` are their numbers."""

    all: NDArray[np.int64]
    coordinates: str
    squads: list[Squad]
    step: int
    seconds: float

    def members(self) -> NDArray[np.int64]: ...

    def keep(self, alive: NDArray[np.bool_]) -> None: ...


class Checkpoint:
    """One file for one batch, rewritten every 20 seconds."""

    def __init__(self, file: Path, fingerprint: str) -> None:
        self.file, self.fingerprint, self.saved = file, fingerprint, time.monotonic()

    def due(self) -> bool:
        """Whether the last one is old enough."""
        return time.monotonic() - self.saved > _SAVE_EVERY

    def save(self, batch: Batch, result: Trajectories) -> None:
        """Write where the batch is, and what has been kept of it."""
        arrays: dict[str, Any] = {
            "layout": _LAYOUT,
            "fingerprint": self.fingerprint,
            "coordinates": batch.coordinates,
            "step": batch.step,
            "seconds": batch.seconds,
            "loss": result.loss[batch.all],
            "diverged_at": result.diverged_at[batch.all],
        }
        arrays |= {f"recorded-{name}": values[batch.all] for name, values in result.recorded.items()}
        for number, squad in enumerate(batch.squads):
            arrays[f"{number}-members"], arrays[f"{number}-parameters"] = squad.members, squad.flat
            arrays |= {
                f"{number}-state-{i}-{j}": part for i, state in enumerate(squad.states) for j, part in enumerate(state)
            }
        _files.save_arrays(self.file, **arrays)
        self.saved = time.monotonic()

    def load(self, batch: Batch, result: Trajectories) -> None:
        """Take a batch that has just been made to where the file says, if there is one.

        Raises
        ------
        ValueError
            If the file holds other runs, is of another layout, or is damaged.
        """
        if not self.file.exists():
            return
        for name in ("layout", "fingerprint"):
            if name not in (saved := _files.load_arrays(self.file)):
                raise ValueError(
                    f"{self.file} is a checkpoint of another layout, without {name}: delete it to start anew"
                )
        if not np.array_equal(saved["layout"], _LAYOUT):
            raise ValueError(
                f"{self.file} is a checkpoint of layout {saved['layout']}, this version reads {_LAYOUT}: "
                "finish it with the version that wrote it, or delete it to start anew"
            )
        if str(saved["fingerprint"]) != self.fingerprint:
            raise ValueError(f"{self.file} is a checkpoint of other runs than these: delete it to start anew")
        if "coordinates" in saved and str(saved["coordinates"]) != batch.coordinates:
            raise ValueError(
                f"{self.file} was written by another processor or linear algebra library, which turn the coordinates "
                "of least squares in ways of their own: finish it there, or delete it to start anew"
            )
        try:
            self._take(batch, result, saved)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise ValueError(f"{self.file} is damaged ({error}): delete it to start anew") from error

    def _take(self, batch: Batch, result: Trajectories, saved: Mapping[str, Any]) -> None:
        if "coordinates" not in saved:
            raise KeyError("coordinates")
        batch.step, batch.seconds = int(saved["step"]), float(saved["seconds"])
        result.loss[batch.all], result.diverged_at[batch.all] = saved["loss"], saved["diverged_at"]
        for key, values in saved.items():
            if key.startswith("recorded-"):
                for mark in range(values.shape[1]):
                    result.keep(key.removeprefix("recorded-"), batch.all, mark, values[:, mark])
        kept = [values for key, values in saved.items() if key.endswith("-members")]
        alive = np.isin(batch.members(), np.concatenate(kept) if kept else [])
        if (~alive & (result.diverged_at[batch.members()] < 0)).any():
            raise ValueError("it lacks runs that are alive")
        batch.keep(alive)
        for number, squad in enumerate(batch.squads):
            runs = {i: span.stop - span.start for i, (_, span) in enumerate(squad.optimizer_spans)}
            flat = _numbers(saved[f"{number}-parameters"], len(squad.flat))
            if flat.shape != squad.flat.shape:
                raise ValueError(f"its parameters have shape {flat.shape}, not {squad.flat.shape}")
            squad.flat = flat
            squad.states = [
                tuple(_numbers(saved[f"{number}-state-{i}-{j}"], runs[i]) for j in range(len(state)))
                for i, state in enumerate(squad.states)
            ]


def _numbers(saved: Any, runs: int) -> Any:
    """What has been saved, if it can be the parameters or a state of so many runs."""
    if saved.dtype.kind not in "biuf" or (saved.ndim and len(saved) not in (1, runs)):
        raise ValueError(f"an array of shape {saved.shape} and type {saved.dtype} stands where {runs} runs do")
    return saved


def identified(
    problem: Problem, runs: Sequence[Run], marks: NDArray[np.int64], dtype: DTypeLike, observe: Mapping[str, Any]
) -> str:
    """A digest of everything that the result depends on, data included."""
    return fingerprint(problem, list(runs), np.asarray(marks), np.dtype(dtype).name, dict(observe))
