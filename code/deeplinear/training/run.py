"""One training run, described: which network, from where, by which method, at which rate.

>>> import deeplinear as dl
>>> run = dl.Run(network=dl.networks.Chain(3), learning_rate=1e-3, seed=7)
>>> [layer.shape for layer in run.layers((128,))]
[(1, 128), (1, 1), (1, 1)]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from deeplinear import networks
from deeplinear._arrays import real_above, real_at_least, whole_number
from deeplinear._door import checked
from deeplinear._settings import is_ours
from deeplinear.networks import Chain, NearZero, Network, Start
from deeplinear.networks._network import Layers, matrix_shape
from deeplinear.training import optimizers, schedules
from deeplinear.training.optimizers import GradientDescent, Optimizer
from deeplinear.training.optimizers._optimizer import ACTS_ON
from deeplinear.training.schedules import Constant, Schedule

__all__ = ["Run"]

_FORMER = {
    "depth": "network=dl.networks.Chain(depth)",
    "width": "network=dl.networks.Dense(depth, width)",
    "method": "network=dl.networks.Rule(depth), AdaptiveStep(depth) or Amplification(depth)",
    "scale": "start=dl.networks.NearZero(scale) or Identity(scale)",
}


@dataclass(frozen=True)
class Run:
    """One training run of a network.

    Parameters
    ----------
    network : Network
        From :mod:`deeplinear.networks`; a linear model, ``Chain(1)``, if not given.
    learning_rate : float
        For the loss with its factor 1/p.
    seed : int
        Of the start.
    start : Start
        From :mod:`deeplinear.networks`; ``NearZero(0.01)`` if not given.
    optimizer, schedule
        From :mod:`deeplinear.training.optimizers` and :mod:`deeplinear.training.schedules`.
    weight_decay : float
        λ on the layers: ``λ W_j`` is added to the gradient of each; a rule has ``N λ w``.

    Raises
    ------
    TypeError
        If an object is wanted and something else is given, a name or a class for example; the message lists what there
        is.
    ValueError
        If a value is out of its range; the message names it.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.Run(network=dl.networks.Rule(2), learning_rate=-1.0)
    Traceback (most recent call last):
        ...
    ValueError: learning_rate is -1.0, it must be greater than 0
    """

    network: Network = field(default_factory=Chain)
    learning_rate: float = 1e-4
    seed: int = 0
    start: Start = field(default_factory=NearZero)
    optimizer: Optimizer = field(default_factory=GradientDescent)
    schedule: Schedule = field(default_factory=Constant)
    weight_decay: float = 0.0

    def __new__(cls, *_: Any, **settings: Any) -> Self:
        """Settings of the first edition are named with what stands for them now."""
        if former := [name for name in settings if name in _FORMER]:
            raise TypeError(f"Run takes no {former[0]}: write {_FORMER[former[0]]}")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        checked(self.network, Network, "network", networks)
        checked(self.start, Start, "start", networks)
        checked(self.optimizer, Optimizer, "optimizer", optimizers)
        if self.optimizer.acts_on not in ACTS_ON:
            raise ValueError(
                f"{type(self.optimizer).__name__}.acts_on is {self.optimizer.acts_on!r}, "
                f"it must be one of {', '.join(map(repr, ACTS_ON))}"
            )
        checked(self.schedule, Schedule, "schedule", schedules)
        whole_number(self.seed, 0, "seed")
        real_above(self.learning_rate, 0.0, "learning_rate")
        real_at_least(self.weight_decay, 0.0, "weight_decay")

    def layers(self, shape: tuple[int, ...]) -> Layers:
        """The layers at step 0, for end-to-end weights of `shape`, a problem's.

        Raises
        ------
        TypeError, ValueError
            If the start does not fit network and shape.
        """
        layers = self.start.layers(self.network, matrix_shape(shape), self.seed)
        if not is_ours(type(self.start)):
            _fit(layers, self.network, shape, f"{type(self.start).__name__}.layers")
        return layers


def _fit(layers: Any, network: Network, shape: tuple[int, ...], call: str) -> None:
    """Refuse what a start of one's own gives, if it is not what the network is made of."""
    if not isinstance(layers, (tuple, list)) or not all(isinstance(layer, np.ndarray) for layer in layers):
        raise TypeError(f"{call} returns {type(layers).__name__}: it must return a tuple of arrays, one a layer")
    wanted = [tuple(one) for one in network.layer_shapes(matrix_shape(shape))]
    if (shapes := [layer.shape for layer in layers]) != wanted:
        raise ValueError(f"{call} returns layers of shapes {shapes}, and {network!r} has {wanted}")
    if not all(layer.dtype.kind in "iuf" and np.isfinite(layer).all() for layer in layers):
        raise ValueError(f"{call} returns layers that are not all finite numbers")
