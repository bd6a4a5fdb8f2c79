"""Answers to the exercises of *The rule and the network*, computed on the data at hand."""

from __future__ import annotations

from functools import cache

import numpy as np

from deeplinear.datasets import load_ethanol
from deeplinear.exercises._registry import answer
from deeplinear.networks import Balanced, Chain, Rule
from deeplinear.networks.factors import Factors, end_to_end, gradient_step
from deeplinear.problems import LpRegression
from deeplinear.training.sweeps import sweep


@cache
def _problem() -> LpRegression:
    data = load_ethanol()
    return LpRegression(data.inputs, data.targets, p=4)


def _start() -> tuple[float, ...]:
    slope = -_problem().gradient(np.zeros(128))
    return tuple((0.05 * slope / np.linalg.norm(slope)).tolist())


@answer(
    "rule-and-network/parameters",
    tolerance=1e-2,
    slips={"That is the number of the network's weights; divide it by the rule's 128.": lambda: 22_900.0},
)
def _parameters() -> float:
    return 22_900 / 128


@answer("rule-and-network/order", tolerance=5e-3, remark="Order one: half the step, half the gap.")
def _order() -> float:
    def gap(rate: float, steps: int) -> float:
        network, rule = (
            sweep(
                _problem(), 2, rate, steps, network=network, start=Balanced(_start()), record=[steps], keep_weights=True
            ).weights.values
            for network in (Chain, Rule)
        )
        return float(np.linalg.norm(network - rule) / np.linalg.norm(rule))

    return float(np.log2(gap(2e-3, 250) / gap(5e-4, 1000)) / 2)


@answer("rule-and-network/unequal", tolerance=2e-2, remark="The smallest layer decides how fast the product moves.")
def _unequal() -> float:
    def distance(s: float) -> float:
        factors: Factors = (np.array([_start()]) / s, np.array([[s]]))
        for _ in range(300):
            factors = gradient_step(factors, _problem().gradient(end_to_end(factors)[0]), 1e-3)
        return float(_problem().loss(end_to_end(factors)[0]) - _problem().optimum.loss)

    return distance(np.sqrt(0.05)) / distance(1.0)


@answer("rule-and-network/width-for-depth", tolerance=0.05, remark="Compare it with the rule's line in the table.")
def _width_for_depth() -> float:
    run = sweep(_problem(), 3, 1e-3, 20_000, width=5, record=300)
    distance = run.loss.squeeze().values - _problem().optimum.loss
    return float(run.step.values[np.argmax(distance < distance[0] / 2)])
