"""The sharpness of the factored loss: the largest eigenvalue of its Hessian, without forming the Hessian.

With ``W(θ)`` the product of the layers θ and J its Jacobian, the Hessian of ``L(W(θ))`` acts on a direction v as

    Jᵀ ∇²L (J v)  +  d/dε [J(θ + εv)ᵀ] ∇L.

Both terms come out of one complex step: ``pullback(θ + ihv, ∇L + ih ∇²L Jv)`` has h times this product as its imaginary
part, to rounding, because networks are analytic in their layers. Lanczos steps then find the largest eigenvalue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeplinear._arrays import finite_array
from deeplinear._settings import is_ours
from deeplinear.networks import AdaptiveStep, Amplification, Dense, Network, Rule
from deeplinear.networks._derivatives import STEP, pushforward
from deeplinear.networks._network import Layers, matrix_shape
from deeplinear.networks.preconditioning import amplified, length, precondition
from deeplinear.problems import Problem

__all__ = ["Sharpness", "hessian_product", "sharpness"]

Array = NDArray[np.float64]


def sharpness(problem: Problem, factors: Sequence[ArrayLike], network: Network | None = None) -> float:
    """``λ_max`` of the Hessian of the factored loss at `factors`; gradient descent is stable there up to η = 2/λ_max.

    Parameters
    ----------
    problem : Problem
        The loss of the end-to-end weights.
    factors : sequence of arrays
        The layers, from the input on.
    network : Network, optional
        How the layers make the weights; their product if not given. For a rule or a part of it, ``λ_max(P ∇²L)``. The
        weights of one of your own must be an analytic function of its layers.

    Returns
    -------
    float
        May be negative where the loss curves downwards in every direction; infinite where its curvature is, as at a
        zero residual if p < 2.

    Examples
    --------
    >>> import deeplinear as dl
    >>> round(dl.sharpness(dl.TwoPoint([4.0]), [[[2.0]], [[2.0]]]), 9)      # N s^{2−2/N} = 2 · 4
    8.0
    """
    layers = _read(factors, "factors")
    network = _fitting(network, layers, problem)
    if isinstance(network, Rule):
        return _of_rule(problem, layers[0], network)
    if not is_ours(type(network)):
        _check_analytic(network, layers)
    sizes = [layer.size for layer in layers]
    splits = np.cumsum(sizes)[:-1]
    slopes, weights = _slopes(problem, network, layers)

    def product(flat: Array) -> Array:
        parts = np.split(np.ravel(flat), splits)
        direction = tuple(part.reshape(layer.shape) for part, layer in zip(parts, layers, strict=True))
        after = _product(problem, network, layers, direction, slopes, weights)
        return np.concatenate([layer.ravel() for layer in after])

    return _largest(product, sum(sizes))


def hessian_product(
    problem: Problem, factors: Sequence[ArrayLike], direction: Sequence[ArrayLike], network: Network | None = None
) -> tuple[Array, ...]:
    """The Hessian of the factored loss at `factors` times `direction`, both lists of layers.

    Examples
    --------
    >>> import deeplinear as dl
    >>> from deeplinear.theory.sharpness import hessian_product
    >>> hessian_product(dl.TwoPoint([4.0]), [[[2.0]], [[2.0]]], [[[1.0]], [[0.0]]])
    (array([[4.]]), array([[4.]]))
    """
    layers, along = _read(factors, "factors"), _read(direction, "direction")
    network = _fitting(network, layers, problem)
    if (shapes := [layer.shape[1:] for layer in along]) != (wanted := [layer.shape[1:] for layer in layers]):
        raise ValueError(f"direction has layers of shapes {shapes}, and factors {wanted}")
    return tuple(layer[0] for layer in _product(problem, network, layers, along, *_slopes(problem, network, layers)))


@dataclass(frozen=True)
class Sharpness:
    """Observes the sharpness of every run at the marks.

    Examples
    --------
    >>> import deeplinear as dl
    >>> run = dl.Run(network=dl.networks.Chain(2), start=dl.networks.Balanced((1.0,)), learning_rate=0.1)
    >>> result = dl.advance(dl.TwoPoint([4.0]), [run], [0, 200], observe=[dl.theory.sharpness.Sharpness()])
    >>> result.recorded["sharpness"].round(6)
    array([[3., 8.]])
    """

    name = "sharpness"

    def __call__(self, snapshot: Any) -> Array:
        """(runs,); NaN where a layer is no longer finite."""
        pairs = [(snapshot.of(run), network) for run, network in enumerate(snapshot.networks)]
        alive = [all(np.isfinite(layer).all() for layer in layers) for layers, _ in pairs]
        found = (
            sharpness(snapshot.problem, *pair) if lives else np.nan for pair, lives in zip(pairs, alive, strict=True)
        )
        return np.array(list(found))


def _read(layers: Sequence[ArrayLike], name: str) -> Layers:
    """As arrays (1, n_j, n_{j−1})."""
    if not isinstance(layers, Iterable) or isinstance(layers, str):
        raise TypeError(f"{name} is {layers!r}: give a list of matrices, one a layer")
    several = enumerate(layers, start=1)
    return tuple(np.atleast_2d(finite_array(one, f"{name}, layer {j},", (1, 2)))[None] for j, one in several)


def _fitting(network: Network | None, layers: Layers, problem: Problem) -> Network:
    """The network, which has such layers."""
    if not isinstance(problem, Problem):
        raise TypeError(f"problem is {problem!r}, it must be a problem such as dl.LpRegression(inputs, targets)")
    if not isinstance(network, (Network, type(None))):
        raise TypeError(f"network is {network!r}, it must be an object of dl.networks, such as Dense(depth, width)")
    given, shape = tuple(layer.shape[1:] for layer in layers), matrix_shape(problem.shape)
    if network is None:
        network = Dense(len(given), tuple(rows for rows, _ in given[:-1]))
    wanted = tuple(tuple(layer) for layer in network.layer_shapes(shape))
    if len(wanted) != len(given):
        raise ValueError(f"{network!r} has {len(wanted)} layers, and factors holds {len(given)}")
    if wanted != given:
        raise ValueError(f"factors holds layers of shapes {given}, and weights of shape {shape} need {wanted}")
    return network


def _slopes(problem: Problem, network: Network, layers: Layers) -> tuple[Array, Array]:
    """``∇L`` as (1, k, d), and the weights in the problem's shape."""
    weights = np.asarray(network.weights(layers)).reshape(problem.shape)
    return np.asarray(problem.gradient(weights)).reshape(1, *matrix_shape(problem.shape)), weights


