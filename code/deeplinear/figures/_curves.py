"""Losses over the steps, with their spread over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.figures._methods import Curve, curves_of, has_logarithm, styles
from deeplinear.figures._style import colors, label_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["curves"]


def curves(
    axes: Axes,
    what: Any,
    *,
    optimum: float = 0.0,
    times: float = 1.0,
    first: int = 1,
    palette: Sequence[str] = colors,
) -> str:
    """Draw losses over the steps: the median over seeds, in a band from the lowest to the highest seed that is alive.

    Where there are several depths each has a colour, and methods of equal depth differ in their dashes. A cross is
    where a seed diverges. A sweep over several rates is drawn at the best rate of each method, as
    :func:`deeplinear.tuning.best_rates` finds it. The axis ends at ten times the loss of the first step, and
    crosses above are drawn at that height: on its way to infinity a run passes every number.

    Parameters
    ----------
    axes : matplotlib Axes
    what
        What :func:`deeplinear.tune`, :func:`deeplinear.compare` or :func:`deeplinear.sweep` returns, or the losses
        of a sweep.
    optimum : float
        Is subtracted from the losses: the distance from the optimum is drawn.
    times : float
        Multiplies them then: p, for a loss without its factor 1/p.
    first : int
        The step at which the axis begins, 1 or more.
    palette : colours

    Returns
    -------
    str
        What is seen, for :func:`show`.

    Raises
    ------
    TypeError, ValueError
        If `what` is nothing that can be drawn, or a best rate of a sweep lies at the edge of its grid.

    Examples
    --------
    >>> import deeplinear as dl
    >>> runs = dl.sweep(dl.TwoPoint((10.0, 1.0), p=4), (1, 2), learning_rate=1e-3, steps=1000, seed=range(5))
    >>> with dl.figures.plot() as (figure, axes):
    ...     print(dl.figures.curves(axes, runs.loss.sel(learning_rate=1e-3)))
    Loss against steps on logarithmic axes, the median of 5 seeds in a band from the lowest to the highest. depth 1
    goes from 1.64e+03 to 0.0892 (from 0.0888 to 0.0901). depth 2 goes from 2.5e+03 to 0.000715 (from 0.000712 to
    0.000721). depth 2 ends lowest, after 1,000 steps.
    """
    lines = [_shown(curve, times, optimum, first) for curve in curves_of(what)]
    ceiling = 10 * max(
        float(np.max(line.losses[:, 0], where=np.isfinite(line.losses[:, 0]), initial=0)) for line in lines
    )
    labels: list[tuple[float, float, str, str]] = []
    logarithmic = has_logarithm([line.losses for line in lines])
    axes.set(
        xscale="log",
        yscale="log" if logarithmic else "linear",
        xlabel="step",
        ylabel="loss − optimum" if optimum else "loss",
    )
    for line, (color, dashes) in zip(lines, styles(lines, palette), strict=True):
        lowest, median, highest = _spread(line.losses)
        axes.fill_between(line.steps, lowest, highest, color=color, alpha=0.2, linewidth=0)
        axes.plot(line.steps, median, dashes, color=color)
        for losses in line.losses:
            alive = np.flatnonzero(np.isfinite(losses))
            if len(alive) and alive[-1] + 1 < len(losses):
                height = min(float(losses[alive[-1]]), ceiling)
                axes.plot(line.steps[alive[-1]], height, "x", color=color, markersize=7, markeredgewidth=1.6)
        seen = np.flatnonzero(np.isfinite(median))
        if len(seen) and len(lines) > 1:
            labels.append((float(line.steps[seen[-1]]), float(median[seen[-1]]), line.label, color))
    axes.autoscale_view()
    if axes.get_ylim()[1] > ceiling > 0:
        axes.set_ylim(top=1.3 * ceiling)
    label_lines(axes, labels)
    return _said(lines, optimum != 0, "on logarithmic axes" if logarithmic else "on a logarithmic axis")


def _shown(curve: Curve, times: float, optimum: float, first: int) -> Curve:
    """The part of a curve that a logarithmic axis shows, in the units that are asked for."""
    shown = curve.steps >= max(first, 1)
    return Curve(curve.label, curve.group, curve.steps[shown], times * (curve.losses[:, shown] - optimum), curve.rate)


def _spread(losses: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Lowest, median and highest at each step: the median of all seeds, the others of those that are alive;
    else NaN.
    """
    alive = np.isfinite(losses)
    median = np.median(np.where(np.isnan(losses), np.inf, losses), axis=0)
    lowest, highest = np.where(alive, losses, np.inf).min(axis=0), np.where(alive, losses, -np.inf).max(axis=0)
    return tuple(np.where(np.isfinite(values), values, np.nan) for values in (lowest, median, highest))


def _said(lines: list[Curve], distance: bool, scale: str) -> str:
    quantity = "Distance from the optimal loss" if distance else "Loss"
    seeds = max(len(line.losses) for line in lines)
    spread = f", the median of {seeds} seeds in a band from the lowest to the highest" if seeds > 1 else ""
    sentences = [f"{quantity} against steps {scale}{spread}."]
    ends: dict[str, float] = {}
    for line in lines:
        lowest, median, highest = _spread(line.losses)
        who = (line.label or "The loss") + ("" if line.rate is None else f" at η = {line.rate:.3g}")
        dead = int((~np.isfinite(line.losses[:, -1])).sum())
        if np.isfinite(median[-1]):
            ends[line.label] = float(median[-1])
            band = f" (from {lowest[-1]:.3g} to {highest[-1]:.3g})" if len(line.losses) > 1 else ""
            said = f"{who} goes from {median[0]:.3g} to {median[-1]:.3g}{band}"
        elif np.isnan(median[0]):
            said = f"{who} has diverged by step {line.steps[0]:,}"
        else:
            said = f"{who} begins at {median[0]:.3g}"
        sentences.append(said + (f"; {dead} of {len(line.losses)} seeds diverge." if dead else "."))
    if len(ends) > 1:
        sentences.append(f"{min(ends, key=lambda label: ends[label])} ends lowest, after {lines[0].steps[-1]:,} steps.")
    return " ".join(sentences)
