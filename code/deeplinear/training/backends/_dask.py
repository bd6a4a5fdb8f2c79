"""A Dask cluster: blocks of runs on its workers, each by another backend.

``with Client("tcp://10.0.0.1:8786") as client: dl.sweep(problem, learning_rate=rates, client=client)``
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from deeplinear._version import __version__
from deeplinear.problems import Problem
from deeplinear.training.backends._backend import Backend
from deeplinear.training.backends._named import named
from deeplinear.training.recording import Observers, Trajectories
from deeplinear.training.run import Run

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["Dask"]

_CANCELLED = (asyncio.CancelledError, concurrent.futures.CancelledError)
_VERSIONS = (__version__, tuple(sys.version_info[:2]))
_REMEDY = f"install deeplinear {__version__} for Python {'.'.join(map(str, _VERSIONS[1]))} there, and start it again"

# Runs that one worker advances together: enough for the matrix products to reach their speed.
_BLOCK = 64

_LOOK = 0.05  # seconds between looks at the cluster
_TRIES = 5  # of a block that is lost again and again; Dask itself gives up on one that has ended four workers


@dataclass(eq=False)
class Dask(Backend):
    """Spreads runs over the workers of a cluster, in blocks.

    A block whose worker is lost is run again by another; so is one that was cancelled, by ``client.restart()`` for
    example. The problem is held by the workers, and sent again if all that held it are lost. The blocks are not those
    of a run without a cluster, so the results agree to rounding: to many digits where a run is calm, and in kind where
    it is chaotic at the edge of stability. Progress is told block by block. Workers keep no checkpoint: what has
    arrived is safe here.

    Parameters
    ----------
    client : distributed.Client
        Of the cluster.
    backend : str or Backend
        What does the arithmetic on each worker.
    finished : callable, optional
        Called here with the runs and the trajectories of each block as it arrives, once for each.
    patience : float
        Seconds to wait for a worker when, with work under way, none is left.

    Raises
    ------
    ValueError
        By `advance`, if the cluster has no workers to begin with, or a checkpoint is asked for.
    RuntimeError
        By `advance`, if a worker has another version of this package or of Python, if a block is lost again and again,
        or if no worker comes back in time; the message says what to do. Blocks that had arrived were given to
        `finished`.
    """

    client: Client
    backend: str | Backend = "numpy"
    finished: Callable[[Sequence[Run], Trajectories], object] | None = None
    patience: float = 60.0

    def __post_init__(self) -> None:
        if not hasattr(self.client, "nthreads"):
            raise TypeError(
                f"client is {self.client!r}, it must be a cluster's client, such as dask.distributed.Client(address)"
            )

    def __str__(self) -> str:
        """What a result says that it was made by: the cluster's address is nobody's affair."""
        return f"Dask on {self.backend}"

    def advance(
        self,
        problem: Problem,
        runs: Sequence[Run],
        marks: NDArray[np.int64],
        *,
        dtype: np.dtype[Any],
        observe: Observers,
        progress: Callable[[int], object],
        checkpoint: Path | None,
    ) -> Trajectories:
        """See :func:`deeplinear.advance`."""
        if checkpoint is not None:
            raise ValueError(
                "checkpoint: workers keep none; leave it out, and keep each block as it arrives, Dask(…, finished=…)"
            )
        inner, workers = named(self.backend), self.client.nthreads()
        if not workers:
            raise ValueError(
                f"the cluster at {self.client.scheduler.address} has no workers: start some, "
                "wait for them with client.wait_for_workers(1), then try again"
            )
        self._check()
        size = max(1, min(_BLOCK, -(-len(runs) // len(workers))))
        places = [np.arange(first, min(first + size, len(runs))) for first in range(0, len(runs), size)]
        blocks = [[runs[i] for i in place.tolist()] for place in places]
        result = Trajectories.blank(len(runs), marks)
        settings = (marks, inner, dtype, dict(observe))
        with contextlib.closing(self._arrivals(problem, blocks, settings)) as arrivals:
            for number, part in arrivals:
                result.take(places[number], part)
                if self.finished is not None:
                    self.finished(blocks[number], part)
                progress(int(marks[-1]) * len(blocks[number]))
        return result

    def _arrivals(
        self, problem: Problem, blocks: Sequence[Sequence[Run]], settings: tuple[Any, ...]
    ) -> Generator[tuple[int, Trajectories], None, None]:
        """Numbers of blocks and their trajectories, as they come in; a block that is lost is sent again."""
        sent, missing, shared = [0] * len(blocks), set(range(len(blocks))), None
        under_way: dict[int, Future] = {}
        try:
            while missing:
                self._wait_for_a_worker()
                for number in sorted(missing - set(under_way)):
                    if sent[number] == _TRIES:
                        raise RuntimeError(
                            f"block {number + 1} of {len(blocks)} was lost {_TRIES} times: see the workers' logs"
                        )
                    sent[number] += 1
                    shared = shared or self._scattered(problem)
                    if shared is not None:
                        under_way[number] = self.client.submit(
                            _advance,
                            _VERSIONS,
                            shared,
                            blocks[number],
                            *settings,
                            pure=False,
                            key=f"runs-{uuid4().hex}",
                        )
                time.sleep(_LOOK)
                for number, future in list(under_way.items()):
                    if future.status == "pending":
                        continue
                    del under_way[number]
                    part = self._received(future, blocks[number])
                    if part is None:
                        shared = None  # perhaps lost as well
                        time.sleep(_LOOK * 2 ** sent[number])
                    else:
                        missing.discard(number)
                        yield number, part
        finally:
            self.client.cancel(list(under_way.values()))

    def _scattered(self, problem: Problem) -> Future | None:
        """The problem in the hands of every worker, or None if they were lost meanwhile."""
        try:
            return self.client.scatter(problem, broadcast=True, hash=False)
        except (*_CANCELLED, OSError, TimeoutError):
            return None

    def _received(self, future: Future, block: Sequence[Run]) -> Trajectories | None:
        """What a task has given, or None if it has to be sent again."""
        from distributed.scheduler import KilledWorker

        if future.status in ("cancelled", "lost"):
            return None
        try:
            part: Trajectories = future.result(timeout=self.patience)
        except (*_CANCELLED, OSError, TimeoutError) as error:
            if future.status == "error" and isinstance(error, OSError):  # the task's own
                raise
            return None
        except KilledWorker as error:
            raise RuntimeError(
                f"the workers that took the block of {len(block)} runs beginning with {block[0]!r} were lost one after "
                "the other, for want of memory perhaps: see their logs, or send fewer runs at a time"
            ) from error
        except Exception:
            self._check()  # perhaps a worker that came later is of another version
            raise
        return part

    def _wait_for_a_worker(self) -> None:
        since = time.monotonic()
        while not self.client.nthreads():
            if time.monotonic() - since > self.patience:
                raise RuntimeError(
                    f"the cluster at {self.client.scheduler.address} has lost all its workers, and for "
                    f"{self.patience:g} seconds no other has come: start some, then try again"
                )
            time.sleep(_LOOK)

    def _check(self) -> None:
        """That every worker computes what would be computed here."""
        # Text that Python's own `eval` reads: a function of this package might not be there.
        asked = "(__import__('deeplinear').__version__, tuple(__import__('sys').version_info[:2]))"
        for where, answer in self.client.run(eval, asked, on_error="return").items():
            if isinstance(answer, OSError):  # lost meanwhile
                continue
            if isinstance(answer, BaseException):
                raise RuntimeError(f"the worker at {where} cannot import deeplinear ({answer!r}): {_REMEDY}")
            if answer != _VERSIONS:
                raise RuntimeError(
                    f"the worker at {where} has {_said(answer)}, and here is {_said(_VERSIONS)}: {_REMEDY}"
                )


def _said(versions: tuple[str, tuple[int, ...]]) -> str:
    return f"deeplinear {versions[0]} on Python {'.'.join(map(str, versions[1]))}"


def _advance(
    versions: tuple[str, tuple[int, ...]],
    problem: Problem,
    runs: Sequence[Run],
    marks: NDArray[np.int64],
    backend: Backend,
    dtype: np.dtype[Any],
    observe: Observers,
) -> Trajectories:
    """One block, on a worker."""
    if versions != _VERSIONS:
        raise RuntimeError(f"this worker has {_said(_VERSIONS)}, and the runs come from {_said(versions)}: {_REMEDY}")
    return backend.advance(problem, runs, marks, dtype=dtype, observe=observe, progress=_silent, checkpoint=None)


def _silent(taken: int) -> None:
    """Workers do not tell their progress."""
