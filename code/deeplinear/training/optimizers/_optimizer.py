"""What every optimizer offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

from deeplinear._arrays import floats, namespace

__all__ = ["ACTS_ON", "Optimizer", "State", "agreeing", "divisor", "zeros"]

State = tuple[Any, ...]

#: What `Optimizer.acts_on` may be.
ACTS_ON = ("entries", "layers", "network")


class Optimizer(ABC):
    """A first-order method, without memory of its own: `initial_state` makes the memory,
    `step` takes it and returns the next.

    A subclass is a frozen dataclass of its settings, and states `step`. All arrays have the runs first: parameters of
    shape ``(runs, …)`` and a learning rate that broadcasts against them give each run its own. With operators and
    functions that NumPy and JAX share it runs on every backend.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import deeplinear as dl
    >>> @dataclass(frozen=True)
    ... class Normalised(dl.optimizers.Optimizer):
    ...     acts_on = "layers"
    ...     def step(self, parameters, gradient, state, learning_rate):
    ...         size = (gradient**2).sum(axis=(-2, -1), keepdims=True) ** 0.5
    ...         return parameters - learning_rate * gradient / (size + 1e-12), state
    >>> run = dl.Run(optimizer=Normalised(), learning_rate=0.25)
    >>> dl.advance(dl.TwoPoint([1.0]), [run], marks=[0, 2]).loss.round(3)
    array([[0.499, 0.124]])
    """

    #: Whether it takes the same steps in rotated coordinates; one that scales every coordinate by itself does not.
    rotation_equivariant: ClassVar[bool] = False

    #: What `step` is given: all parameters of a run in a row ``(runs, size)``; one layer at a time
    #: ``(runs, n_j, n_{j−1})``, each with a state of its own; or, through `step_network`, all layers, with the network
    #: that they make.
    acts_on: ClassVar[Literal["entries", "layers", "network"]] = "entries"

    def initial_state(self, parameters: Any) -> State:
        """The memory before the first step, a tuple of arrays with the runs first, or of numbers; empty by default."""
        return ()

    @abstractmethod
    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """The next parameters, and the state after this step."""

    def step_network(
        self, network: Any, layers: State, slopes: Any, gradients: State, state: State, learning_rate: Any
    ) -> tuple[State, State]:
        """The next layers, and the state: for what acts on the network as a whole.

        `slopes` is ``∂L/∂W``, shape (runs, k, d), and `gradients` what `network.pullback` made of it, decay included.
        """
        raise NotImplementedError(f"{type(self).__name__} acts on {self.acts_on}")


def zeros(parameters: Any) -> Any:
    """Zeros in the shape and precision of `parameters`."""
    array = floats(parameters)
    return namespace(array).zeros_like(array)


def divisor(root: Any, epsilon: float) -> Any:
    """The `root` of squares, ε inside or added, as what a step is divided by.

    It is 0 only where ε is and no slope has been: the step is 0 there, and 0/0 must not look like a divergence.
    """
    return root if epsilon else namespace(root).where(root == 0, namespace(root).ones_like(root), root)


def agreeing(parameters: Any, gradient: Any, learning_rate: Any) -> tuple[Any, Any, Any]:
    """The three as arrays of floats, the first two of one shape."""
    w, g, eta = (floats(values) for values in (parameters, gradient, learning_rate))
    if w.shape != g.shape:
        raise ValueError(f"parameters have shape {w.shape} and the gradient {g.shape}: they must agree")
    return w, g, eta
