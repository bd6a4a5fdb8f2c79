"""Answers to the exercises of *vec, Kronecker products and fractional powers*, computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deeplinear.exercises._registry import answer


@answer(
    "vec-and-kronecker/sylvester",
    remark="The equation is solvable when no α + β is 0.",
    slips={"Sums of eigenvalues, not products.": lambda: [3.0, 5.0, 6.0, 10.0]},
)
def _sylvester() -> Any:
    return np.sort(np.add.outer([1.0, 2.0], [3.0, 5.0]).ravel())


def _matrices() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(0)
    low = rng.standard_normal((4, 1)) @ rng.standard_normal((1, 3))
    return [(rng.standard_normal((3, 2)), 0.5), (low, 0.2), (low, 0.0), (rng.standard_normal((2, 4)), 1.0), (low, 0.05)]


@answer("vec-and-kronecker/power", tolerance=1e-8, cases=_matrices, remark="Also where the rank is deficient.")
def _power() -> Callable[..., Any]:
    def power(W: Any, a: float) -> Any:
        rank = np.linalg.matrix_rank(W)
        _, sigma, right = np.linalg.svd(W)
        values = np.zeros(W.shape[1])
        values[:rank] = sigma[:rank]
        return right.T @ np.diag(values ** (2 * a)) @ right

    return power


@answer(
    "vec-and-kronecker/row-major",
    slips={"That is the matrix for stacked columns.": lambda: np.kron([[1, 3], [0, 1]], [[1, 2], [0, 1]])},
)
def _row_major() -> Any:
    A, B = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [3.0, 1.0]])
    units = np.eye(4).reshape(4, 2, 2)
    return np.stack([(A @ X @ B).ravel() for X in units], axis=1)


@answer(
    "vec-and-kronecker/null-space",
    remark="A gradient passes unless both its spaces are orthogonal to those of W.",
    slips={"One side inside W is enough for a gradient to pass.": lambda: 5 * 7 - 3 * 3},
)
def _null_space() -> int:
    seen = np.arange(5)[:, None] < 3, np.arange(7)[None, :] < 3  # the directions that W has
    return int((~(seen[0] | seen[1])).sum())


@answer(
    "vec-and-kronecker/cost",
    tolerance=0.01,
    remark="The gradient itself takes 13 megabytes.",
    slips={
        "Terabytes are asked for.": lambda: 1e3 * _cost(),
        "That is the number of entries; each takes 8 bytes.": lambda: _cost() / 8,
    },
)
def _cost() -> float:
    return (512 * 3136) ** 2 * np.dtype(float).itemsize / 1e12


@answer("vec-and-kronecker/digits", tolerance=0.15, remark="At depth 2 nothing would be lost.")
def _digits() -> float:
    return 1 - 2 / 5
