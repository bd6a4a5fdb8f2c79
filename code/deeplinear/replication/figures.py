"""Two drawings of a record: losses over the steps, and final losses over the whole grid of learning rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from deeplinear.figures import colors, label_lines
from deeplinear.replication.records import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["curves", "grid"]


def curves(
    panel: Axes,
    record: Record,
    names: Mapping[str, str] | None = None,
    *,
    rates: Mapping[str, float] | None = None,
    palette: tuple[str, ...] = colors,
    first: int = 10,
) -> None:
    """Distance from the optimum over the steps, each configuration at its best rate: all seeds,
    and a cross where one diverges.

    Parameters
    ----------
    panel : Axes
    record : Record
        Its name is written below the panel.
    names : mapping of configurations to labels, optional
        All, by their own names, if not given.
    rates : mapping of configurations to rates, optional
        Other rates than the best at the end.
    palette : colours
    first : int
        The step at which the axis begins.
    """
    shown = {name: name for name in record.names} if names is None else names
    labels: list[tuple[float, float, str, str]] = []
    for (name, label), color in zip(shown.items(), palette, strict=False):
        for number, run in enumerate(record.runs(name, None if rates is None else rates.get(name))):
            distance = record.distance(run)
            alive = np.isfinite(distance) & (record.steps >= first)
            panel.loglog(record.steps[alive], distance[alive], color=color, linewidth=1.0 if number else 1.8)
            if not alive.any():
                continue
            x, y = record.steps[alive][-1], distance[alive][-1]
            if run.diverged_at >= 0:
                panel.plot(x, y, "x", color=color, markersize=8, markeredgewidth=2)
            if number == 0:
                labels.append((float(x), float(y), label, color))
    label_lines(panel, labels)
    panel.set(xlabel="step", ylabel=rf"mean $|r|^{{{record.p:g}}}$ − optimum")
    _source(panel, record)


def grid(
    panel: Axes,
    record: Record,
    names: Mapping[str, str] | None = None,
    *,
    palette: tuple[str, ...] = colors,
) -> None:
    """Final distance from the optimum over every rate that was tried;
    crosses in rows at the top are runs that diverged.
    """
    shown = {name: name for name in record.names} if names is None else names
    finals = {name: record.grid(name) for name in shown}
    highest = max(float(ends[np.isfinite(ends)].max(initial=0.0)) for _, ends in finals.values())
    labels: list[tuple[float, float, str, str]] = []
    for row, ((name, label), color) in enumerate(zip(shown.items(), palette, strict=False)):
        rates, ends = finals[name]
        alive = np.isfinite(ends)
        panel.loglog(rates[alive], ends[alive], "o-", color=color, markersize=3.5, linewidth=1.4)
        panel.loglog(rates[~alive], np.full((~alive).sum(), highest * 1.6 * 1.35**row), "x", color=color, markersize=5)
        if alive.any():
            labels.append((float(rates[alive][0]), float(ends[alive][0]), label, color))
    label_lines(panel, labels, away=(-4, 8))
    panel.set(xlabel="learning rate η", ylabel=rf"final mean $|r|^{{{record.p:g}}}$ − optimum")
    _source(panel, record)


def _source(panel: Axes, record: Record) -> None:
    panel.annotate(
        f"record {record.name}, {record.steps[-1]:,} steps",
        (1, 1),
        xycoords="axes fraction",
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=7.5,
    )
