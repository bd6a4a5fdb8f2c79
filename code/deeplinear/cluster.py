"""The same batches on a Dask cluster: blocks of runs, wherever there is a worker.

``with Client("tcp://10.0.0.1:8786") as client: dl.sweep(problem, learning_rate=rates, client=client)``
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.engine import Trajectories, advance
from deeplinear.problems import Problem
from deeplinear.runs import Run

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["advance_on"]

# Runs that one worker advances together: enough for the matrix products to reach their speed.
_BLOCK = 64


def advance_on(
    client: Client,
    problem: Problem,
    runs: Sequence[Run],
    marks: NDArray[np.int64],
    *,
    finished: Callable[[Sequence[Run], Trajectories], object] | None = None,
    **settings: Any,
) -> Trajectories:
    """As :func:`deeplinear.engine.advance`, with the runs spread over the workers of `client`.

    A block whose worker dies is run again by another, up to three times. `finished` is called with each block as it arrives.
    The blocks are not those of a run without a cluster, so the results agree to rounding: to many digits where a run is calm,
    and in kind where it is chaotic at the edge of stability.

    Raises
    ------
    ValueError
        If the cluster has no workers.
    """
    from distributed import as_completed

    workers = len(client.scheduler_info(n_workers=-1)["workers"])
    if not workers:
        raise ValueError(f"the cluster at {client.scheduler.address} has no workers: start some, then try again")
    size = max(1, min(_BLOCK, -(-len(runs) // workers)))
    blocks = [runs[i : i + size] for i in range(0, len(runs), size)]
    shared = client.scatter(problem, broadcast=True, hash=False)
    futures = [client.submit(advance, shared, block, marks, pure=False, retries=3, **settings) for block in blocks]
    places = {future.key: i for i, future in enumerate(futures)}
    parts: dict[int, Trajectories] = {}
    for future, part in as_completed(futures, with_results=True):
        parts[places[future.key]] = part
        if finished is not None:
            finished(blocks[places[future.key]], part)
    ordered = [parts[i] for i in range(len(blocks))]
    weights = [part.weights for part in ordered if part.weights is not None]
    return Trajectories(
        marks,
        np.concatenate([part.loss for part in ordered]),
        np.concatenate([part.diverged_at for part in ordered]),
        np.concatenate(weights) if weights else None,
        sum(part.seconds for part in ordered),
    )