def _product(
    problem: Problem, network: Network, layers: Layers, direction: Layers, slopes: Array, weights: Array
) -> tuple[Array, ...]:
    moved = tuple(layer + 1j * STEP * along for layer, along in zip(layers, direction, strict=True))
    tangent = pushforward(network, layers, direction).reshape(problem.shape)
    with np.errstate(invalid="ignore"):  # an infinite curvature is answered where the eigenvalue is asked for
        curved = np.asarray(problem.hessian_product(weights, tangent)).reshape(slopes.shape)
        return tuple(np.imag(layer) / STEP for layer in network.pullback(moved, slopes + 1j * STEP * curved))


def _of_rule(problem: Problem, weights: Array, rule: Rule) -> float:
    """``λ_max(P^{1/2} ∇²L P^{1/2})``, which has the eigenvalues of ``P ∇²L``."""
    here, shape = weights[0], weights.shape

    def root(matrix: Array) -> Array:
        shaped = matrix.reshape(here.shape)
        if type(rule) is AdaptiveStep:
            return np.asarray(length(here) ** (1 - 1 / rule.depth) * shaped)
        if type(rule) is Amplification:
            return np.asarray(amplified(here, shaped, np.sqrt(rule.depth)))
        if type(rule) is not Rule:
            raise TypeError(
                f"the sharpness of {rule!r} is not known: it is for Rule, AdaptiveStep, Amplification and layers"
            )
        return np.asarray(precondition(here, shaped, rule.depth, power=0.5))

    def product(flat: Array) -> Array:
        with np.errstate(invalid="ignore"):
            curved = np.asarray(problem.hessian_product(here.reshape(problem.shape), root(flat).reshape(problem.shape)))
        return root(curved).ravel() if np.isfinite(curved).all() else np.full(curved.size, np.inf)

    return _largest(product, int(np.prod(shape)))


