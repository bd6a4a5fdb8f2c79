"""Answers to the exercises of *ℓ2 and ℓ4*, computed on the data at hand."""

from __future__ import annotations

from functools import cache

import numpy as np

from deeplinear.datasets import load_ethanol
from deeplinear.exercises._registry import answer
from deeplinear.problems import LpRegression
from deeplinear.training.sweeps import sweep


@cache
def _problem(p: int) -> LpRegression:
    data = load_ethanol()
    return LpRegression(data.inputs, data.targets, p=p)


@answer(
    "l2-and-l4/units",
    tolerance=2e-2,
    slips={"That is the distance, divided by 4: the optimum is missing.": lambda: 5.3486 / 4},
)
def _units() -> float:
    return float(_problem(4).loss(np.zeros(128)))


@answer(
    "l2-and-l4/first-step",
    tolerance=1e-4,
    remark="Below the rates that survive: the curvature changes as soon as w does.",
)
def _first_step() -> float:
    return float(2 / np.linalg.eigvalsh(_problem(4).hessian(np.zeros(128)))[-1])


@answer("l2-and-l4/same-rate", tolerance=0.02, remark="An artefact of the rate, not an effect of depth.")
def _same_rate() -> float:
    runs = sweep(_problem(2), (1, 2), 1e-3 * 1.5 ** np.arange(12), 20_000, seed=0, record=[20_000])
    loss = (runs.loss - _problem(2).optimum.loss).squeeze()
    ratio = (loss.sel(depth=1) / loss.sel(depth=2)).values
    return float(ratio[np.isfinite(ratio)].max())


@answer("l2-and-l4/warm-up", tolerance=0.05, remark="A schedule gains it without depth.")
def _warm_up() -> float:
    problem, rates = _problem(4), 2.25e-3 * 1.5 ** np.arange(6)
    W = np.zeros((len(rates), 128))
    with np.errstate(all="ignore"):
        for step in range(1, 3001):
            W = W - (rates * min(1.0, step / 1000))[:, None] * problem.gradient(W)
        losses = 4 * (problem.loss(W) - problem.optimum.loss)
    return float(0.871 / losses[np.isfinite(losses)].min())
