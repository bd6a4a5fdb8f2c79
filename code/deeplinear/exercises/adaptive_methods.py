"""Answers to the exercises of *Adaptive methods*, computed on the data at hand."""

from __future__ import annotations

from functools import cache

import numpy as np

from deeplinear.datasets import Gas, load_ethanol
from deeplinear.exercises._registry import answer
from deeplinear.networks import Balanced
from deeplinear.problems import LpRegression
from deeplinear.training.optimizers import AdaGrad, Adam
from deeplinear.training.schedules import WarmUp
from deeplinear.training.sweeps import sweep


@cache
def _data() -> Gas:
    return load_ethanol()


@answer(
    "adaptive-methods/adam-first-step",
    tolerance=1e-2,
    slips={"That is the step of one weight; there are 128.": lambda: 1e-3},
)
def _adam_first_step() -> float:
    return float(1e-3 * np.sqrt(128))


@answer("adaptive-methods/accumulator", tolerance=1e-2, remark="It takes a thousand such gradients to forget 0.1.")
def _accumulator() -> float:
    travelled = []
    for accumulator in (0.0, 0.1):
        method, w = AdaGrad(initial_accumulator=accumulator), np.zeros(1)
        state = method.initial_state(w)
        for _ in range(100):
            w, state = method.step(w, [0.01], state, learning_rate=1.0)
        travelled.append(float(-w[0]))
    return travelled[0] / travelled[1]


@answer(
    "adaptive-methods/rotation",
    tolerance=2e-2,
    remark="Scaling the eigendirections one by one is what a Newton step does.",
)
def _rotation() -> float:
    data = _data()
    V = np.linalg.eigh(data.inputs.T @ data.inputs)[1]
    start = 0.01 * np.random.default_rng(1).standard_normal(128)
    problem = LpRegression(data.inputs @ V, data.targets, p=4)
    run = sweep(problem, 1, 3e-3, 3_000, start=Balanced(start @ V), record=[3_000], optimizer=Adam())
    return float(4 * (run.loss.item() - problem.optimum.loss))


@answer("adaptive-methods/longer-warm-up", tolerance=2e-2)
def _longer_warm_up() -> float:
    problem, rates = LpRegression(_data().inputs, _data().targets, p=4), 2e-3 * 1.3 ** np.arange(12)
    finals = [
        sweep(problem, 1, rates, 5_000, schedule=WarmUp(T), record=[5_000]).loss.values.min()
        for T in (100, 1_000, 4_000)
    ]
    return float(4 * (min(finals) - problem.optimum.loss))
