"""One trial step of what is not this package's: what a network, an optimizer and a schedule return is looked at once.

Inside the loop nothing is looked at any more; a wrong shape there would be an error about arrays, or none at all. Two
runs are tried, together and each alone: what mixes them, by a norm over all of an array for example, is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from deeplinear._settings import is_ours
from deeplinear.networks import Network
from deeplinear.networks._network import Layers, matrix_shape
from deeplinear.problems import Problem
from deeplinear.training.optimizers import Optimizer
from deeplinear.training.run import Run
from deeplinear.training.schedules import Schedule

__all__ = ["tried"]


def tried(problem: Problem, runs: Sequence[Run]) -> None:
    """Take one step with each combination of classes in `runs` that holds one which is not this package's.

    Raises
    ------
    TypeError, ValueError
        If one of these returns what cannot be used; the message says what it is and what is wanted.
    """
    kinds: dict[tuple[type, ...], Run] = {}
    for run in runs:
        classes = (type(run.network), type(run.optimizer), type(run.schedule))
        if not all(map(is_ours, classes)):
            kinds.setdefault(classes, run)
    for run in kinds.values():
        start = tuple(np.asarray(layer, dtype=float) for layer in run.layers(problem.shape))
        noise = np.random.default_rng(0)
        other = tuple(1.3 * W + 0.1 * noise.standard_normal(W.shape) for W in start)
        slopes = noise.standard_normal((2, *matrix_shape(problem.shape)))
        with np.errstate(all="ignore"):
            both = [_step(run, [one], slopes[i : i + 1]) for i, one in enumerate((start, other))]
            together = _step(run, [start, other], slopes)
            again = _step(run, [start, other], slopes)
            for what in together:
                _apart(what, together[what], [alone[what] for alone in both], again[what])
            _of_schedule(run.schedule)


def _step(run: Run, starts: Sequence[Layers], slopes: Any) -> dict[str, list[Any]]:
    """What the network and the optimizer of `run` return for runs from these starts, by the name of what returns it."""
    layers = run.network.stacked(list(starts))
    weights, gradients = _of_network(run.network, layers, slopes)
    network, method = type(run.network).__name__, type(run.optimizer).__name__
    moved = _of_optimizer(run, layers, slopes, gradients)
    return {
        f"{network}.weights": [weights],
        f"{network}.pullback": list(gradients),
        f"{method}.step_network" if run.optimizer.acts_on == "network" else f"{method}.step": moved,
    }


def _apart(what: str, together: list[Any], alone: list[list[Any]], again: list[Any]) -> None:
    """Refuse what depends on a run's company; what does not repeat itself cannot be compared."""
    for part, (both, same) in enumerate(zip(together, again, strict=True)):
        if not np.array_equal(both, same, equal_nan=True):
            continue
        for run, single in enumerate(alone):
            mine, its = np.asarray(both)[run], np.asarray(single[part])[0]
            if not np.allclose(mine, its, rtol=1e-6, atol=1e-9, equal_nan=True):
                raise ValueError(
                    f"{what} mixes the runs of an array: a run beside another is not what it is alone. Its first axis "
                    "is that of the runs; sums and norms go over the others, .sum(axis=(1, 2), keepdims=True)"
                )


def _of_network(network: Network, layers: Layers, slopes: Any) -> tuple[Any, Layers]:
    """The weights, and the gradients of the layers."""
    name = type(network).__name__
    network = network.joined([network] * len(slopes))
    weights = np.asarray(network.weights(layers))
    if weights.shape != slopes.shape:
        raise ValueError(f"{name}.weights returns shape {weights.shape}, it must be (runs, k, d), here {slopes.shape}")
    gradients = network.pullback(layers, slopes)
    _alike(gradients, layers, f"{name}.pullback", "the gradient of every layer")
    return weights, tuple(gradients)


