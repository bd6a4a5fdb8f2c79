"""What is run for the paper's figures: the configurations of every record.

Source: S. Arora, N. Cohen, E. Hazan, ICML 2018, §8, arXiv:1802.06509. What it leaves open (seeds, which rate each curve
has) is decided in the open: three seeds, and a rate for each method by :mod:`deeplinear.training.tuning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deeplinear.networks import AdaptiveStep, Amplification, Balanced, Chain, Dense, Identity, NearZero, Rule
from deeplinear.training.optimizers import AdaDelta, AdaGrad, Adam, HeavyBall, Nesterov
from deeplinear.training.run import Run
from deeplinear.training.schedules import PowerOfLoss, WarmUp

__all__ = ["EXPERIMENTS", "Experiment"]


@dataclass(frozen=True)
class Experiment:
    """What one record holds: configurations on one loss for a number of steps, each tuned,
    or all at the given rates.
    """

    figure: str
    title: str
    p: float
    steps: int
    configurations: Mapping[str, Run]
    rates: tuple[float, ...] | None = None


def _depths(*depths: int, **settings: Any) -> dict[str, Run]:
    return {f"depth {depth}": Run(Chain(depth), **settings) for depth in depths}


def _emulations(depth: int) -> dict[str, Run]:
    """Networks, and the rule that should move as they do."""
    return {
        f"rule, depth {depth}": Run(Rule(depth)),
        f"width 1, depth {depth}": Run(Chain(depth)),
        f"width 100, depth {depth}": Run(Dense(depth, width=100)),
        f"width 1, balanced, depth {depth}": Run(Chain(depth), start=Balanced()),
    }


def _parts(depth: int) -> dict[str, Run]:
    """The rule and its two parts."""
    return {
        f"rule, depth {depth}": Run(Rule(depth)),
        f"adaptive-step, depth {depth}": Run(AdaptiveStep(depth)),
        f"amplification, depth {depth}": Run(Amplification(depth)),
    }


_BASELINES = {
    "depth 1": Run(),
    "warm-up": Run(schedule=WarmUp(2000)),
    "step by loss": Run(schedule=PowerOfLoss(-0.5)),
    "heavy ball": Run(optimizer=HeavyBall()),
    "Nesterov": Run(optimizer=Nesterov()),
    "depth 2": Run(Chain(2)),
    "depth 3": Run(Chain(3)),
    "warm-up, heavy ball": Run(schedule=WarmUp(2000), optimizer=HeavyBall()),
    "step by loss, heavy ball": Run(schedule=PowerOfLoss(-0.5), optimizer=HeavyBall()),
    "heavy ball, depth 2": Run(Chain(2), optimizer=HeavyBall()),
    "heavy ball, depth 3": Run(Chain(3), optimizer=HeavyBall()),
}

#: What is run, by the name of its record.
EXPERIMENTS: dict[str, Experiment] = {
    "figure-2-l2": Experiment("2", "Rule and network, ℓ2", 2, 250_000, _emulations(2) | _emulations(3), (1e-3, 2e-3)),
    "figure-2-l4": Experiment("2", "Rule and network, ℓ4", 4, 250_000, _emulations(2) | _emulations(3), (1e-3, 4e-3)),
    "figure-3-l2": Experiment("3", "Depth on ℓ2", 2, 1_000_000, _depths(1, 2, 3)),
    "figure-3-l4": Experiment("3", "Depth on ℓ4", 4, 1_000_000, _depths(1, 2, 3)),
    "figure-4-left": Experiment(
        "4",
        "Depth against adaptive methods, ℓ4",
        4,
        1_000_000,
        {"AdaGrad": Run(optimizer=AdaGrad()), "AdaDelta": Run(optimizer=AdaDelta()), **_depths(1, 3)},
    ),
    "figure-4-right": Experiment("4", "Adam with depth, ℓ4", 4, 1_000_000, _depths(1, 2, 3, optimizer=Adam())),
    "figure-5-left": Experiment(
        "5-left",
        "Near-zero and identity starts, ℓ4",
        4,
        250_000,
        {
            f"{name}, depth {n}": Run(Chain(n), start=start)
            for name, start in (("near-zero", NearZero()), ("identity", Identity()))
            for n in (1, 4, 8)
        },
    ),
    "baselines-l2": Experiment("baselines", "What else speeds up gradient descent, ℓ2", 2, 250_000, _BASELINES),
    "baselines-l4": Experiment("baselines", "What else speeds up gradient descent, ℓ4", 4, 1_000_000, _BASELINES),
    "ablation": Experiment(
        "ablation", "The two parts of Claim 2, ℓ4", 4, 250_000, {"depth 1": Run(), **_parts(2), **_parts(3)}
    ),
}
