"""What is kept of training runs: losses at the marks, and whatever else a reader asks for there.

An observer is called at every mark with a :class:`Snapshot` of the runs that are still alive, and returns one row a
run.

>>> import numpy as np, deeplinear as dl
>>> longest = lambda snapshot: np.abs(snapshot.weights).max(axis=(1, 2))
>>> run = dl.Run(network=dl.networks.Chain(2), learning_rate=0.1, start=dl.networks.Identity(0.0))
>>> observe = {"longest": longest, "norms": dl.recording.LayerNorms()}
>>> result = dl.advance(dl.TwoPoint([3.0, 1.0]), [run], [0, 100], observe=observe)
>>> result.recorded["longest"].round(3), result.recorded["norms"].round(3)
(array([[1., 3.]]), array([[[1.   , 1.   ],
        [1.783, 1.774]]]))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deeplinear.networks import Chain, Dense, Network, Rule
from deeplinear.networks.factors import imbalance
from deeplinear.problems import Problem

__all__ = [
    "Imbalance",
    "LayerNorms",
    "Observer",
    "Observers",
    "SingularValues",
    "Snapshot",
    "Trajectories",
    "Weights",
    "named",
    "read_only",
]

Array = NDArray[np.float64]
Steps = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Runs that share a layout, at one step, in the coordinates of the problem.

    Attributes
    ----------
    problem : Problem
    networks : one Network a run
    layers : arrays (runs, n_j, n_{j−1}); a layer that a shallower chain lacks is 1
    depths : how many layers each run has
    weights : (runs, k, d)
    loss : (runs,)
    step : int
    """

    problem: Problem
    networks: Sequence[Network]
    layers: tuple[Array, ...]
    depths: NDArray[np.int64]
    weights: Array
    loss: Array
    step: int

    def of(self, run: int) -> tuple[Array, ...]:
        """The layers of one run."""
        return tuple(layer[run] for layer in self.layers[: self.depths[run]])


#: Functions of a snapshot by the names under which their answers are kept.
Observers = Mapping[str, Callable[[Snapshot], Any]]


def read_only(arrays: Sequence[Array]) -> tuple[Array, ...]:
    """Views that cannot be written: what is observed is the run itself."""
    views = tuple(array.view() for array in arrays)
    for view in views:
        view.flags.writeable = False
    return views


class Observer(Protocol):
    """Takes a snapshot, returns an array with one row a run."""

    def __call__(self, snapshot: Snapshot) -> Any: ...


@dataclass(frozen=True)
class Weights:
    """The end-to-end weights, in the shape of the problem."""

    name = "weights"

    def __call__(self, snapshot: Snapshot) -> Array:
        """(runs, *shape)."""
        return snapshot.weights.reshape(len(snapshot.weights), *snapshot.problem.shape)


@dataclass(frozen=True)
class LayerNorms:
    """``‖W_j‖_F`` of every layer; NaN for a layer that a run lacks."""

    name = "layer norms"

    def __call__(self, snapshot: Snapshot) -> Array:
        """(runs, layers)."""
        norms = np.stack([np.sqrt((layer * layer).sum(axis=(1, 2))) for layer in snapshot.layers], axis=1)
        return np.where(np.arange(len(snapshot.layers)) < snapshot.depths[:, None], norms, np.nan)


@dataclass(frozen=True)
class Imbalance:
    """``‖W_{j+1}ᵀW_{j+1} − W_jW_jᵀ‖_F`` for neighbouring layers; NaN where a run lacks the upper one."""

    name = "imbalance"

    def __call__(self, snapshot: Snapshot) -> Array:
        """(runs, layers − 1).

        Raises
        ------
        TypeError
            If the layers are no chain of matrices, such as those of a diagonal network.
        """
        if not isinstance(snapshot.networks[0], (Chain, Dense, Rule)):
            raise TypeError(f"{snapshot.networks[0]!r} has no imbalance: its weights are no product of its layers")
        gaps = imbalance(snapshot.layers)
        sizes = [np.sqrt((gap * gap).sum(axis=(1, 2))) for gap in gaps]
        norms = np.stack(sizes, axis=1) if sizes else np.empty((len(snapshot.weights), 0))
        return np.where(np.arange(1, len(sizes) + 1) < snapshot.depths[:, None], norms, np.nan)


@dataclass(frozen=True)
class SingularValues:
    """Of the end-to-end weights, the largest first."""

    name = "singular values"

    def __call__(self, snapshot: Snapshot) -> Array:
        """(runs, min(k, d))."""
        return np.asarray(np.linalg.svd(snapshot.weights, compute_uv=False), dtype=float)


