"""Matrix identities proved by SymPy, entry by entry for symbolic entries, and as expressions for symbolic sizes.

``vec`` stacks columns. An identity between matrices of given sizes is an identity between polynomials in their entries,
so expanding both sides and comparing is a proof, not a test.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from deeplinear._arrays import whole_number

__all__ = ["commutation_matrix", "eigenvalue", "eigenvalue_closed_form", "kron", "matrix", "prove", "unvec", "vec"]


def matrix(name: str, rows: int, columns: int) -> Any:
    """A matrix of independent real symbols ``name_ij``, counted from 1.

    Examples
    --------
    >>> from deeplinear.theory.symbolic import matrix
    >>> matrix("a", 1, 2)
    Matrix([[a_11, a_12]])
    """
    rows, columns = whole_number(rows, 1, "rows"), whole_number(columns, 1, "columns")
    return sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"{name}_{i + 1}{j + 1}", real=True))


def vec(X: Any) -> Any:
    """The columns of `X`, stacked: ``(k, d)`` becomes ``(kd, 1)``.

    Examples
    --------
    >>> from deeplinear.theory.symbolic import matrix, vec
    >>> vec(matrix("x", 2, 2)).T
    Matrix([[x_11, x_21, x_12, x_22]])
    """
    return sp.Matrix(X).vec()


def unvec(x: Any, rows: int) -> Any:
    """The matrix with that many `rows` whose columns, stacked, are `x`.

    Raises
    ------
    ValueError
        If `rows` does not divide the length of `x`.

    Examples
    --------
    >>> from deeplinear.theory.symbolic import matrix, unvec, vec
    >>> unvec(vec(matrix("x", 2, 3)), rows=2) == matrix("x", 2, 3)
    True
    """
    entries = list(sp.Matrix(x))
    if len(entries) % whole_number(rows, 1, "rows"):
        raise ValueError(f"x has {len(entries)} entries, which {rows} rows do not divide")
    return sp.Matrix(len(entries) // rows, rows, entries).T


def kron(A: Any, B: Any) -> Any:
    """The Kronecker product: the block matrix of the ``a_ij B``.

    Examples
    --------
    >>> from deeplinear.theory.symbolic import kron
    >>> kron([[1, 2]], [[0, 1], [1, 0]])
    Matrix([
    [0, 1, 0, 2],
    [1, 0, 2, 0]])
    """
    return sp.Matrix(sp.kronecker_product(sp.Matrix(A), sp.Matrix(B)))


def commutation_matrix(rows: int, columns: int) -> Any:
    """The permutation ``K`` with ``K vec(X) = vec(Xᵀ)`` for every ``(rows, columns)`` matrix.

    Examples
    --------
    >>> from deeplinear.theory.symbolic import commutation_matrix, matrix, vec
    >>> X = matrix("x", 2, 3)
    >>> commutation_matrix(2, 3) * vec(X) == vec(X.T)
    True
    """
    m, n = whole_number(rows, 1, "rows"), whole_number(columns, 1, "columns")
    K = sp.zeros(m * n)
    for i in range(m):
        for j in range(n):
            K[i * n + j, j * m + i] = 1  # x_ij stands at j·m + i in vec(X), and at i·n + j in vec(Xᵀ)
    return K


def prove(left: Any, right: Any) -> bool:
    """True if two matrices or expressions are equal, whatever their symbols stand for.

    Raises
    ------
    ValueError
        If they are not: the message names the first entry that differs, and by what.

    Examples
    --------
    >>> from deeplinear.theory.symbolic import kron, matrix, prove, vec
    >>> A, X, B = matrix("a", 2, 3), matrix("x", 3, 2), matrix("b", 2, 2)
    >>> prove(vec(A * X * B), kron(B.T, A) * vec(X))
    True
    """
    one, other = (sp.ImmutableMatrix(side if hasattr(side, "shape") else [side]) for side in (left, right))
    if one.shape != other.shape:
        raise ValueError(f"the left side has shape {one.shape}, the right side {other.shape}")
    for i in range(one.rows):
        for j in range(one.cols):
            gap = sp.expand(one[i, j] - other[i, j])
            if gap != 0 and sp.simplify(gap) != 0:
                raise ValueError(f"the sides differ at [{i}, {j}], by {gap}")
    return True


def eigenvalue(left: Any, right: Any, depth: int) -> Any:
    """Claim 1's eigenvalue ``Σ_j σ_r^{2(j−1)/N} σ_{r'}^{2(N−j)/N}`` for symbolic singular values.

    Examples
    --------
    >>> import sympy as sp
    >>> from deeplinear.theory.symbolic import eigenvalue
    >>> s, t = sp.symbols("s t", positive=True)
    >>> eigenvalue(s, t, depth=2)
    s + t
    """
    N = whole_number(depth, 1, "depth")
    powers = ((sp.Rational(2 * (j - 1), N), sp.Rational(2 * (N - j), N)) for j in range(1, N + 1))
    return sp.Add(*(left**a * right**b for a, b in powers))


def eigenvalue_closed_form(left: Any, right: Any, depth: Any) -> Any:
    """``(σ_r² − σ_{r'}²) / (σ_r^{2/N} − σ_{r'}^{2/N})``, also for a symbolic depth.

    Examples
    --------
    >>> import sympy as sp
    >>> from deeplinear.theory.symbolic import eigenvalue, eigenvalue_closed_form
    >>> s, t = sp.symbols("s t", positive=True)
    >>> sp.simplify(eigenvalue_closed_form(s, t, 3) - eigenvalue(s, t, 3))
    0
    """
    return (left**2 - right**2) / (left ** (sp.Integer(2) / depth) - right ** (sp.Integer(2) / depth))
