"""First-order optimizers on plain arrays, any number of runs at once; one file each.

An optimizer is a frozen dataclass without memory of its own: ``initial_state`` makes the memory, ``step`` takes it and
returns the next. Formulas and defaults are those of Keras where Keras has the method, so a run here and a run there
agree step by step. What differs between libraries is where ε sits (inside or outside the square root) and what
AdaGrad's accumulator starts from; each class says so.

>>> import numpy as np
>>> from deeplinear.training.optimizers import HeavyBall
>>> rates = np.array([[0.1], [0.2]])
>>> w, method = np.ones((2, 3)), HeavyBall(momentum=0.5)
>>> state = method.initial_state(w)
>>> for _ in range(2):
...     w, state = method.step(w, w, state, learning_rate=rates)  # the gradient of |w|²/2 is w
>>> w[:, 0]
array([0.76, 0.54])
"""

from __future__ import annotations

from deeplinear.training.optimizers._adadelta import AdaDelta
from deeplinear.training.optimizers._adagrad import AdaGrad
from deeplinear.training.optimizers._adam import Adam
from deeplinear.training.optimizers._amsgrad import AMSGrad
from deeplinear.training.optimizers._gradient_descent import GradientDescent
from deeplinear.training.optimizers._heavy_ball import HeavyBall
from deeplinear.training.optimizers._muon import Muon
from deeplinear.training.optimizers._natural_gradient import NaturalGradient
from deeplinear.training.optimizers._nesterov import Nesterov
from deeplinear.training.optimizers._optimizer import Optimizer, State
from deeplinear.training.optimizers._rmsprop import RMSProp
from deeplinear.training.optimizers._shampoo import Shampoo
from deeplinear.training.optimizers._sign_descent import SignDescent
from deeplinear.training.schedules import Constant, PowerOfLoss, Schedule, WarmUp  # where they were once

__all__ = [
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "Constant",
    "GradientDescent",
    "HeavyBall",
    "Muon",
    "NaturalGradient",
    "Nesterov",
    "Optimizer",
    "PowerOfLoss",
    "RMSProp",
    "Schedule",
    "Shampoo",
    "SignDescent",
    "State",
    "WarmUp",
]
