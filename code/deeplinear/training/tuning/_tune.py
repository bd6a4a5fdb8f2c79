"""Tuning from end to end: a problem and a method in, the method's own learning rate out."""

from __future__ import annotations

import contextlib
import importlib.util
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deeplinear import _progress
from deeplinear._arrays import distinct, whole_number
from deeplinear._version import __version__
from deeplinear.networks import NearZero, Network, Start
from deeplinear.problems import Problem
from deeplinear.training._stacks import checked_problem
from deeplinear.training.advancing import advance
from deeplinear.training.backends import Backend
from deeplinear.training.marks import recorded_steps
from deeplinear.training.optimizers import GradientDescent, Optimizer
from deeplinear.training.run import Run
from deeplinear.training.schedules import Constant, Schedule
from deeplinear.training.tuning._former import rates_by
from deeplinear.training.tuning.report import Tuned, grid_of
from deeplinear.training.tuning.rule import SURVIVAL
from deeplinear.training.tuning.search import Search, search_together

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["tune", "tune_all"]

MARKS = 120
_Made = dict[Run, tuple[NDArray[np.float64], int]]  # losses at the marks, and where it diverged


def tune(
    problem: Problem,
    network: Network,
    optimizer: Optimizer | None = None,
    budget: int = 20_000,
    seeds: int | Iterable[int] = 20,
    *,
    start: Start | None = None,
    schedule: Schedule | None = None,
    weight_decay: float = 0.0,
    backend: str | Backend = "numpy",
    client: Client | None = None,
    survival: float = SURVIVAL,
    progress: bool = False,
) -> Tuned:
    """The learning rate that a method may be judged by: the best after `budget` steps that almost every seed survives.

    Rates come from one lattice, a factor of 1.25 apart, the same for every method. The search is cheap at first,
    with three seeds a rate, and then runs all of them at the candidates and their neighbours;
    :func:`deeplinear.tuning.choose` states the rule in full.

    Parameters
    ----------
    problem : Problem
        The loss.
    network : Network
        What is trained.
    optimizer, start, schedule : optional
        Gradient descent, near zero and a constant rate if not given.
    budget : int
        Number of steps: the horizon at which losses are compared.
    seeds : int or ints
        How many, or which.
    weight_decay : float
        λ on the layers.
    backend : "numpy", "jax" or a Backend
        What does the arithmetic.
    client : distributed.Client, optional
        A Dask cluster that shares the work.
    survival : float
        The least fraction of the seeds that must reach the horizon, at the rate and at both of its neighbours.
    progress : bool
        Show a progress bar for every round of the search.

    Returns
    -------
    Tuned
        Print it to see what was refused and why; :func:`deeplinear.figures.rates` draws it.

    Raises
    ------
    TypeError
        If something that is handed in is not what it must be.
    ValueError
        If there is no such rate: all rates diverge, the best runs away, no rate moves the runs, or the loss is 0, or
        not a number, at the start.

    Examples
    --------
    >>> import deeplinear as dl
    >>> tuned = dl.tune(dl.TwoPoint((10.0, 1.0), p=4), dl.networks.Chain(2), budget=1000, seeds=5)
    >>> print(tuned)
    learning rate 0.003022, chosen by the median loss after 1,000 steps
      loss 8.29e-05, from 7.787e-05 to 0.0001023; 5 of 5 seeds survive
      12 rates from 0.0003245 to 0.1678 were tried, next to this one a factor of 1.25 apart
    refused:
      0.0003245: it is the smallest rate that was tried
      0.003778: only 2 of 3 seeds survive at its neighbour 0.004722
      0.004722: only 2 of 3 seeds survive
      0.02815: only 1 of 3 seeds survives
      0.01153 to 0.1678, 3 rates: no seed survives
    """
    if isinstance(problem, Mapping):
        return rates_by(problem, network, seeds if optimizer is None else optimizer)  # type: ignore[no-any-return]
    run = Run(
        network,
        start=NearZero() if start is None else start,
        optimizer=GradientDescent() if optimizer is None else optimizer,
        schedule=Constant() if schedule is None else schedule,
        weight_decay=weight_decay,
    )
    settings: dict[str, Any] = {"backend": backend, "client": client, "survival": survival, "progress": progress}
    return tune_all(problem, {"": run}, budget, seeds, **settings)[""]