def _of_optimizer(run: Run, layers: Layers, slopes: Any, gradients: Layers) -> list[Any]:
    """The next parameters, part by part."""
    method, rate, runs = run.optimizer, run.learning_rate, len(slopes)
    name = type(method).__name__
    if method.acts_on == "network":
        state = _memory(method, np.concatenate([layer.reshape(runs, -1) for layer in layers], axis=1))
        network = run.network.joined([run.network] * runs)
        rates = np.full((runs, 1, 1), rate)
        answer = method.step_network(network, layers, slopes, gradients, state, rates)
        moved, after = _pair(answer, f"{name}.step_network", "the next layers")
        _alike(moved, layers, f"{name}.step_network", "the next layers")
        _as_many(after, state, f"{name}.step_network")
        return list(moved)
    if method.acts_on == "layers":
        parts, rates = list(zip(layers, gradients, strict=True)), np.full((runs, 1, 1), rate)
    else:
        rows = [np.concatenate([np.reshape(one, (runs, -1)) for one in of], axis=1) for of in (layers, gradients)]
        parts, rates = [(rows[0], rows[1])], np.full((runs, 1), rate)
    found = []
    for parameters, gradient in parts:
        state = _memory(method, parameters)
        moved, after = _pair(method.step(parameters, gradient, state, rates), f"{name}.step", "the next parameters")
        if np.shape(moved) != parameters.shape:
            raise ValueError(
                f"{name}.step returns parameters of shape {np.shape(moved)} for those of shape {parameters.shape}: "
                "it must keep the shape"
            )
        _as_many(after, state, f"{name}.step")
        found.append(moved)
    return found


def _memory(method: Optimizer, parameters: Any) -> tuple[Any, ...]:
    state = method.initial_state(parameters)
    if not isinstance(state, tuple):
        raise TypeError(
            f"{type(method).__name__}.initial_state returns {_said(state)}: it must return a tuple of arrays"
        )
    for part in state:
        known = isinstance(part, (int, float, np.number, np.ndarray)) or hasattr(part, "__array__")
        if not known or np.asarray(part).dtype.kind not in "biuf":
            raise TypeError(
                f"{type(method).__name__}.initial_state holds {_said(part)}: a state is a tuple of arrays of numbers, "
                "each with a row a run"
            )
        if np.ndim(part) and len(part) not in (1, len(parameters)):
            raise ValueError(
                f"{type(method).__name__}.initial_state holds {_said(part)} for {len(parameters)} runs: the first axis "
                "of a state is that of the runs"
            )
    return state


def _of_schedule(schedule: Schedule) -> None:
    factor: Any = schedule(0, np.ones(2))
    try:
        good = np.asarray(factor).dtype.kind in "iuf" and np.shape(factor) in ((), (1,), (2,))
    except (TypeError, ValueError):
        good = False
    if not good:
        raise TypeError(
            f"{type(schedule).__name__}.__call__ returns {_said(factor)} for the losses of 2 runs: "
            "it must return the factor on the learning rate, a number or an array in the shape of `loss`"
        )
    if schedule.needs_loss:
        return
    losses = np.array([1e-12, 1e-6, 1e-2, 1.0, 1e2, 1e12])
    unseen, repeated, seen = (np.broadcast_to(schedule(0, given), losses.shape) for given in (_NAN, _NAN, losses))
    if np.array_equal(unseen, repeated) and not np.array_equal(unseen, seen):
        raise ValueError(
            f"{type(schedule).__name__} looks at the loss and does not say so, and would see nan: "
            "write needs_loss = True in its class"
        )


_NAN = np.full(6, np.nan)


def _pair(answer: Any, call: str, first: str) -> tuple[Any, Any]:
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise TypeError(
            f"{call} returns {_said(answer)}: it must return a pair, {first} and the state (`return …, state`)"
        )
    return answer[0], answer[1]


def _as_many(after: Any, state: tuple[Any, ...], call: str) -> None:
    if not isinstance(after, (tuple, list)) or len(after) != len(state):
        raise TypeError(
            f"{call} returns the state {_said(after)}: it must be a tuple of {len(state)}, as initial_state has made it"
        )


def _alike(given: Any, layers: Layers, call: str, what: str) -> None:
    wanted = [layer.shape for layer in layers]
    if not isinstance(given, (tuple, list)):
        raise TypeError(f"{call} returns {_said(given)}: it must return {what} in a tuple, of shapes {wanted}")
    shapes = [np.shape(one) for one in given]
    if shapes != wanted:
        raise ValueError(f"{call} returns shapes {shapes}: it must return {what}, of shapes {wanted}")


def _said(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    shape = getattr(value, "shape", None)
    return repr(value) if shape is None else f"an array of shape {tuple(shape)}"
