"""Steepest descent in the geometry of what the network computes, whatever its layers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array, kept, namespace, real_at_least
from deeplinear._fingerprints import fingerprint
from deeplinear.networks import Network
from deeplinear.networks._derivatives import pushforward
from deeplinear.networks._network import Layers
from deeplinear.training.optimizers._optimizer import Optimizer, State
from deeplinear.training.optimizers._spectra import symmetric_power

__all__ = ["NaturalGradient"]


@dataclass(frozen=True, eq=False, repr=False)
class NaturalGradient(Optimizer):
    """``θ ← θ − η F⁺ ∂L/∂θ`` with the Fisher matrix ``F = JᵀMJ`` of the square loss, all layers θ at once.

    ``J = ∂ vec W/∂θ`` is the Jacobian of the end-to-end weights, and ``M = Σ ⊗ I`` holds the covariance Σ of the
    inputs. Where J has full row rank the end-to-end weights move by ``−η ∇Σ⁻¹``, to first order in η, at every depth:
    the natural gradient forgets the layers (Bernacchia, Lengyel & Hennequin 2018). A bottleneck takes the rank, and
    then it does not.

    A step costs ``kd`` gradients of the network and an eigendecomposition of size ``kd``. A rule, which has no layers,
    moves as the layers that it stands for. The weights of a network of one's own must be analytic in its layers, made
    without ``abs``, ``maximum`` or a choice by sign: their derivatives come from a complex step.

    Parameters
    ----------
    covariance : (d, d) array
        ``Σ = XᵀX/m`` of the inputs. Where it is singular, inputs have nothing there, and no step is taken.
    damping : float
        Added to its diagonal.

    Examples
    --------
    >>> import numpy as np, deeplinear as dl
    >>> X = np.array([[1.0, 0.0], [1.0, 2.0]])
    >>> method = dl.optimizers.NaturalGradient(X.T @ X / 2)
    >>> run = dl.Run(dl.networks.Chain(3), 0.01, start=dl.networks.Identity(0.0), optimizer=method)
    >>> dl.advance(dl.LpRegression(X, [1.0, 5.0]), [run], marks=[0, 100, 1000]).loss.round(4)
    array([[4.    , 0.5335, 0.    ]])
    """

    acts_on: ClassVar[Literal["entries", "layers", "network"]] = "network"

    covariance: NDArray[np.float64]
    damping: float = 0.0

    if TYPE_CHECKING:

        def __init__(self, covariance: ArrayLike, damping: float = 0.0) -> None: ...

    def __post_init__(self) -> None:
        matrix = kept(finite_array(self.covariance, "covariance", dimensions=(2,)))
        if matrix.shape[0] != matrix.shape[1] or not np.allclose(matrix, matrix.T):
            raise ValueError(f"covariance has shape {matrix.shape}, it must be a symmetric matrix, XᵀX/m of the inputs")
        smallest = float(np.linalg.eigvalsh(matrix)[0])
        if smallest < -1e-9 * np.abs(matrix).max():
            raise ValueError(f"covariance has the eigenvalue {smallest:g}: none of a covariance is negative")
        object.__setattr__(self, "covariance", matrix)
        real_at_least(self.damping, 0.0, "damping")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NaturalGradient) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        digest = fingerprint(self.covariance)[:12]
        return f"NaturalGradient(covariance of {len(self.covariance)} inputs {digest}, damping={self.damping:g})"

    @cached_property
    def _roots(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``Σ^{1/2}`` and ``Σ^{−1/2}``."""
        sigma = self.covariance + self.damping * np.eye(len(self.covariance))
        return symmetric_power(sigma, 0.5), symmetric_power(sigma, -0.5)

    @property
    def _key(self) -> tuple[Any, ...]:
        return (type(self), self.covariance.shape, self.covariance.tobytes(), self.damping)

    def step(self, parameters: Any, gradient: Any, state: State, learning_rate: Any) -> tuple[Any, State]:
        """Not without the network: see `step_network`."""
        raise TypeError("NaturalGradient acts on the network as a whole, through step_network")

    def step_network(
        self, network: Any, layers: Layers, slopes: Any, gradients: Layers, state: State, learning_rate: Any
    ) -> tuple[Layers, State]:
        """The next layers, and the state, which is empty.

        With ``A = M^{1/2}J`` the direction is ``A⁺M^{−1/2}∇ = Jᵀ M^{1/2} (AAᵀ)⁺ M^{−1/2} ∇``, so that no matrix is
        larger than W has entries. What is in `gradients` beyond ``Jᵀ∇``, weight decay, takes the whole way,
        ``F⁺ = Aᵀ (AAᵀ)⁺² A``.
        """
        xp = namespace(slopes)
        runs, k, d = slopes.shape
        if self.covariance.shape != (d, d):
            raise ValueError(f"covariance has shape {self.covariance.shape}, and the weights have {d} inputs")
        # M^{1/2} and its inverse act on the rows of W, one after the other.
        root, back = (xp.asarray(np.kron(np.eye(k), part), dtype=slopes.dtype) for part in self._roots)
        inverse = symmetric_power(root @ _gram(network, layers, slopes) @ root, -1.0)
        decay = tuple(G - P for G, P in zip(gradients, network.pullback(layers, slopes), strict=True))
        slope = back @ xp.reshape(slopes, (runs, k * d, 1))
        pushed = root @ xp.reshape(pushforward(network, layers, decay), (runs, k * d, 1))
        whole = root @ (inverse @ (slope + inverse @ pushed))
        steps = network.pullback(layers, xp.reshape(whole, slopes.shape))
        return tuple(W - learning_rate * step for W, step in zip(layers, steps, strict=True)), state


def _gram(network: Network, layers: Layers, slopes: Any) -> Any:
    """``JJᵀ``, (runs, kd, kd): what a unit slope of one weight, pulled back to the layers, does to the weights."""
    xp = namespace(slopes)
    runs, k, d = slopes.shape
    columns = []
    for unit in np.eye(k * d).reshape(-1, k, d):
        slope = xp.zeros_like(slopes) + xp.asarray(unit, dtype=slopes.dtype)
        columns.append(xp.reshape(pushforward(network, layers, network.pullback(layers, slope)), (runs, k * d)))
    gram = xp.stack(columns, axis=-1)
    return (gram + xp.swapaxes(gram, -1, -2)) / 2