def _check_analytic(network: Network, layers: Layers) -> None:
    """Refuse a network that does not bear complex layers, such as one with absolute values in it, and one whose
    pullback is not the transpose of the derivative of its weights.
    """
    rng = np.random.default_rng(0)
    sizes = [float(np.sqrt((layer**2).mean())) or 1.0 for layer in layers]  # a difference is small beside the layer
    along = tuple(size * rng.standard_normal(layer.shape) for size, layer in zip(sizes, layers, strict=True))
    tangent = pushforward(network, layers, along)
    slopes = rng.standard_normal(tangent.shape)
    small = 1e-6
    ahead, behind = (tuple(W + e * V for W, V in zip(layers, along, strict=True)) for e in (small, -small))
    plain = (np.asarray(network.weights(ahead)) - np.asarray(network.weights(behind))) / (2 * small)
    moved = tuple(W + 1j * STEP * V for W, V in zip(layers, along, strict=True))
    turned = [np.imag(layer) / STEP for layer in network.pullback(moved, slopes)]
    pulled = zip(network.pullback(ahead, slopes), network.pullback(behind, slopes), strict=True)
    differences = [(np.asarray(more) - np.asarray(less)) / (2 * small) for more, less in pulled]
    for what, exact, rough in (("weights", [tangent], [plain]), ("pullback", turned, differences)):
        size = max(np.abs(one).max(initial=0) for one in rough) + 1e-9
        if any(np.abs(one - other).max(initial=0) > 1e-3 * size for one, other in zip(exact, rough, strict=True)):
            raise TypeError(
                f"the {what} of {network!r} is no analytic function of its layers (does it take absolute values, "
                "norms or signs?): write it with products, sums and powers, and the sharpness is exact"
            )
    back = sum(float((layer * V).sum()) for layer, V in zip(network.pullback(layers, slopes), along, strict=True))
    forth = float((slopes * tangent).sum())
    if abs(back - forth) > 1e-6 * (abs(forth) + float(np.abs(slopes * tangent).sum()) + 1e-9):
        raise TypeError(
            f"the pullback of {network!r} is not the transpose of the derivative of its weights: along one direction "
            f"they give {back:.6g} and {forth:.6g}"
        )


def _largest(product: Any, size: int) -> float:
    """The largest eigenvalue of a symmetric matrix from its products: Lanczos,
    or the matrix itself where it is small.
    """
    if size <= 32:
        matrix = np.stack([product(row) for row in np.eye(size)])
        if not np.isfinite(matrix).all():
            return float("inf")
        return float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1])
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    first = np.random.default_rng(0).standard_normal(size)
    image = product(first)
    if not np.isfinite(image).all():
        return float("inf")
    if not image.any():  # no random vector but of the zero matrix, from which Lanczos steps do not start
        return 0.0
    operator = LinearOperator((size, size), matvec=product, dtype=float)
    try:
        return float(eigsh(operator, 1, which="LA", v0=first, tol=1e-10, return_eigenvectors=False)[0])
    except ArpackNoConvergence as error:  # flat spectra: what has been found is a lower bound, and the best there is
        return float(max(error.eigenvalues, default=first @ product(first) / (first @ first)))
