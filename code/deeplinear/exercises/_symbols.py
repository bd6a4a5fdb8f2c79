"""Read SymPy's objects: exact numbers become plain ones, and what stands for an expression becomes one."""

from __future__ import annotations

import sys
from decimal import Decimal
from numbers import Number
from typing import Any

import numpy as np

from deeplinear.exercises._words import RefusedError, name

__all__ = ["plain_number", "read_expression", "symbol_names", "symbolic"]

_MOST = 1_000  # entries, far more than any answer has


def symbolic(value: Any) -> bool:
    """Whether `value` is a SymPy object; SymPy is not loaded for the question."""
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(value, (sympy.Basic, sympy.MatrixBase))


def plain_number(value: Any) -> Any:
    """A SymPy number as a float or complex, a matrix as nested lists.

    >>> import sympy as sp
    >>> from deeplinear.exercises._symbols import plain_number
    >>> plain_number(sp.sqrt(128) / 1000)
    0.0113137085
    """
    import sympy

    if isinstance(value, sympy.MatrixExpr):
        value = value.as_explicit()
    if isinstance(value, (sympy.MatrixBase, sympy.NDimArray)):
        return value.tolist()
    if isinstance(value, sympy.Tuple):
        return list(value)
    if not isinstance(value, sympy.Expr):
        raise RefusedError(f"This is {_kind(value)}, a number is expected.")
    if value.free_symbols:
        raise RefusedError(f"This still contains {symbol_names(value.free_symbols)}, a number is expected.")
    if value.is_infinite:
        raise RefusedError("There is a value that is not finite.")
    number = value.evalf(30)
    if not number.is_real:
        number = number.evalf(30, chop=True)  # the imaginary part of a real root may be rounding
    if number is sympy.nan:
        return float("nan")
    try:
        return float(number) if number.is_real else complex(number)
    except (TypeError, ValueError):
        raise RefusedError("This has no value as a number.") from None


def read_expression(value: Any) -> Any:
    """`value` as a SymPy expression or matrix, or RefusedError."""
    import sympy

    if isinstance(value, (np.ndarray, sympy.NDimArray)) and np.prod(value.shape) <= _MOST:
        value = value.tolist()
    if isinstance(value, (list, tuple)) and len(value) <= _MOST:
        rows = [[read_expression(e) for e in (row if isinstance(row, (list, tuple)) else [row])] for row in value]
        if len({len(row) for row in rows}) > 1:
            raise RefusedError("The rows differ in length.")
        return sympy.Matrix(rows)
    if isinstance(value, str):
        raise RefusedError("This is a piece of text, write the expression without quotes.")
    if isinstance(value, (list, tuple)):
        raise RefusedError("This is a list, far longer than the answer.")
    number = isinstance(value, (Number, Decimal)) and not isinstance(value, bool)
    if not number and not symbolic(value):
        raise RefusedError(f"This is {name(value)}, an expression is expected.")
    if isinstance(value, sympy.MatrixExpr):
        value = value.as_explicit()
    got = sympy.sympify(value, strict=True)
    if not isinstance(got, (sympy.Expr, sympy.MatrixBase)):
        raise RefusedError(f"This is {_kind(got)}, an expression is expected.")
    if got.has(sympy.nan, sympy.zoo):
        raise RefusedError("This has no value: is something divided by zero?")
    return got


def _kind(value: Any) -> str:
    import sympy

    if isinstance(value, sympy.Rel):
        return "an equation or inequality"
    return "True or False" if isinstance(value, sympy.logic.boolalg.Boolean) else "another object of SymPy"


def symbol_names(symbols: set[Any]) -> str:
    """Their names in a row."""
    return ", ".join(sorted(str(symbol) for symbol in symbols))
