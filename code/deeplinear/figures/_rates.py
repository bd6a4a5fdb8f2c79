"""Final losses over a grid of learning rates, with everything that a chosen rate may hide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from deeplinear.figures._methods import Grid, grids_of, has_logarithm, styles
from deeplinear.figures._style import colors, label_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["rates"]


def rates(axes: Axes, what: Any, *, optimum: float = 0.0, times: float = 1.0, palette: Sequence[str] = colors) -> str:
    """Draw the loss at the horizon against the learning rate, and the fraction of the seeds that survive each rate.

    A dot is the median over the seeds that were run, a hollow one if some of them have diverged, and the band goes
    from the lowest to the highest survivor. A cross at the top is a rate at which half of the seeds or more
    diverge; where all are, there is no scale of losses. The rate that is chosen has a ring. The strip above shows
    the surviving fraction of every rate, and what is asked of a rate, dotted.

    Parameters
    ----------
    axes : matplotlib Axes
    what
        What :func:`deeplinear.tune`, :func:`deeplinear.compare` or :func:`deeplinear.sweep` returns, or the losses
        of a sweep.
    optimum : float
        Is subtracted from the losses.
    times : float
        Multiplies them then: p, for a loss without its factor 1/p.
    palette : colours

    Returns
    -------
    str
        What is seen, for :func:`show`.

    Raises
    ------
    TypeError, ValueError
        If `what` is nothing that can be drawn.

    Examples
    --------
    >>> import deeplinear as dl
    >>> tuned = dl.tune(dl.TwoPoint((10.0, 1.0), p=4), dl.networks.Chain(2), budget=1000, seeds=5)
    >>> with dl.figures.plot() as (figure, axes):
    ...     print(dl.figures.rates(axes, tuned))
    Loss after 1,000 steps against the learning rate, on logarithmic axes. depth 2: 12 rates from 0.00032 to 0.17,
    lowest at 0.00302 (8.29e-05 in the median) among those that may be chosen; at 5 of them fewer than 95% of the
    seeds survive.
    """
    grids = grids_of(what)
    horizon = grids[0].horizon
    strip = axes.inset_axes((0.0, 1.03, 1.0, 0.2), sharex=axes)
    drawn = [times * (grid.finals - optimum) for grid in grids]
    logarithmic = has_logarithm(drawn)
    top = max(float(np.max(finals, where=np.isfinite(finals), initial=0.0)) for finals in drawn) or 1.0
    labels: list[tuple[float, float, str, str]] = []
    axes.set(xscale="log", yscale="log" if logarithmic else "linear", xlabel="learning rate η")
    axes.set_ylabel(f"{'loss' if not optimum else 'loss − optimum'} after {horizon:,} steps")
    for row, (grid, finals, (color, dashes)) in enumerate(zip(grids, drawn, styles(grids, palette), strict=True)):
        median = np.array([np.median(ends[~np.isnan(ends)]) for ends in finals])
        alive, whole = np.isfinite(median), grid.survival == 1
        survivors = np.ma.masked_invalid(finals)
        some = np.isfinite(finals).any(axis=1)
        axes.fill_between(
            grid.rates[some],
            survivors.min(axis=1)[some],
            survivors.max(axis=1)[some],
            color=color,
            alpha=0.2,
            linewidth=0,
        )
        axes.plot(grid.rates[alive], median[alive], dashes, color=color, linewidth=1.4)
        axes.plot(grid.rates[alive & whole], median[alive & whole], "o", color=color, markersize=4)
        axes.plot(grid.rates[alive & ~whole], median[alive & ~whole], "o", color=color, markersize=4, fillstyle="none")
        axes.plot(grid.rates[~alive], np.full((~alive).sum(), top * 1.6 * 1.35**row), "x", color=color, markersize=5)
        if grid.chosen is not None:
            at = grid.rates == grid.chosen
            axes.plot(
                grid.rates[at], median[at], "o", color=color, fillstyle="none", markersize=11, markeredgewidth=1.6
            )
        strip.plot(grid.rates, grid.survival, dashes, marker=".", color=color, linewidth=1.2, markersize=5)
        strip.axhline(grid.least, color="#5a5b5c", linewidth=0.8, linestyle=":")
        if alive.any() and grid.label and len(grids) > 1:
            labels.append((float(grid.rates[alive][0]), float(median[alive][0]), grid.label, color))
    if not any(np.isfinite(finals).any() for finals in drawn):
        axes.set_yticks([])
    strip.set(ylim=(-0.12, 1.12), yticks=(0, 1), yticklabels=("0", "all"), ylabel="survive")
    strip.tick_params(which="both", labelbottom=False)
    label_lines(axes, labels, away=(-4, 8))
    return _said(grids, drawn, horizon, optimum != 0, "on logarithmic axes" if logarithmic else "on a logarithmic axis")


def _said(grids: list[Grid], drawn: list[Any], horizon: int, distance: bool, scale: str) -> str:
    quantity = "Distance from the optimal loss" if distance else "Loss"
    sentences = [f"{quantity} after {horizon:,} steps against the learning rate, {scale}."]
    for grid, finals in zip(grids, drawn, strict=True):
        few = int((grid.survival < grid.least - 1e-9).sum())
        said = f"{len(grid.rates)} rates from {grid.rates[0]:.2g} to {grid.rates[-1]:.2g}"
        if len(grid.rates) == 1:
            said = f"one rate, {grid.rates[0]:.2g}, and so none to choose"
        elif grid.chosen is None:
            said += ", none of which may be chosen"
        else:
            at = int(np.flatnonzero(grid.rates == grid.chosen)[0])
            made = finals[at][~np.isnan(finals[at])]
            said += (
                f", lowest at {grid.chosen:.3g} ({np.median(made):.3g} in the median) among those that may be chosen"
            )
        said += (
            f"; at {few} of them fewer than {grid.least:.0%} of the seeds survive." if few else "; no seed diverges."
        )
        sentences.append(f"{grid.label}: {said}" if grid.label else said)
    return " ".join(sentences)
