"""The rule for a labelled sweep: a best rate for every depth, optimizer, network, … of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from deeplinear.training.tuning.rule import SURVIVAL, Choice, Neighbours, choose

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["best_rates", "choices"]


def best_rates(loss: xr.DataArray, *, survival: float = SURVIVAL, neighbours: Neighbours = "below") -> xr.DataArray:
    """The learning rate of lowest loss at the last step, the median over seeds, for every method of a sweep.

    As :func:`deeplinear.tuning.choose`, but that a grid which does not hold the best rate is an error: a fair
    comparison extends it. A sweep has the rates that somebody thought of, mostly further apart than the lattice of
    a search, so the larger neighbour may diverge, unless ``neighbours="both"``.

    Parameters
    ----------
    loss : xarray.DataArray
        Over learning_rate, step, seed and any others, or a distance from the optimum.
    survival, neighbours
        See :func:`deeplinear.tuning.choose`.

    Returns
    -------
    xarray.DataArray
        Over the other axes.

    Raises
    ------
    ValueError
        If the best rate of one is the smallest or the largest of the grid, or no rate may be chosen; the message
        names it.

    Examples
    --------
    >>> import deeplinear as dl
    >>> rates = (1e-3, 2e-3, 5e-3, 1e-2, 5e-2)
    >>> runs = dl.sweep(dl.TwoPoint((10.0, 1.0), p=4), (1, 2), rates, steps=1000)
    >>> best_rates(runs.loss).values
    array([0.01 , 0.005])
    """
    import xarray as xr

    found = [
        (place, _rate_of(choice, place)) for place, choice in choices(loss, survival=survival, neighbours=neighbours)
    ]
    others = [name for name in loss.dims if name not in ("learning_rate", "seed", "step")]
    values = np.array([rate for _, rate in found]).reshape([loss.sizes[name] for name in others])
    return xr.DataArray(values, dims=others, coords={name: loss[name] for name in others}, name="learning_rate")


def choices(
    loss: xr.DataArray, *, survival: float = SURVIVAL, neighbours: Neighbours = "below"
) -> list[tuple[dict[str, Any], Choice]]:
    """What the rule says of every method of a sweep, with its place on the axes.

    Raises
    ------
    ValueError
        If `loss` has no axis of learning rates.
    """
    if "learning_rate" not in loss.dims:
        raise ValueError(f"loss has the axes {', '.join(map(str, loss.dims))}: the rule needs one named learning_rate")
    final = loss.isel(step=-1) if "step" in loss.dims else loss
    final = final if "seed" in final.dims else final.expand_dims("seed")
    others = [str(name) for name in final.dims if name not in ("learning_rate", "seed")]
    stacked = final.transpose(*others, "learning_rate", "seed")
    rates, values = stacked.learning_rate.values, stacked.values
    return [
        (
            {name: stacked[name].values[i].item() for name, i in zip(others, place, strict=True)},
            choose(rates, values[place], survival=survival, neighbours=neighbours),
        )
        for place in np.ndindex(*(stacked.sizes[name] for name in others))
    ]


def _rate_of(choice: Choice, place: dict[str, Any]) -> float:
    at = f" at {', '.join(f'{name} {value}' for name, value in place.items())}" if place else ""
    if not np.isfinite(choice.median).any():
        raise ValueError(f"every learning rate diverges{at}: extend the grid below {choice.rates[0]:g}")
    if choice.beyond:
        edge = choice.rates[0 if choice.beyond == "below" else -1]
        raise ValueError(f"the best learning rate{at} is {edge:g}, an edge of the grid: extend it {choice.beyond}")
    if choice.learning_rate is None:
        said = "; ".join(f"{rate:g}: {reason}" for rate, reason in choice.refused.items())
        raise ValueError(f"no learning rate{at} may be chosen ({said}): extend the grid below, or refine it")
    return choice.learning_rate
