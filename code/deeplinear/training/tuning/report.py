"""What tuning found, with all that it saw on the way: a rate is worth what the grid around it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.training.run import Run
from deeplinear.training.tuning.rule import Choice

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Tuned", "grid_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tuned:
    """The learning rate of one method on one problem.

    Attributes
    ----------
    learning_rate : float
        The chosen one.
    survival : float
        The fraction of the seeds that reach the horizon at this rate.
    horizon : int
        The step at which losses are compared: the budget.
    grid : xarray.Dataset
        All that was tried: ``loss`` at the horizon over (learning_rate, seed), ``inf`` of a run that diverged and
        NaN of one that was not made, and 1e-12 of the loss at the start where it is below that, the noise of
        rounding; over learning_rate the ``median`` of the seeds that were run, the ``lowest``
        and the ``highest`` of those that survived, and ``survival``, their fraction. The attributes hold every
        setting.
    refused : dict
        Rates that may not be chosen, with the reasons.
    curves : xarray.Dataset
        At the chosen rate: ``loss`` over (seed, step) and ``diverged_at`` over (seed).
    run : Run
        The method at the chosen rate, with the first seed.
    """

    learning_rate: float
    survival: float
    horizon: int
    grid: xr.Dataset
    refused: dict[float, str]
    curves: xr.Dataset
    run: Run

    def __str__(self) -> str:
        """The rate, what it reaches, what was tried, and what was refused and why."""
        here, tried = self._at_the_rate(), self.grid.learning_rate.values
        runs = self.grid.loss.sel(learning_rate=self.learning_rate).notnull().sum().item()
        lines = [
            f"learning rate {self.learning_rate:.4g}, chosen by the median loss after {self.horizon:,} steps",
            f"  loss {here['median']:.4g}, from {here['lowest']:.4g} to {here['highest']:.4g}; "
            f"{round(self.survival * runs)} of {runs} seeds survive",
            f"  {len(tried)} rates from {tried[0]:.4g} to {tried[-1]:.4g} were tried, next to this one a factor of "
            "1.25 apart",
        ]
        lines.append("refused:")
        return "\n".join(lines + [f"  {rates}: {reason}" for rates, reason in self._refusals()])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in ("rate", "median loss", "lowest", "highest", "seeds alive", ""))
        rows = []
        for place, rate in enumerate(self.grid.learning_rate.values.tolist()):
            row = self.grid.isel(learning_rate=place)
            made = row.loss.notnull().sum().item()
            alive = f"{round(row.survival.item() * made)} of {made}"
            losses = (f"{row[name].item():.4g}" for name in ("median", "lowest", "highest"))
            verdict = "<strong>chosen</strong>" if rate == self.learning_rate else escape(self.refused.get(rate, ""))
            cells = "".join(f"<td>{cell}</td>" for cell in (f"{rate:.4g}", *losses, alive, verdict))
            rows.append(f"<tr>{cells}</tr>")
        caption = f"After {self.horizon:,} steps of {escape(str(self.grid.attrs['optimizer']))}"
        return (
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )

    def _at_the_rate(self) -> dict[str, float]:
        row = self.grid.sel(learning_rate=self.learning_rate)
        return {name: row[name].item() for name in ("median", "lowest", "highest")}

    def _refusals(self) -> Iterator[tuple[str, str]]:
        """Rates and reasons; the rates that nothing survives, which are many, in one line."""
        dead = [rate for rate in self.refused if not self.grid.survival.sel(learning_rate=rate).item()]
        for rate, reason in self.refused.items():
            if rate not in dead or len(dead) == 1:
                yield f"{rate:.4g}", reason
        if len(dead) > 1:
            yield f"{dead[0]:.4g} to {dead[-1]:.4g}, {len(dead)} rates", "no seed survives"


def grid_of(choice: Choice, finals: Array, seeds: list[int], attributes: dict[str, Any]) -> xr.Dataset:
    """The table of a choice and the (rates, seeds) final losses that it was made from, in the order of its rates."""
    import xarray as xr

    alive = np.isfinite(finals)
    lowest = np.where(alive, finals, np.inf).min(axis=1)
    highest = np.where(alive, finals, -np.inf).max(axis=1)
    some = alive.any(axis=1)
    variables = {
        "loss": (("learning_rate", "seed"), finals),
        "median": ("learning_rate", choice.median),
        "lowest": ("learning_rate", np.where(some, lowest, np.nan)),
        "highest": ("learning_rate", np.where(some, highest, np.nan)),
        "survival": ("learning_rate", choice.survival),
    }
    return xr.Dataset(variables, coords={"learning_rate": choice.rates, "seed": seeds}, attrs=attributes)
