"""First-order optimizers on plain arrays, any number of runs at once, and the learning-rate schedules to go with them.

An optimizer is a frozen dataclass without memory of its own: ``initial_state`` makes the memory, ``step`` takes it and returns
the next. Formulas and defaults are those of Keras, so a run here and a run there agree step by step. What differs between
libraries is where ε sits (inside or outside the square root) and what AdaGrad's accumulator starts from; each class says so.

All arithmetic is element by element: parameters of shape ``(..., d)`` are a batch of runs, and a learning rate of any shape
that broadcasts against them, such as ``(runs, 1)``, gives each run its own.

>>> import numpy as np
>>> from deeplinear.optimizers import HeavyBall
>>> rates = np.array([[0.1], [0.2]])
>>> w, method = np.ones((2, 3)), HeavyBall(momentum=0.5)
>>> state = method.initial_state(w)
>>> for _ in range(2):
...     w, state = method.step(w, w, state, learning_rate=rates)  # the gradient of |w|²/2 is w
>>> w[:, 0]
array([0.76, 0.54])
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import real_above, real_at_least
from deeplinear.schedules import Constant, PowerOfLoss, Schedule, WarmUp

__all__ = [
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "Constant",
    "GradientDescent",
    "HeavyBall",
    "Nesterov",
    "Optimizer",
    "PowerOfLoss",
    "RMSProp",
    "Schedule",
    "WarmUp",
]

Array = NDArray[np.float64]
State = tuple[Array, ...]


class Optimizer(Protocol):
    """What every optimizer offers. The state is a tuple of arrays in the shape of the parameters (Adam adds its clock).

    `rotation_equivariant` says whether the method takes the same steps in rotated coordinates; one that scales every
    coordinate by itself does not.
    """

    rotation_equivariant: ClassVar[bool]

    def initial_state(self, parameters: ArrayLike) -> State: ...
    def step(
        self, parameters: ArrayLike, gradient: ArrayLike, state: State, learning_rate: ArrayLike
    ) -> tuple[Array, State]: ...


@dataclass(frozen=True)
class GradientDescent:
    """Plain gradient descent, ``w ← w − η g``.

    Examples
    --------
    >>> from deeplinear.optimizers import GradientDescent
    >>> method = GradientDescent()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)[0]
    array([0.95])
    """

    rotation_equivariant: ClassVar[bool] = True

    def initial_state(self, parameters: ArrayLike) -> State:
        """No memory: an empty tuple."""
        return ()

    def step(self, parameters: ArrayLike, gradient: ArrayLike, state: State, learning_rate: ArrayLike) -> tuple[Array, State]:
        """The next parameters, and the state."""
        w, g, eta = _arrays(parameters, gradient, learning_rate)
        return w - eta * g, state


@dataclass(frozen=True)
class HeavyBall:
    """Polyak's momentum, ``m ← β m − η g``, ``w ← w + m``.

    The learning rate enters the memory, as in Keras: after a change of η the old velocity keeps its old scale.

    Examples
    --------
    >>> from deeplinear.optimizers import HeavyBall
    >>> method = HeavyBall()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)
    (array([0.95]), (array([-0.05]),))
    """

    rotation_equivariant: ClassVar[bool] = True

    momentum: float = 0.9

    def __post_init__(self) -> None:
        _fraction(self.momentum, "momentum")

    def initial_state(self, parameters: ArrayLike) -> State:
        """The velocity ``m``, zero."""
        return (_zeros(parameters),)

    def step(self, parameters: ArrayLike, gradient: ArrayLike, state: State, learning_rate: ArrayLike) -> tuple[Array, State]:
        """The next parameters, and the velocity that led there."""
        w, g, eta = _arrays(parameters, gradient, learning_rate)
        velocity = self.momentum * state[0] - eta * g
        return w + velocity, (velocity,)


@dataclass(frozen=True)
class Nesterov:
    """Nesterov's momentum in Keras's form, ``m ← β m − η g``, ``w ← w + β m − η g``.

    The stored parameters are the look-ahead point, so the gradient is always taken where the parameters are.

    Examples
    --------
    >>> from deeplinear.optimizers import Nesterov
    >>> method = Nesterov()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)[0]
    array([0.905])
    """

    rotation_equivariant: ClassVar[bool] = True

    momentum: float = 0.9

    def __post_init__(self) -> None:
        _fraction(self.momentum, "momentum")

    def initial_state(self, parameters: ArrayLike) -> State:
        """The velocity ``m``, zero."""
        return (_zeros(parameters),)

    def step(self, parameters: ArrayLike, gradient: ArrayLike, state: State, learning_rate: ArrayLike) -> tuple[Array, State]:
        """The next parameters, and the velocity."""
        w, g, eta = _arrays(parameters, gradient, learning_rate)
        velocity = self.momentum * state[0] - eta * g
        return w + (self.momentum * velocity - eta * g), (velocity,)


@dataclass(frozen=True)
class AdaGrad:
    """``a ← a + g²``, ``w ← w − η g / √(a + ε)``: ε inside the root, and `a` starts from 0.1, both as in Keras.

    PyTorch starts the accumulator from 0 and puts ε outside; with small first gradients the two differ by orders of magnitude.

    Examples
    --------
    >>> from deeplinear.optimizers import AdaGrad
    >>> method = AdaGrad(initial_accumulator=0.0)
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)[0].round(6)
    array([0.9])
    """

    rotation_equivariant: ClassVar[bool] = False

    initial_accumulator: float = 0.1
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        real_at_least(self.initial_accumulator, 0.0, "initial_accumulator")
        real_at_least(self.epsilon, 0.0, "epsilon")

    def initial_state(self, parameters: ArrayLike) -> State:
        """The accumulator of squared gradients."""
        return (_zeros(parameters) + self.initial_accumulator,)

    def step(self, parameters: ArrayLike, gradient: ArrayLike, state: State, learning_rate: ArrayLike) -> tuple[Array, State]:
        """The next parameters, and the accumulator."""
        w, g, eta = _arrays(parameters, gradient, learning_rate)
        squares = state[0] + g * g
        return w - eta * g / np.sqrt(squares + self.epsilon), (squares,)


@dataclass(frozen=True)
class AdaDelta:
    """``a ← ρa + (1−ρ)g²``, ``Δ = −g √(b + ε) / √(a + ε)``, ``b ← ρb + (1−ρ)Δ²``, ``w ← w + η Δ``.

    Both ε are inside the roots. The method was meant for η = 1, its original form; Keras's default is 1e-3.

    Examples
    --------
    >>> from deeplinear.optimizers import AdaDelta
    >>> method = AdaDelta()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=1.0)[0].round(6)
    array([0.998586])
    """

    rotation_equivariant: ClassVar[bool] = False

    rho: float = 0.95
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        _fraction(self.rho, "rho")
        real_above(self.epsilon, 0.0, "epsilon")  # with ε = 0 the first step, and so every step, would be zero

    def initial_state(self, parameters: ArrayLike) -> State:
        """Running means of squared gradients and of squared steps, both zero."""
        return (_zeros(parameters), _zeros(parameters))

    def step(self, parameters: ArrayLike, gradient: ArrayLike, state: State, learning_rate: ArrayLike) -> tuple[Array, State]:
        """The next parameters, and both running means."""
        w, g, eta = _arrays(parameters, gradient, learning_rate)
        squares = self.rho * state[0] + (1 - self.rho) * (g * g)
        delta = -(np.sqrt(state[1] + self.epsilon) * g / np.sqrt(squares + self.epsilon))
        moves = self.rho * state[1] + (1 - self.rho) * (delta * delta)
        return w + eta * delta, (squares, moves)


@dataclass(frozen=True)
class RMSProp:
    """``a ← ρa + (1−ρ)g²``, ``w ← w − η g / √(a + ε)``, with ε inside the root, as in Keras.

    Examples
    --------
    >>> from deeplinear.optimizers import RMSProp
    >>> method = RMSProp()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)[0].round(6)
    array([0.683773])
    """

    rotation_equivariant: ClassVar[bool] = False

    rho: float = 0.9
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        _fraction(self.rho, "rho")
        real_at_least(self.epsilon, 0.0, "epsilon")

    def initial_state(self, parameters: ArrayLike) -> State:
        """The running mean of squared gradients, zero."""
        return (_zeros(parameters),)

    def step(self, parameters: ArrayLike, gradient: ArrayLike, state: State, learning_rate: ArrayLike) -> tuple[Array, State]:
        """The next parameters, and the running mean."""
        w, g, eta = _arrays(parameters, gradient, learning_rate)
        squares = self.rho * state[0] + (1 - self.rho) * (g * g)
        return w - eta * g / np.sqrt(squares + self.epsilon), (squares,)


@dataclass(frozen=True)
class Adam:
    """``m ← m + (1−β₁)(g − m)``, ``v ← v + (1−β₂)(g² − v)``, ``w ← w − η √(1−β₂ᵗ)/(1−β₁ᵗ) · m / (√v + ε)``.

    ε is outside the root and added before the bias correction, as in Keras; in the original algorithm and in PyTorch it is
    added after, which makes the same ε weaker during the first steps.

    Examples
    --------
    >>> from deeplinear.optimizers import Adam
    >>> method = Adam()
    >>> method.step([1.0], [0.5], method.initial_state([1.0]), learning_rate=0.1)[0].round(5)
    array([0.9])
    """

    rotation_equivariant: ClassVar[bool] = False

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        _fraction(self.beta_1, "beta_1")
        _fraction(self.beta_2, "beta_2")
        real_at_least(self.epsilon, 0.0, "epsilon")

    def initial_state(self, parameters: ArrayLike) -> State:
        """Both running means, zero, and the number of steps taken, 0."""
        return (_zeros(parameters), _zeros(parameters), np.zeros(()))

    def step(self, parameters: ArrayLike, gradient: ArrayLike, state: State, learning_rate: ArrayLike) -> tuple[Array, State]:
        """The next parameters, and the state: first mean, second mean, number of steps taken."""
        w, g, eta = _arrays(parameters, gradient, learning_rate)
        t = float(state[2]) + 1.0
        first = state[0] + (1 - self.beta_1) * (g - state[0])
        second = state[1] + (1 - self.beta_2) * (g * g - state[1])
        rate = eta * (math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t))
        return w - first * rate / (np.sqrt(second) + self.epsilon), (first, second, np.asarray(t))


def _zeros(parameters: ArrayLike) -> Array:
    return np.zeros_like(_floats(parameters))


def _arrays(parameters: ArrayLike, gradient: ArrayLike, learning_rate: ArrayLike) -> tuple[Array, Array, Array]:
    w, g, eta = (_floats(values) for values in (parameters, gradient, learning_rate))
    if w.shape != g.shape:
        raise ValueError(f"parameters have shape {w.shape} and the gradient {g.shape}: they must agree")
    return w, g, eta


def _floats(values: ArrayLike) -> Array:
    """As an array of floats; single precision stays single."""
    array = np.asarray(values)
    return array if array.dtype.kind == "f" else array.astype(float)


def _fraction(value: float, name: str) -> None:
    if not 0 <= value < 1:
        raise ValueError(f"{name} is {value!r}, it must be at least 0 and below 1")