def named(observe: Sequence[Any] | Mapping[str, Any]) -> dict[str, Callable[[Snapshot], Any]]:
    """Observers by name: those of a mapping, or those of a sequence by their attribute `name`.

    Raises
    ------
    TypeError, ValueError
        If one cannot be called or has no name, with what there is; if one stands by itself, or two have one name.
    """
    if callable(observe):
        one = f"{observe.__name__}()" if isinstance(observe, type) else repr(observe)
        wanted = f"[{one}]" if hasattr(observe, "name") else f"{{'a name': {one}}}"
        raise TypeError(f"observe is {observe!r}, it must be a list or a mapping: write observe={wanted}")
    if isinstance(observe, str) or not isinstance(observe, Iterable):
        raise TypeError(f"observe is {observe!r}: {_OFFERED}")
    named_ones: Any = (
        observe.items() if isinstance(observe, Mapping) else ((getattr(o, "name", None), o) for o in observe)
    )
    pairs: list[tuple[str, Any]] = list(named_ones)
    for name, one in pairs:
        if isinstance(observe, Mapping) and not isinstance(name, str):
            raise TypeError(f"observe has the name {name!r}: names must be text")
        if not callable(one) or isinstance(one, type) or not isinstance(name, str):
            raise TypeError(f"observe holds {one!r}: {_OFFERED}")
    if twice := [name for i, (name, _) in enumerate(pairs) if name in dict(pairs[:i])]:
        raise ValueError(f"observe holds two of the name {twice[0]!r}: give them names of their own in a mapping")
    return dict(pairs)


_OFFERED = (
    "give a list of objects such as Weights(), LayerNorms(), Imbalance() or SingularValues() of "
    "deeplinear.training.recording and Sharpness() of deeplinear.theory.sharpness, or a mapping of names to functions"
)


@dataclass(eq=False)
class Trajectories:
    """What is kept of a batch of runs.

    Attributes
    ----------
    marks : (marks,) ints
        The steps at which something is kept.
    loss : (runs, marks)
        ``inf`` from the step on at which a run has diverged.
    diverged_at : (runs,) ints
        That step, or −1: the first at which the squared length of the gradient is no longer a finite number.
    recorded : dict of (runs, marks, …) arrays
        What was asked for, by name; NaN where the loss is ``inf``.
    seconds : float
        What all of it took, the time before an interruption included.
    """

    marks: Steps
    loss: Array
    diverged_at: Steps
    recorded: dict[str, Array] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def blank(cls, runs: int, marks: Steps) -> Trajectories:
        """Nothing is known yet of `runs` runs."""
        return cls(marks, np.full((runs, len(marks)), np.inf), np.full(runs, -1))

    def take(self, members: Steps, part: Trajectories) -> None:
        """What has been kept of these runs by themselves, at the same marks."""
        self.loss[members], self.diverged_at[members] = part.loss, part.diverged_at
        for name, values in part.recorded.items():
            for mark in range(len(self.marks)):
                self.keep(name, members, mark, values[:, mark])
        self.seconds += part.seconds

    def keep(self, name: str, members: Steps, mark: int, values: Any) -> None:
        """Rows of `values` for these runs at a mark; where runs differ in the shape of a row,
        the smaller is filled up.
        """
        try:
            rows = np.asarray(values).astype(float, casting="same_kind", copy=False)
        except (TypeError, ValueError):
            said = repr(values) if np.isscalar(values) else f"a {type(values).__name__}"
            raise TypeError(f"the observer {name!r} returns {said}: it must return real numbers, a row a run") from None
        if rows.shape[:1] != members.shape:
            raise ValueError(
                f"the observer {name!r} returns shape {rows.shape} for {len(members)} runs: one row a run is needed"
            )
        present = self.recorded.get(name)
        trail = rows.shape[1:] if present is None else present.shape[2:]
        if len(trail) != rows.ndim - 1:
            raise ValueError(
                f"the observer {name!r} returns rows of {rows.ndim - 1} dimensions, before they had {len(trail)}"
            )
        wide = tuple(map(max, trail, rows.shape[1:]))
        if present is None or wide != trail:
            grown = np.full((len(self.loss), len(self.marks), *wide), np.nan)
            if present is not None:
                grown[(slice(None), slice(None), *(slice(size) for size in trail))] = present
            self.recorded[name] = present = grown
        where: Any = (members, mark, *(slice(size) for size in rows.shape[1:]))
        present[where] = rows
