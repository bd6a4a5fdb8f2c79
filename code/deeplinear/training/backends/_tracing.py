"""The step of a batch as a programme of JAX: followed once, compiled, and run from any step to any other.

Networks, optimizers, schedules and problems are called with JAX's tracers in place of arrays. At first they are
followed one by one, so that what cannot be followed is known by its name.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.problems import Problem
from deeplinear.training.oracles import Oracle
from deeplinear.training.schedules import unseeing
from deeplinear.training.squads import Squad

__all__ = ["Programme", "imported"]


def imported() -> Any:
    """JAX.

    Raises
    ------
    ImportError
        If it is missing, or broken.
    """
    try:
        import jax
        import jax.numpy

        jax.devices()
    except ModuleNotFoundError as error:
        if error.name != "jax":
            raise _unusable(error) from error
        raise ImportError("backend='jax' needs JAX: pip install 'deeplinear[jax]'") from None
    except Exception as error:  # a broken package raises what it likes
        raise _unusable(error) from error
    return jax


def _unusable(error: Exception) -> ImportError:
    said = f"{type(error).__name__}: {error}"
    return ImportError(
        f"JAX is installed and cannot be used ({said}): install it anew, pip install --upgrade jax jaxlib, "
        "or take backend='numpy'"
    )


class Programme:
    """All squads of a batch, and the oracle that they share.

    A state is a tuple of rows (one array a squad), memories of the optimizers, and the steps at which runs have
    diverged.
    """

    def __init__(self, problem: Problem, oracle: Oracle, squads: Sequence[Squad], longest: int) -> None:
        self.jax, self.squads = imported(), list(squads)
        self.np = self.jax.numpy
        ends = np.cumsum([0, *(len(squad.members) for squad in squads)]).tolist()
        self.spans = [slice(a, b) for a, b in pairwise(ends)]
        chosen = {schedule: None for squad in squads for schedule, _ in squad.schedule_spans}
        self.tabulated = [schedule for schedule in chosen if not schedule.needs_loss]
        self.with_loss = len(self.tabulated) < len(chosen)
        self.table = np.ones((longest, len(self.tabulated)))
        self._take(problem, oracle)
        self._compiled_leap, self._compiled_look = self.jax.jit(self._leap), self.jax.jit(self._look)

    def first_state(self, diverged_at: NDArray[np.int64]) -> Any:
        """Where the squads are, on the device."""
        flats = tuple(self.np.asarray(squad.flat) for squad in self.squads)
        return flats, self.memories, self.np.asarray(diverged_at)

    def leap(self, state: Any, first: int, last: int) -> Any:
        """The state at step `last`, from that at step `first`."""
        for column, schedule in enumerate(self.tabulated):
            self.table[: last - first, column] = [unseeing(schedule, step, 1)[0] for step in range(first, last)]
        return self.jax.block_until_ready(self._compiled_leap(state, self.arrays, self.table, first, last))

    def look(self, state: Any, step: int) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
        """The state, which now knows whose gradient is not finite here; end-to-end weights (runs, k, d);
        losses (runs,).
        """
        diverged_at, weights, losses = self._compiled_look(state, self.arrays, step)
        return (*state[:2], diverged_at), np.asarray(weights), np.asarray(losses)

    # What is compiled.

    def _leap(self, state: Any, arrays: Any, table: Any, first: Any, last: Any) -> Any:
        oracle = _holding(self.oracle, arrays)

        def one_step(step: Any, state: Any) -> Any:
            flats, memories, diverged_at = state
            slopes, losses = oracle(self._weights(flats), with_loss=self.with_loss)
            diverged_at = self._diverged(slopes, diverged_at, step)
            moved, after = [], []
            for squad, span, flat, memory in zip(self.squads, self.spans, flats, memories, strict=True):
                rates = self._rates(squad, step, table[step - first], None if losses is None else losses[span])
                rows, new = squad.after(flat, memory, slopes[span], rates)
                moved.append(self.np.where(diverged_at[span, None] < 0, rows, flat).astype(flat.dtype))
                after.append(self.jax.tree.map(lambda old, new: self.np.asarray(new, old.dtype), memory, tuple(new)))
            return tuple(moved), tuple(after), diverged_at

        return self.jax.lax.fori_loop(first, last, one_step, state)

    def _look(self, state: Any, arrays: Any, step: Any) -> Any:
        weights = self._weights(state[0])
        slopes, losses = _holding(self.oracle, arrays)(weights, with_loss=True)
        return self._diverged(slopes, state[2], step), weights, losses

    def _weights(self, flats: Any) -> Any:
        parts = [squad.network.weights(squad.split(flat)) for squad, flat in zip(self.squads, flats, strict=True)]
        return parts[0] if len(parts) == 1 else self.np.concatenate(parts)

    def _diverged(self, slopes: Any, diverged_at: Any, step: Any) -> Any:
        finite = self.np.isfinite(self.np.vecdot(slopes, slopes).sum(axis=1))
        return self.np.where(finite | (diverged_at >= 0), diverged_at, step)

    def _rates(self, squad: Squad, step: Any, row: Any, losses: Any) -> Any:
        rates = self.np.asarray(squad.rates)
        if not squad.schedule_spans:
            return rates
        factors = self.np.ones(len(rates), rates.dtype)
        for schedule, span in squad.schedule_spans:
            factor = schedule(step, losses[span]) if schedule.needs_loss else row[self.tabulated.index(schedule)]
            factors = factors.at[span].set(factor)
        return rates * factors[:, None]

    # What can be followed, and what cannot.

    def _take(self, problem: Problem, oracle: Oracle) -> None:
        """The oracle with its arrays as arguments or, if it does not bear that, built in; the first memories.

        What JAX works out of an array that is built in is kept for that very array, in the precision of the day:
        another programme, in another precision, must not meet it again. So copies are built in, which are this
        programme's alone.
        """
        flats = tuple(self.np.asarray(squad.flat) for squad in self.squads)
        for squad, flat in zip(self.squads, flats, strict=True):
            with _following("network", squad.networks[0]):
                self.jax.eval_shape(self._back_and_forth(squad), flat)
        weights = self.jax.eval_shape(self._weights, flats)
        self.oracle, self.arrays = oracle, [self.np.asarray(array) for array in _arrays(oracle)]
        try:
            slopes, losses = self._asked(weights)
        except Exception:  # perhaps it wants NumPy's arrays of its own data
            self.oracle, self.arrays = _holding(oracle, [array.copy() for array in _arrays(oracle)]), []
            with _following("problem", problem):
                slopes, losses = self._asked(weights)
        self.memories = tuple(
            self._memories(squad, flat, self._part(slopes, span), self._part(losses, span))
            for squad, flat, span in zip(self.squads, flats, self.spans, strict=True)
        )

    def _back_and_forth(self, squad: Squad) -> Callable[[Any], Any]:
        return lambda flat: squad.gradients(flat, squad.network.weights(squad.split(flat)))

    def _asked(self, weights: Any) -> Any:
        return self.jax.eval_shape(
            lambda w, arrays: _holding(self.oracle, arrays)(w, with_loss=True), weights, self.arrays
        )

    def _memories(self, squad: Squad, flat: Any, slopes: Any, losses: Any) -> Any:
        """Of every optimizer of a squad, in the precision that they have after a step."""
        for schedule, _ in squad.schedule_spans:
            if schedule.needs_loss:
                with _following("schedule", schedule):
                    self.jax.eval_shape(schedule, self.np.asarray(0), losses)
        first = self.jax.tree.map(self.np.asarray, list(squad.states))
        for i, (method, _) in enumerate(squad.optimizer_spans):
            with _following("optimizer", method):
                after = self.jax.eval_shape(lambda *given, i=i: self._after(squad, i, *given), first[i], flat, slopes)
                first[i] = self.jax.tree.map(lambda old, new: self._alike(old, new), first[i], after)
        return tuple(first)

    def _after(self, squad: Squad, kind: int, memory: Any, flat: Any, slopes: Any) -> Any:
        return squad.moved(kind, memory, flat, squad.gradients(flat, slopes), slopes, self.np.asarray(squad.rates))[1]

    def _part(self, whole: Any, span: slice) -> Any:
        return self.jax.ShapeDtypeStruct((span.stop - span.start, *whole.shape[1:]), whole.dtype)

    def _alike(self, old: Any, new: Any) -> Any:
        if old.shape != new.shape:
            raise TypeError(f"its memory changes from shape {old.shape} to {new.shape}")
        return old.astype(self.np.result_type(old.dtype, new.dtype))


@contextlib.contextmanager
def _following(kind: str, thing: object) -> Iterator[None]:
    """An error in here is one of `thing`, and says what to write."""
    try:
        yield
    except Exception as error:
        said = str(error).strip().split("\n")[0]
        raise TypeError(
            f"backend='jax' cannot follow the {kind} {thing!r} ({type(error).__name__}: {said}). Write it with "
            "operators and functions that NumPy and JAX share, xp = deeplinear.networks.namespace(x) and xp.sqrt(x) "
            "in place of np.sqrt(x), without writing into arrays and without `if` on their values; "
            "or take backend='numpy'"
        ) from error


def _arrays(thing: Any) -> list[Any]:
    """The arrays of an oracle, and of the problem that it holds."""
    found = []
    for value in vars(thing).values():
        if isinstance(value, Problem):
            found += _arrays(value)
        elif _lifts(value):
            found.append(value)
    return found


def _holding(thing: Any, arrays: Sequence[Any]) -> Any:
    """`thing` with these in place of its arrays; as it is, if there are none."""
    return _replaced(thing, iter(arrays)) if arrays else thing


def _replaced(thing: Any, arrays: Iterator[Any]) -> Any:
    other = copy.copy(thing)
    for name, value in vars(thing).items():
        if isinstance(value, Problem):
            object.__setattr__(other, name, _replaced(value, arrays))
        elif _lifts(value):
            object.__setattr__(other, name, next(arrays))
    return other


def _lifts(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "fb"