def tune_all(
    problem: Problem,
    configurations: Mapping[str, Run],
    budget: int = 20_000,
    seeds: int | Iterable[int] = 20,
    *,
    backend: str | Backend = "numpy",
    client: Client | None = None,
    survival: float = SURVIVAL,
    progress: bool = False,
) -> dict[str, Tuned]:
    """As :func:`tune` for several methods, whose runs share their batches;
    rate and seed of the runs given do not matter.
    """
    if importlib.util.find_spec("xarray") is None:
        raise ImportError("tune labels its grid with xarray: pip install 'deeplinear[sweep]'")
    problem, chosen_seeds = checked_problem(problem), _seeds(seeds)
    fingerprint = problem.fingerprint()  # one that has none is refused before the work
    marks = recorded_steps(MARKS, whole_number(budget, 1, "budget"))
    for name, run in configurations.items():
        if not isinstance(name, str):
            raise TypeError(f"a method has the name {name!r}: names must be text")
        try:
            run.layers(problem.shape)  # a start that does not fit the problem is refused here
        except (TypeError, ValueError) as error:
            raise type(error)(f"{_said(name)}{error}") from None
    if client is not None:
        from deeplinear.training.backends import Dask

        backend = Dask(client, backend)
    made: _Made = {}

    def train(runs: list[Run]) -> Iterable[float]:
        with _progress.bar(len(runs), budget) if progress else contextlib.nullcontext() as tell:
            result = advance(problem, runs, marks, backend=backend, progress=tell)
        made.update((run, (result.loss[i], int(result.diverged_at[i]))) for i, run in enumerate(runs))
        return list(map(float, result.loss[:, -1]))

    searches = {name: Search(chosen_seeds, survival=survival) for name in configurations}
    search_together(configurations, searches, train, start=lambda run: made[run][0][0])
    common = {"problem": repr(problem), "fingerprint": fingerprint, "dtype": "float64"}
    told, failed = {}, list[ValueError]()
    for name, run in configurations.items():
        try:
            told[name] = _told(name, searches[name], run, marks, made, common)
        except ValueError as error:
            failed.append(error)
    if not told:
        raise failed[0]
    for one in failed:  # the others have been trained, and are not thrown away for its sake
        warnings.warn(f"{one}. It is left out", stacklevel=2)
    return told


def _told(
    name: str, search: Search, run: Run, marks: NDArray[np.int64], made: _Made, common: Mapping[str, str]
) -> Tuned:
    import xarray as xr

    choice, budget = search.choice, int(marks[-1])
    if search.stuck and not any(search.starts.values()):
        raise ValueError(f"{_said(name)}the loss is 0 at the start already, and stays: there is nothing to train")
    if search.stuck or choice.learning_rate is None:
        raise ValueError(
            f"{_said(name)}no rate from {choice.rates[0]:.2g} to {choice.rates[-1]:.2g} moves these runs in "
            f"{budget:,} steps: all that survive end where they start, at "
            f"{np.median(list(search.starts.values())):.5g}. They start at "
            "an optimum, or too close to a saddle: give a larger budget, or another start"
        )
    attributes = {
        **common,
        **{field: repr(getattr(run, field)) for field in ("network", "optimizer", "start", "schedule")},
        "weight_decay": float(run.weight_decay),
        "steps": budget,
        "least survival": search.survival,
        "version": f"deeplinear {__version__}",
    }
    best = replace(run, learning_rate=choice.learning_rate)
    at_best = [made[replace(best, seed=seed)] for seed in search.seeds]
    curves = xr.Dataset(
        {
            "loss": (("seed", "step"), np.array([loss for loss, _ in at_best])),
            "diverged_at": ("seed", [at for _, at in at_best]),
        },
        coords={"seed": list(search.seeds), "step": marks},
        attrs=attributes | {"learning_rate": choice.learning_rate},
    )
    fraction = float(choice.survival[choice.rates == choice.learning_rate][0])
    grid = grid_of(choice, search.table(search.tried), list(search.seeds), attributes)
    first = replace(best, seed=search.seeds[0])
    return Tuned(choice.learning_rate, fraction, budget, grid, choice.refused, curves, first)


def _said(name: str) -> str:
    return f"{name}: " if name else ""


def _seeds(seeds: int | Iterable[int]) -> list[int]:
    """So many seeds from 0 on, or the given ones."""
    return list(distinct(seeds if isinstance(seeds, Iterable) else range(whole_number(seeds, 1, "seeds")), 0, "seeds"))
