"""Runs that advance as one: their layers lie in one array, and every operation is done for all of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import pairwise
from math import ceil, prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deeplinear._arrays import namespace
from deeplinear._settings import is_ours
from deeplinear.networks import Network
from deeplinear.networks._network import Layers
from deeplinear.training.optimizers import Optimizer, State
from deeplinear.training.run import Run
from deeplinear.training.schedules import Constant, unseeing

__all__ = ["Squad", "squads"]

Array = NDArray[np.float64]
Steps = NDArray[np.int64]
Chosen = NDArray[np.bool_]


def squads(
    runs: Sequence[Run], starts: Sequence[Layers], members: Steps, shape: tuple[int, int], dtype: DTypeLike, room: float
) -> list[Squad]:
    """Runs by what can advance together: networks of equal key, layers of equal shapes; an even number of squads where
    the layers, or the weights, of all would not fit into `room` bytes.
    """
    groups: dict[Hashable, list[int]] = {}
    for i, run in enumerate(runs):
        # Layers that a shallow chain lacks would be felt by a method that looks at more than one entry at a time.
        apart = len(starts[i]) if not is_ours(type(run.optimizer)) else 0
        groups.setdefault((run.network.key(shape), apart), []).append(i)
    methods = list(dict.fromkeys(run.optimizer for run in runs))
    blocks: list[Any] = []
    for of in groups.values():
        of.sort(key=lambda i: methods.index(runs[i].optimizer))  # few to a squad: each is a call of its own
        size = np.dtype(dtype).itemsize * max(prod(shape), sum(layer.size for layer in starts[of[0]]))
        full = max(1, ceil(len(of) * size / room))
        blocks.extend(np.array_split(of, full if full == 1 else min(full + full % 2, len(of))))
    return [Squad([runs[i] for i in of], [starts[i] for i in of], members[of], dtype) for of in blocks]


class Squad:
    """Networks that fit together, in the order of their optimizers and schedules.

    All parameters of a run are one row of `flat`, ``(runs, size)``; its layers are views of it.
    """

    def __init__(self, runs: Sequence[Run], starts: Sequence[Layers], members: Steps, dtype: DTypeLike) -> None:
        self.optimizers: list[Optimizer] = list(dict.fromkeys(run.optimizer for run in runs))
        self.schedules = list(dict.fromkeys(run.schedule for run in runs))
        kinds = [(self.optimizers.index(run.optimizer), self.schedules.index(run.schedule)) for run in runs]
        order = sorted(range(len(runs)), key=kinds.__getitem__)
        self.kinds = np.array(kinds)[order]
        self.members = members[order]
        self.networks: list[Network] = [runs[i].network for i in order]
        self.depths = np.array([len(starts[i]) for i in order])
        self.rates = np.array([[runs[i].learning_rate] for i in order], dtype)
        self.weight_decay = np.array([[[runs[i].weight_decay]] for i in order], dtype)
        stacked = self.networks[0].stacked([starts[i] for i in order])
        self.shapes = [layer.shape[1:] for layer in stacked]
        ends = np.cumsum([0, *map(prod, self.shapes)]).tolist()
        self.places = [slice(a, b) for a, b in pairwise(ends)]
        self.flat = self._row(stacked).astype(dtype)
        self._arrange()
        self.states: list[State] = [self._first_state(method, span) for method, span in self.optimizer_spans]

    def layers(self, span: slice = slice(None)) -> Layers:
        """Views, (runs, n_j, n_{j−1}) each."""
        return self.split(self.flat[span])

    def weights(self) -> Array:
        """End-to-end, (runs, k, d)."""
        return np.asarray(self.network.weights(self.layers()))

    def step(self, slopes: Array, step: int, losses: Array | None) -> None:
        """One step of every run, from the gradients (runs, k, d) at the end-to-end weights."""
        self.flat, self.states = self.after(self.flat, self.states, slopes, self._rates(step, losses))

    def after(self, flat: Any, states: Sequence[State], slopes: Any, rates: Any) -> tuple[Any, list[State]]:
        """Rows and states one step later; the given ones are left alone, and may be arrays of any library."""
        gradients = self.gradients(flat, slopes)
        parts = [self.moved(i, state, flat, gradients, slopes, rates) for i, state in enumerate(states)]
        rows = parts[0][0] if len(parts) == 1 else namespace(flat).concatenate([rows for rows, _ in parts])
        return rows, [state for _, state in parts]

    def gradients(self, flat: Any, slopes: Any) -> Layers:
        """Of the layers that these rows hold, decay included."""
        layers = self.split(flat)
        gradients = self.network.pullback(layers, slopes)
        if self.weight_decay.any():
            decayed = self.network.decay(layers)
            gradients = tuple(g + self.weight_decay * W for g, W in zip(gradients, decayed, strict=True))
        return gradients

    def keep(self, alive: Chosen) -> None:
        """Drop the other runs."""
        kept = [
            (method, tuple(array[alive[span]] if _of_runs(array, alive[span]) else array for array in state))
            for (method, span), state in zip(self.optimizer_spans, self.states, strict=True)
        ]
        self.flat, self.kinds, self.members, self.depths = (
            rows[alive] for rows in (self.flat, self.kinds, self.members, self.depths)
        )
        self.rates, self.weight_decay = self.rates[alive], self.weight_decay[alive]
        self.networks = [network for network, lives in zip(self.networks, alive, strict=True) if lives]
        if not self.networks:
            return
        self._arrange()
        left = {method for method, _ in self.optimizer_spans}
        self.states = [state for method, state in kept if method in left]

    def _arrange(self) -> None:
        """One network for all, and where each optimizer and each schedule that is not constant has its runs."""
        self.network = self.networks[0].joined(self.networks)
        self.optimizer_spans: list[tuple[Optimizer, slice]] = [
            (self.optimizers[kind], _span(self.kinds[:, 0] == kind)) for kind in np.unique(self.kinds[:, 0])
        ]
        self.schedule_spans = [
            (self.schedules[schedule], _span((self.kinds == (optimizer, schedule)).all(axis=1)))
            for optimizer, schedule in np.unique(self.kinds, axis=0)
            if type(self.schedules[schedule]) is not Constant
        ]

    def _rates(self, step: int, losses: Array | None) -> Array:
        if not self.schedule_spans:
            return self.rates
        rates = self.rates.copy()
        for schedule, span in self.schedule_spans:
            if schedule.needs_loss and losses is not None:
                rates[span, 0] *= schedule(step, losses[span])
            else:
                rates[span, 0] *= unseeing(schedule, step, span.stop - span.start)
        return rates

    def moved(
        self, kind: int, state: State, flat: Any, gradients: Layers, slopes: Any, rates: Any
    ) -> tuple[Any, State]:
        """The rows that one optimizer moves, after its step, and its state; of all rows and their gradients."""
        method, span = self.optimizer_spans[kind]
        if len(self.optimizer_spans) > 1:  # otherwise all rows: no need to cut them up
            flat, slopes, rates, gradients = flat[span], slopes[span], rates[span], tuple(g[span] for g in gradients)
        layers = self.split(flat)
        if method.acts_on == "entries":
            return method.step(flat, self._row(gradients), state, rates)
        if method.acts_on == "layers":
            each = len(state) // len(layers)
            moved: list[Any] = []
            after: list[Any] = []
            for j, (layer, gradient) in enumerate(zip(layers, gradients, strict=True)):
                new, own = method.step(layer, gradient, state[j * each : (j + 1) * each], rates[:, :, None])
                moved.append(new)
                after.extend(own)
            return self._row(moved), tuple(after)
        network = self.networks[span][0].joined(self.networks[span])
        both: tuple[Layers, State] = method.step_network(network, layers, slopes, gradients, state, rates[:, :, None])
        return self._row(both[0]), both[1]

    def _first_state(self, method: Optimizer, span: slice) -> State:
        if method.acts_on == "layers":
            return tuple(part for layer in self.layers(span) for part in method.initial_state(layer))
        return method.initial_state(self.flat[span])

    def split(self, flat: Any) -> Layers:
        """The layers that these rows hold."""
        return tuple(
            flat[:, place].reshape(len(flat), *shape) for place, shape in zip(self.places, self.shapes, strict=True)
        )

    def _row(self, layers: Sequence[Any]) -> Any:
        xp = namespace(*layers)
        rows = [xp.reshape(layer, (len(layer), -1)) for layer in layers]
        return rows[0] if len(rows) == 1 else xp.concatenate(rows, axis=1)


def _span(chosen: Chosen) -> slice:
    places = np.flatnonzero(chosen)
    return slice(int(places[0]), int(places[-1]) + 1)


def _of_runs(array: Any, alive: Chosen) -> bool:
    """Whether an array of a state has a row a run; one for all of them has one, or no axis."""
    return np.ndim(array) > 0 and len(array) == len(alive)
