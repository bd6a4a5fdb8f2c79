"""Deep linear networks: what depth does to gradient descent, computed.

``import deeplinear as dl`` loads NumPy alone. SciPy, SymPy, Matplotlib, pooch, anywidget and TensorFlow are imported by the
functions that need them.

>>> import deeplinear as dl
>>> problem = dl.TwoPoint((100.0, 1.0), p=4)
>>> w = dl.end_to_end_step([0.1, 0.001], problem.gradient([0.1, 0.001]), learning_rate=5e-4, depth=2)
>>> w.round(2)
array([99.8, 0.5])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from deeplinear.end_to_end import (
    end_to_end_step,
    precondition,
    precondition_vector,
    preconditioner,
    preconditioner_eigenvalues,
)

# `end_to_end` and `sweep` name both a module and the function at its heart; here the functions win.
from deeplinear.factors import balanced, end_to_end, gradient_step, identity, imbalance, layer_gradients, near_zero
from deeplinear.flow import end_to_end_flow, network_flow
from deeplinear.problems import LpRegression, TwoPoint
from deeplinear.sweep import sweep

if TYPE_CHECKING:
    from deeplinear import (
        conservation,
        datasets,
        exercises,
        explorables,
        figures,
        keras,
        optimizers,
        record_figures,
        records,
        symbolic,
    )
    from deeplinear.datasets import load_ethanol, load_mnist
    from deeplinear.exercises import check

__version__ = "0.1.0"

_LAZY = {"check": "exercises", "load_ethanol": "datasets", "load_mnist": "datasets"}
_MODULES = (
    "conservation",
    "datasets",
    "exercises",
    "explorables",
    "figures",
    "keras",
    "optimizers",
    "record_figures",
    "records",
    "symbolic",
)
_LAZY |= {name: name for name in _MODULES}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'deeplinear' has no attribute {name!r}")
    module = importlib.import_module(f"deeplinear.{_LAZY[name]}")
    return module if name == _LAZY[name] else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "LpRegression",
    "TwoPoint",
    "balanced",
    "check",
    "conservation",
    "datasets",
    "end_to_end",
    "end_to_end_flow",
    "end_to_end_step",
    "exercises",
    "explorables",
    "figures",
    "gradient_step",
    "identity",
    "imbalance",
    "keras",
    "layer_gradients",
    "load_ethanol",
    "load_mnist",
    "near_zero",
    "network_flow",
    "optimizers",
    "precondition",
    "precondition_vector",
    "preconditioner",
    "preconditioner_eigenvalues",
    "record_figures",
    "records",
    "sweep",
    "symbolic",
]
