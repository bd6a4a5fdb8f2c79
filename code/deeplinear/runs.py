"""One training run, described: which network, from where, by which method, at which rate.

>>> from deeplinear.runs import Run
>>> run = Run(depth=3, learning_rate=1e-3, seed=7)
>>> [factor.shape for factor in run.initial_factors(features=128)]
[(1, 128), (1, 1), (1, 1)]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from deeplinear._arrays import real_above, real_at_least, whole_number
from deeplinear.factors import Factors, balanced, end_to_end, identity, near_zero
from deeplinear.optimizers import GradientDescent, Optimizer
from deeplinear.schedules import Constant, Schedule

__all__ = ["Method", "Run", "Start"]

Method = Literal["factors", "rule", "adaptive-step", "amplification"]
Start = Literal["near-zero", "identity", "balanced"] | tuple[float, ...]


@dataclass(frozen=True)
class Run:
    """One training run of a deep linear network with one output.

    Parameters
    ----------
    depth : int
        Number of layers; 1 is the plain linear model.
    learning_rate : float
        For the loss with its factor 1/p.
    seed : int
        Of the start.
    width : int
        Of every hidden layer.
    start : "near-zero", "identity", "balanced" or a tuple of numbers
        Independent normal weights; the same plus ones on every diagonal; balanced factors with the end-to-end weights of the
        first (hidden width 1); or balanced factors of the given end-to-end weights.
    scale : float
        Standard deviation of the normal weights.
    method : "factors", "rule", "adaptive-step" or "amplification"
        Descend on the factors, or on the end-to-end weights by the rule of Claim 2, or by one of its two parts alone:
        ``‖w‖^{2−2/N} g`` or ``g + (N−1) Pr_w g``.
    optimizer, schedule
        From :mod:`deeplinear.optimizers` and :mod:`deeplinear.schedules`. The rule and its parts are for gradient descent.
    weight_decay : float
        λ on the factors: ``λ W_j`` is added to the gradient of each; the rule has ``N λ w``.

    Raises
    ------
    ValueError
        If a value is out of its range; the message names it.

    Examples
    --------
    >>> from deeplinear.runs import Run
    >>> Run(depth=2, method="rule", learning_rate=-1.0)
    Traceback (most recent call last):
        ...
    ValueError: learning_rate is -1.0, it must be greater than 0
    """

    depth: int = 1
    learning_rate: float = 1e-4
    seed: int = 0
    width: int = 1
    start: Start = "near-zero"
    scale: float = 0.01
    method: Method = "factors"
    optimizer: Optimizer = field(default_factory=GradientDescent)
    schedule: Schedule = field(default_factory=Constant)
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        whole_number(self.depth, 1, "depth")
        whole_number(self.width, 1, "width")
        whole_number(self.seed, 0, "seed")
        real_above(self.learning_rate, 0.0, "learning_rate")
        real_above(self.scale, 0.0, "scale")
        real_at_least(self.weight_decay, 0.0, "weight_decay")
        if isinstance(self.start, str) and self.start not in ("near-zero", "identity", "balanced"):
            allowed = "'near-zero', 'identity', 'balanced' or a tuple of end-to-end weights"
            raise ValueError(f"start is {self.start!r}, it must be {allowed}")
        if self.method not in get_args(Method):
            raise ValueError(f"method is {self.method!r}, it must be one of {', '.join(map(repr, get_args(Method)))}")
        if self.method != "factors" and not isinstance(self.optimizer, GradientDescent):
            raise ValueError(f"method {self.method!r} is a rule of gradient descent, the optimizer is {self.optimizer!r}")

    def initial_factors(self, features: int) -> Factors:
        """The factors at step 0, the input having `features` entries."""
        sizes = (features, *[self.width] * (self.depth - 1), 1)
        if self.start == "near-zero":
            return near_zero(sizes, self.scale, self.seed)
        if self.start == "identity":
            return identity(sizes, self.scale, self.seed)
        if self.start == "balanced":
            weights = end_to_end(near_zero((features, *[1] * self.depth), self.scale, self.seed))
            return balanced(weights, self.depth, self.width, self.seed)
        if len(self.start) != features:
            raise ValueError(f"start has {len(self.start)} weights and the problem has {features} features")
        return balanced([self.start], self.depth, self.width, self.seed)
