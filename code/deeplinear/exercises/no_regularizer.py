"""Answers to the exercises of *No regularizer can do this*, computed."""

from __future__ import annotations

import numpy as np

from deeplinear.exercises._registry import answer


@answer(
    "no-regularizer/round-trip",
    tolerance=2e-3,
    slips={"The size of the gradient, c = 3, is missing.": lambda: _round_trip() / 3},
)
def _round_trip() -> float:
    from deeplinear.regularizers import linear_loss_integral

    return linear_loss_integral(3.0, 4, 0.5, 1.0)


@answer(
    "no-regularizer/curl-field",
    tolerance=1e-4,
    remark="Lemma and differences agree.",
    slips={"The sign is that of ∂_1F_2 − ∂_2F_1.": lambda: -_curl_field()},
)
def _curl_field() -> float:
    from deeplinear.problems import LpRegression
    from deeplinear.regularizers import curl

    problem, w = LpRegression([[1, 0], [1, 2]], [1, 3], p=4), np.array([1.0, -1.0])
    return float(curl(w, problem.gradient(w), problem.hessian(w), 3)[0, 1])


@answer("no-regularizer/radial", remark="Every radial field is a gradient, so depth has a regularizer here.")
def _radial() -> object:
    import sympy as sp

    N, n = sp.symbols("N n", positive=True)
    s = sp.Symbol("s", positive=True)
    return sp.integrate(N * s ** (2 - 2 / N) * s, (s, 0, n), conds="none")  # F along a ray, from the origin


@answer("no-regularizer/exponent", tolerance=5e-3, remark="It tends to 3 − 2/N.")
def _exponent() -> float:
    return 3 - 2 / 5
