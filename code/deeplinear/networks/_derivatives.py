"""Derivatives along a direction of the layers, by a complex step."""

from __future__ import annotations

from typing import Any

from deeplinear._arrays import namespace
from deeplinear.networks._network import Layers, Network

__all__ = ["STEP", "pushforward"]

#: Along the imaginary axis no difference is taken that could lose digits: the step is as small as single precision
#: bears, whose numbers end at 1e-38, with room for a direction that is small itself.
STEP = 1e-20


def pushforward(network: Network, layers: Layers, direction: Layers) -> Any:
    """How the weights change along a `direction` of the layers, ``dW/dε`` at ``θ + εv``, (runs, k, d), to rounding.

    The transpose of ``network.pullback``, from ``network.weights`` alone. It holds for weights that are analytic in the
    layers, made by ``+ - * / @ **`` and functions such as ``exp``; what asks for a size or a sign, ``abs``, ``maximum``
    or ``where(x > 0, …)``, is not analytic, and gives a wrong derivative without an error.

    Parameters
    ----------
    layers, direction : arrays (runs, n_j, n_{j−1})
        Of NumPy or JAX.

    Examples
    --------
    >>> import numpy as np, deeplinear as dl
    >>> from deeplinear.networks._derivatives import pushforward
    >>> layers, direction = [np.array([[[2.0]]]), np.array([[[3.0]]])], [np.array([[[1.0]]]), np.array([[[0.0]]])]
    >>> pushforward(dl.networks.Chain(2), layers, direction)
    array([[[3.]]])
    """
    moved = tuple(W + 1j * STEP * V for W, V in zip(layers, direction, strict=True))
    return namespace(*layers).imag(network.weights(moved)) / STEP
