"""Methods side by side, each at a learning rate of its own.

>>> import deeplinear as dl
>>> problem, deep = dl.TwoPoint((10.0, 1.0), p=4), dl.networks.Chain(2)
>>> methods = {"plain": dl.Run(), "deep": {"network": deep}}
>>> both = compare(problem, methods, budget=1000, seeds=5)
>>> print(both)
loss after 1,000 steps, each method at its own rate
             rate    survival      median      lowest     highest
plain     0.01441        100%   0.0005773    0.000577   0.0005782
deep     0.003022        100%    8.29e-05   7.787e-05   0.0001023
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from deeplinear.problems import Problem
from deeplinear.training.backends import Backend
from deeplinear.training.run import Run
from deeplinear.training.tuning import SURVIVAL, Tuned, tune_all

if TYPE_CHECKING:
    import xarray as xr
    from distributed import Client

__all__ = ["Comparison", "compare"]

_SETTINGS = ("network", "optimizer", "start", "schedule", "weight_decay")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several methods on one problem, each at its own tuned rate.

    Attributes
    ----------
    data : xarray.Dataset
        ``loss`` over (name, seed, step), ``inf`` from where a run has diverged, and ``diverged_at`` over (name,
        seed), with ``learning_rate`` and ``survival`` as coordinates of the methods; ``final`` over (name, tried,
        seed) is the whole grid, NaN where a method was not tried at a rate. The attributes hold every setting, by
        method.
    tuned : mapping of names to Tuned
        What was tried for each, and what refused.
    """

    data: xr.Dataset
    tuned: Mapping[str, Tuned]

    @property
    def loss(self) -> xr.DataArray:
        """Over (name, seed, step)."""
        return self.data["loss"]

    @property
    def learning_rate(self) -> xr.DataArray:
        """Over (name)."""
        return self.data["learning_rate"]

    def __str__(self) -> str:
        """A line a method: its rate, and the final loss in the median and from the lowest to the highest seed."""
        wide = max(map(len, self.tuned))
        head, rows = self._table()
        lines = [" " * wide + "".join(f"{cell:>12}" for cell in head[1:])]
        lines += [f"{row[0]:{wide}}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in rows]
        return f"loss after {self.data.attrs['steps']:,} steps, each method at its own rate\n" + "\n".join(lines)

    def _repr_html_(self) -> str:
        head, rows = self._table()
        header = "".join(f"<th>{cell}</th>" for cell in head)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        caption = f"Loss after {self.data.attrs['steps']:,} steps, each method at its own rate"
        return f"<table><caption>{caption}</caption><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"

    def _table(self) -> tuple[list[str], list[list[str]]]:
        head = ["method", "rate", "survival", "median", "lowest", "highest"]
        rows = []
        for name, one in self.tuned.items():
            row = one.grid.sel(learning_rate=one.learning_rate)
            losses = [f"{row[key].item():.4g}" for key in head[3:]]
            rows.append([name, f"{one.learning_rate:.4g}", f"{one.survival:.0%}", *losses])
        return head, rows


def compare(
    problem: Problem,
    methods: Mapping[str, Run | Mapping[str, Any]],
    budget: int = 20_000,
    seeds: int | Iterable[int] = 20,
    *,
    backend: str | Backend = "numpy",
    client: Client | None = None,
    survival: float = SURVIVAL,
    progress: bool = False,
) -> Comparison:
    """Tune every method on one problem and train all of them, each at its own rate, with every seed.

    Parameters
    ----------
    problem : Problem
        The loss; one of your own inherits from :class:`deeplinear.problems.Problem`.
    methods : mapping of names to runs, or to settings
        A :class:`deeplinear.Run`, whose learning rate and seed do not matter, or any of network, optimizer, start,
        schedule and weight_decay.
    budget, seeds, backend, client, survival, progress
        See :func:`deeplinear.tune`.

    Raises
    ------
    TypeError, ValueError
        As :func:`deeplinear.tune`; the message names the method. One that cannot be tuned while others can is left out,
        with a warning.

    Examples
    --------
    >>> import deeplinear as dl
    >>> methods = {"GD": {}, "Adam": {"optimizer": dl.optimizers.Adam()}}
    >>> dl.compare(dl.TwoPoint((10.0, 1.0), p=4), methods, budget=300, seeds=3).loss.sizes
    Frozen({'name': 2, 'seed': 3, 'step': 77})
    """
    if not isinstance(methods, Mapping) or not methods:
        raise TypeError(f"methods is {methods!r}: give a mapping of names to dl.Run(…) or to settings")
    for name in methods:
        if not isinstance(name, str) or not name:
            raise TypeError(f"a method has the name {name!r}: names must be text, and not empty")
    runs = {name: _run_of(name, method) for name, method in methods.items()}
    settings: dict[str, Any] = {"backend": backend, "client": client, "survival": survival, "progress": progress}
    tuned = tune_all(problem, runs, budget, seeds, **settings)
    return Comparison(_data(tuned), tuned)


def _run_of(name: str, method: Run | Mapping[str, Any]) -> Run:
    if isinstance(method, Run):
        return method
    if not isinstance(method, Mapping):
        raise TypeError(f"{name} is {method!r}: give dl.Run(…), or a mapping with any of {', '.join(_SETTINGS)}")
    if unknown := [setting for setting in method if setting not in _SETTINGS]:
        raise ValueError(f"{name} has a setting {unknown[0]!r}: a method has {', '.join(_SETTINGS)}")
    try:
        return Run(**method)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from None


def _data(tuned: Mapping[str, Tuned]) -> xr.Dataset:
    import xarray as xr

    names, several = list(tuned), list(tuned.values())
    data = xr.concat([one.curves for one in several], dim="name", combine_attrs="drop_conflicts")
    grids = xr.concat([one.grid.loss for one in several], dim="name", join="outer", combine_attrs="drop")
    final = grids.rename(learning_rate="tried")
    rates, survival = [one.learning_rate for one in several], [one.survival for one in several]
    common = data.attrs
    own = {
        f"{name}: {key}".replace("/", "|"): value  # a file of netCDF has no slash in a name
        for name, one in tuned.items()
        for key, value in one.grid.attrs.items()
        if key not in common
    }
    labelled = data.assign(final=final).assign_coords(
        name=names, learning_rate=("name", rates), survival=("name", survival)
    )
    return labelled.assign_attrs(common | own)
