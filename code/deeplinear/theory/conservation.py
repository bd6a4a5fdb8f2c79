"""The drift law: how far gradient descent moves a network away from balance.

Under gradient flow the imbalance ``D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ`` obeys ``dD_j/dt = −2λ D_j``: it is conserved, and
with weight decay it tends to zero, though not always faster than the layers themselves. One step of gradient descent
with learning rate η obeys exactly

    D_j⁺ = (1 − ηλ)² D_j + η² (G_{j+1}ᵀ G_{j+1} − G_j G_jᵀ),        G_j = ∂L/∂W_j,

because the terms of order η cancel: ``W_{j+1}ᵀ G_{j+1} = G_j W_jᵀ``. A step therefore drifts by O(η²), a fixed time by
O(η).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import real_at_least
from deeplinear.networks.factors import imbalance

__all__ = ["imbalance_after_flow", "imbalance_after_step", "relative_imbalance"]

Array = NDArray[np.float64]


def imbalance_after_step(
    factors: Sequence[ArrayLike], layer_gradients: Sequence[ArrayLike], learning_rate: float, weight_decay: float = 0.0
) -> tuple[Array, ...]:
    """The imbalance one gradient-descent step later, by the exact drift law, without taking the step.

    Parameters
    ----------
    factors : sequence of N matrices
        The network before the step.
    layer_gradients : sequence of N matrices
        ``G_j``, as :func:`deeplinear.layer_gradients` returns them.
    learning_rate, weight_decay : float
        ``η`` and ``λ``, not negative.

    Returns
    -------
    tuple of N − 1 matrices
        ``D_j⁺``.

    Examples
    --------
    >>> import deeplinear as dl
    >>> factors, nabla = dl.balanced([[3.0, 4.0]], depth=2), [[1.0, 0.0]]
    >>> predicted = dl.conservation.imbalance_after_step(factors, dl.layer_gradients(factors, nabla), 0.1)
    >>> stepped = dl.imbalance(dl.gradient_step(factors, nabla, 0.1))
    >>> predicted[0].round(12), stepped[0].round(12)
    (array([[-0.032]]), array([[-0.032]]))
    """
    eta = real_at_least(learning_rate, 0.0, "learning_rate")
    decay = real_at_least(weight_decay, 0.0, "weight_decay")
    # G_{j+1}ᵀG_{j+1} − G_jG_jᵀ is the imbalance of the gradients, read as a network of their own.
    return tuple(
        (1 - eta * decay) ** 2 * before + eta**2 * drift
        for before, drift in zip(imbalance(factors), imbalance(layer_gradients), strict=True)
    )


def imbalance_after_flow(factors: Sequence[ArrayLike], time: float, weight_decay: float = 0.0) -> tuple[Array, ...]:
    """The imbalance after gradient flow for `time` (units of η·steps): ``D_j(t) = e^{−2λt} D_j(0)``, whatever the loss.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.conservation.imbalance_after_flow([[[3.0]], [[5.0]]], time=2.0)
    (array([[16.]]),)
    """
    decay = real_at_least(weight_decay, 0.0, "weight_decay")
    return tuple(np.exp(-2 * decay * real_at_least(time, 0.0, "time")) * D for D in imbalance(factors))


def relative_imbalance(factors: Sequence[ArrayLike]) -> float:
    """``max_j ‖D_j‖_F / max_j ‖W_jW_jᵀ‖_F``: 0 when balanced, of order 1 for independent random factors of any size.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.conservation.relative_imbalance([[[3.0]], [[5.0]]])
    0.64
    """
    chain = [np.asarray(factor, dtype=float) for factor in factors]
    largest = max(float(np.linalg.norm(W @ W.T)) for W in chain)
    gaps = [float(np.linalg.norm(D)) for D in imbalance(chain)]
    return max(gaps, default=0.0) / largest if largest else 0.0
