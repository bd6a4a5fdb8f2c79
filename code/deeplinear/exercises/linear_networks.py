"""Answers to the exercises of *Linear networks*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer
from deeplinear.networks.factors import layer_gradients, near_zero


@answer(
    "linear-networks/middle-layer",
    slips={"The two outer layers are not transposed.": lambda: [[2.0, 2.0], [1.0, 4.0]]},
)
def _middle_layer() -> Any:
    W1, W3, nabla = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[2.0, 0.0], [1.0, 1.0]]), np.diag([1.0, 3.0])
    return layer_gradients([W1, np.eye(2), W3], nabla)[1]


def _networks() -> list[tuple[Any, ...]]:
    cases = []
    for seed, sizes in enumerate([(2, 2, 2, 2), (4, 3, 1), (3, 2), (2, 5, 4, 3, 2)]):
        rng = np.random.default_rng(seed)
        cases.append((list(near_zero(sizes, 1.0, rng)), rng.standard_normal((sizes[-1], sizes[0]))))
    return cases


@answer(
    "linear-networks/backward", tolerance=1e-9, cases=_networks, remark="Compare with the source of dl.layer_gradients."
)
def _backward() -> Callable[..., Any]:
    return layer_gradients


@answer(
    "linear-networks/bottleneck",
    remark="What a layer of width 1 cannot carry is lost.",
    slips={"The loss carries a factor 1/2.": lambda: 5.0},
)
def _bottleneck() -> float:
    lost = np.linalg.svd(np.diag([3.0, 2.0, 1.0]), compute_uv=False)[1:]
    return float((lost**2).sum() / 2)


@answer(
    "linear-networks/origin-spectrum",
    remark="Every hidden unit brings one direction downhill and one uphill for each singular value.",
    slips={
        "Each singular value counts once for every hidden unit.": lambda: [2.0, 28.0, 2.0],
        "A singular value brings an eigenvalue of either sign.": lambda: [0.0, 24.0, 8.0],
    },
)
def _origin_spectrum() -> list[float]:
    C = np.diag([2.0, 1.0, 0.0]) @ np.eye(3, 5)
    columns = []
    for column in np.eye(4 * (5 + 3)):
        slopes = layer_gradients([column[:20].reshape(4, 5), column[20:].reshape(3, 4)], C)
        columns.append(np.concatenate([slope.ravel() for slope in slopes]))
    eigenvalues = np.linalg.eigvalsh(np.array(columns))
    return [float((np.sign(eigenvalues.round(9)) == sign).sum()) for sign in (-1, 0, 1)]


@answer("linear-networks/unequal", tolerance=0.02, remark="Imbalance helps a start out of the saddle.")
def _unequal() -> float:
    from deeplinear.problems import TwoPoint
    from deeplinear.theory.flow import network_flow

    times = np.linspace(0.0, 80.0, 4001)

    def time_to_half(start: tuple[float, ...]) -> float:
        path = network_flow(TwoPoint([1.0]), [[[s]] for s in start], times)
        return float(np.interp(0.5, [float(np.prod([W.item() for W in factors])) for factors in path], times))

    epsilon, large = 0.03, 0.3
    small = (epsilon**3 / large) ** 0.5
    return time_to_half((epsilon,) * 3) / time_to_half((large, small, small))
