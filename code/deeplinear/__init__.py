"""Deep linear networks: what depth does to gradient descent, computed.

``import deeplinear as dl`` loads NumPy alone. SciPy, SymPy, Matplotlib, pooch, anywidget and TensorFlow are imported by
the functions that need them.

>>> import deeplinear as dl
>>> problem = dl.TwoPoint((100.0, 1.0), p=4)
>>> w = dl.end_to_end_step([0.1, 0.001], problem.gradient([0.1, 0.001]), learning_rate=5e-4, depth=2)
>>> w.round(2)
array([99.8, 0.5])

The rooms: :mod:`~deeplinear.problems` (losses), :mod:`~deeplinear.networks` (what is trained),
:mod:`~deeplinear.theory` (what is known of it), :mod:`~deeplinear.training` (runs, optimizers, the search for rates),
:mod:`~deeplinear.replication` (the paper's experiments), :mod:`~deeplinear.datasets`, :mod:`~deeplinear.explorables`,
:mod:`~deeplinear.exercises`, :mod:`~deeplinear.keras`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from deeplinear import _moved, networks, problems
from deeplinear._version import __version__
from deeplinear.networks.factors import (
    balanced,
    end_to_end,
    gradient_step,
    identity,
    imbalance,
    layer_gradients,
    near_zero,
)
from deeplinear.problems import LpRegression, TwoPoint
from deeplinear.theory.flow import end_to_end_flow, network_flow
from deeplinear.theory.preconditioner import (
    end_to_end_step,
    precondition,
    precondition_vector,
    preconditioner,
    preconditioner_eigenvalues,
)
from deeplinear.training.advancing import advance
from deeplinear.training.run import Run
from deeplinear.training.sweeps import sweep

if TYPE_CHECKING:
    from deeplinear import datasets, exercises, explorables, figures, keras, naive, replication, theory, training
    from deeplinear.datasets import load_ethanol, load_mnist
    from deeplinear.exercises import check
    from deeplinear.replication import figures as record_figures
    from deeplinear.replication import records
    from deeplinear.theory import conservation, regularizers, symbolic
    from deeplinear.theory.gain import gain
    from deeplinear.theory.sharpness import sharpness
    from deeplinear.training import optimizers, recording, schedules, tuning
    from deeplinear.training.comparison import compare
    from deeplinear.training.tuning import tune

# Where a public name is found when it is first asked for.
_FUNCTIONS = {
    "check": "exercises",
    "compare": "training.comparison",
    "gain": "theory.gain",
    "load_ethanol": "datasets",
    "load_mnist": "datasets",
    "sharpness": "theory.sharpness",
    "tune": "training.tuning",
}
_MODULES = {
    "conservation": "theory.conservation",
    "datasets": "datasets",
    "exercises": "exercises",
    "explorables": "explorables",
    "figures": "figures",
    "keras": "keras",
    "naive": "naive",
    "optimizers": "training.optimizers",
    "record_figures": "replication.figures",
    "recording": "training.recording",
    "records": "replication.records",
    "regularizers": "theory.regularizers",
    "replication": "replication",
    "schedules": "training.schedules",
    "symbolic": "theory.symbolic",
    "theory": "theory",
    "training": "training",
    "tuning": "training.tuning",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"deeplinear.{_MODULES[name]}")
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(f"deeplinear.{_FUNCTIONS[name]}"), name)
    raise AttributeError(f"module 'deeplinear' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "LpRegression",
    "Run",
    "TwoPoint",
    "__version__",
    "advance",
    "balanced",
    "check",
    "compare",
    "conservation",
    "datasets",
    "end_to_end",
    "end_to_end_flow",
    "end_to_end_step",
    "exercises",
    "explorables",
    "figures",
    "gain",
    "gradient_step",
    "identity",
    "imbalance",
    "keras",
    "layer_gradients",
    "load_ethanol",
    "load_mnist",
    "naive",
    "near_zero",
    "network_flow",
    "networks",
    "optimizers",
    "precondition",
    "precondition_vector",
    "preconditioner",
    "preconditioner_eigenvalues",
    "problems",
    "record_figures",
    "recording",
    "records",
    "regularizers",
    "replication",
    "schedules",
    "sharpness",
    "sweep",
    "symbolic",
    "theory",
    "training",
    "tune",
    "tuning",
]

_moved.answer_old_names(__name__, __all__)
