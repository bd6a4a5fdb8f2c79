"""What can be drawn, brought to one form: of each method its name, its colour, and its losses.

Understood are what :func:`deeplinear.tune` and :func:`deeplinear.compare` return, and sweeps: datasets with a
``loss``, or arrays, over the axes learning_rate, seed and step and any others.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.figures._style import colors
from deeplinear.training.comparison import Comparison
from deeplinear.training.tuning import SURVIVAL, Tuned
from deeplinear.training.tuning.labelled import best_rates, choices

__all__ = ["Curve", "Grid", "curves_of", "grids_of", "has_logarithm", "styles"]

Array = NDArray[np.float64]
_DASHES = ("-", "--", ":", "-.")


@dataclass(frozen=True)
class Grid:
    """Of one method: the rates, the (rates, seeds) losses at the horizon, and which rate is chosen, if one is."""

    label: str
    group: Hashable
    horizon: int
    rates: Array
    finals: Array
    chosen: float | None
    least: float = SURVIVAL

    @property
    def survival(self) -> Array:
        """(rates,) the fraction of the seeds that survive, of those that were run."""
        return np.asarray(np.isfinite(self.finals).sum(axis=1) / (~np.isnan(self.finals)).sum(axis=1))


@dataclass(frozen=True)
class Curve:
    """Of one method at one rate: (seeds, steps) losses, ``inf`` where a run has diverged."""

    label: str
    group: Hashable
    steps: NDArray[np.int64]
    losses: Array
    rate: float | None = None


def has_logarithm(losses: Sequence[Array]) -> bool:
    """Whether a logarithmic axis can show any of these losses: one at least is positive and finite."""
    return any(bool((np.isfinite(several) & (several > 0)).any()) for several in losses)


def grids_of(what: Any) -> list[Grid]:
    """The grids of all methods; rates that were not run are left out."""
    if isinstance(what, (Tuned, Comparison)):
        return [
            Grid(
                label,
                group,
                one.horizon,
                one.grid.learning_rate.values,
                one.grid["loss"].values,
                one.learning_rate,
                one.grid.attrs["least survival"],
            )
            for label, group, one in _tuned(what)
        ]
    loss = _loss(what)
    if "learning_rate" not in loss.dims:
        raise ValueError(
            f"these runs have the axes {', '.join(map(str, loss.dims))}: there is no grid of rates to draw"
        )
    rates = np.sort(loss.learning_rate.values)
    ends = loss.isel(step=-1).sortby("learning_rate")
    horizon = int(loss.step[-1])
    found = []
    for place, choice in choices(loss):
        finals = ends.sel(place).transpose("learning_rate", "seed").values
        run = ~np.isnan(finals).all(axis=1)
        found.append(Grid(_label(place), _group(place), horizon, rates[run], finals[run], choice.learning_rate))
    return found


def curves_of(what: Any) -> list[Curve]:
    """The curves of all methods, those of a grid of several rates at the best of each."""
    if isinstance(what, (Tuned, Comparison)):
        return [
            Curve(label, group, one.curves.step.values, one.curves["loss"].values, one.learning_rate)
            for label, group, one in _tuned(what)
        ]
    loss = _loss(what)
    only = None
    if loss.sizes.get("learning_rate") == 1:  # there is nothing to choose
        loss, only = loss.squeeze("learning_rate"), loss.learning_rate.item()
    best = best_rates(loss) if "learning_rate" in loss.dims else None
    others = [name for name in loss.dims if name not in ("learning_rate", "seed", "step")]
    found = []
    for index in np.ndindex(*(loss.sizes[name] for name in others)):
        place = {str(name): loss[name].values[i].item() for name, i in zip(others, index, strict=True)}
        rate = only if best is None else best.sel(place).item()
        one = loss.sel(place if best is None else place | {"learning_rate": rate})
        curve = one.transpose("seed", "step").values
        found.append(Curve(_label(place), _group(place), loss.step.values, curve, rate))
    return found


def styles(methods: Sequence[Grid | Curve], palette: Sequence[str] = colors) -> list[tuple[str, str]]:
    """(colour, dashes) of each: one colour a depth where there are several, and otherwise one a method."""
    groups = [method.group for method in methods]
    by_depth = len(set(groups)) > 1 and None not in groups and max(map(groups.count, groups)) <= len(_DASHES)
    keys: list[Hashable] = groups if by_depth else list(range(len(methods)))
    order = list(dict.fromkeys(keys))
    return [
        (palette[order.index(key) % len(palette)], _DASHES[keys[:place].count(key)]) for place, key in enumerate(keys)
    ]


def _tuned(what: Tuned | Comparison) -> list[tuple[str, Hashable, Tuned]]:
    if isinstance(what, Comparison):
        return [(name, getattr(one.run.network, "depth", None), one) for name, one in what.tuned.items()]
    depth = getattr(what.run.network, "depth", None)
    return [(type(what.run.network).__name__ if depth is None else f"depth {depth}", depth, what)]


def _loss(what: Any) -> Any:
    """The losses of a sweep, with an axis of seeds."""
    try:
        loss = what["loss"] if "loss" in getattr(what, "data_vars", ()) else what
        dims = loss.dims
    except AttributeError:
        raise TypeError(
            f"{type(what).__name__} cannot be drawn: give what dl.tune, dl.compare or dl.sweep returns"
        ) from None
    if "step" not in dims:
        raise ValueError(f"these runs have the axes {', '.join(map(str, dims))}: one named step is needed")
    return loss if "seed" in dims else loss.expand_dims("seed")


def _label(place: dict[str, Any]) -> str:
    """A depth or a width says its axis, a name says itself."""
    said = [value if isinstance(value, str) else f"{name} {value}" for name, value in place.items()]
    return ", ".join(said)


def _group(place: dict[str, Any]) -> Hashable:
    return place.get("depth")
