"""Answers to the exercises of *No regularizer can do this*, computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer


@answer(
    "no-regularizer/round-trip",
    tolerance=2e-3,
    slips={"The size of the gradient, c = 3, is missing.": lambda: _round_trip() / 3},
)
def _round_trip() -> float:
    from deeplinear.theory.regularizers import linear_loss_integral

    return linear_loss_integral(3.0, 4, 0.5, 1.0)


@answer(
    "no-regularizer/curl-field",
    tolerance=1e-4,
    remark="Lemma and differences agree.",
    slips={"The sign is that of ∂_1F_2 − ∂_2F_1.": lambda: -_curl_field()},
)
def _curl_field() -> float:
    from deeplinear.problems import LpRegression
    from deeplinear.theory.regularizers import curl

    problem, w = LpRegression([[1, 0], [1, 2]], [1, 3], p=4), np.array([1.0, -1.0])
    return float(curl(w, problem.gradient(w), problem.hessian(w), 3)[0, 1])


@answer("no-regularizer/radial", remark="Every radial field is a gradient, so depth has a regularizer here.")
def _radial() -> object:
    import sympy as sp

    N, n = sp.symbols("N n", positive=True)
    s = sp.Symbol("s", positive=True)
    return sp.integrate(N * s ** (2 - 2 / N) * s, (s, 0, n), conds="none")  # F along a ray, from the origin


@answer(
    "no-regularizer/memory",
    remark="Every depth forgets its start at the same rate.",
    slips={
        "That is how fast w itself would decay; what does the mirror map make of it?": lambda: _faded("N"),
        "That is a derivative or a rate, not the factor at time t.": lambda: -_symbol("lam"),
    },
)
def _memory() -> object:
    return _faded()


def _faded(times: str = "") -> object:
    import sympy as sp

    return sp.exp(-_symbol("lam") * _symbol("t") * (_symbol(times) if times else 1))


def _symbol(name: str) -> Any:
    import sympy as sp

    return sp.Symbol(name, positive=True)


@answer(
    "no-regularizer/steps",
    tolerance=0.03,
    remark="Of first order, like all that is lost between the flow and its steps.",
    slips={"That would be the error of one step: over a run 1/η of them add up.": lambda: 2.0},
)
def _steps() -> float:
    from deeplinear.networks.factors import balanced, end_to_end, gradient_step
    from deeplinear.problems import LpRegression
    from deeplinear.theory.mirror import destination

    problem, start = LpRegression([[2.0, 1.0]], [5.0]), np.array([0.0, 1.0])
    goal, sizes = destination([[2.0, 1.0]], [5.0], start, 3), []
    for eta in (2e-3, 1e-3):
        layers = balanced(start[None], 3)
        for _ in range(round(4 / eta)):
            layers = gradient_step(layers, problem.gradient(end_to_end(layers)), eta)
        sizes.append(np.linalg.norm(end_to_end(layers)[0] - goal))
    return float(np.log2(sizes[0] / sizes[1]))
