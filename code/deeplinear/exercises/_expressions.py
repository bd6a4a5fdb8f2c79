"""Compare expressions by their values.

Two expressions are equal if they agree at points where every symbol has a value that its assumptions allow. So nothing
depends on whether `simplify` finds the way from one form to the other, and a symbol counts by its name.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from deeplinear.exercises._symbols import symbol_names

__all__ = ["expression_fault", "expression_miss"]


def expression_miss(right: Any, got: Any, tolerance: float) -> float:
    """0 for equal expressions, else infinity."""
    import sympy

    right = sympy.sympify(right)
    wants, gots = _entries(right), _entries(got)
    if len(wants) != len(gots) or not _alike(right, got):
        return float("inf")
    return 0.0 if all(_agree(w, g, tolerance) for w, g in zip(wants, gots, strict=True)) else float("inf")


def expression_fault(right: Any, got: Any, tolerance: float) -> str:
    """What is wrong with an expression that is."""
    import sympy

    right = sympy.sympify(right)
    if not _alike(right, got):
        return f"{_form(right)} is expected, this is {_form(got).lower()}."
    extra = {s for s in got.free_symbols if s.name not in {r.name for r in right.free_symbols}}
    if extra:
        return f"The answer does not depend on {symbol_names(extra)}."
    if expression_miss(right, -got, tolerance) == 0:
        return "The sign is the opposite one."
    if {s.name for s in right.free_symbols} - {s.name for s in got.free_symbols}:
        return "The answer depends on more than that."
    return "The expression is not equal to the right one."


def _agree(right: Any, got: Any, tolerance: float) -> bool:
    import sympy

    tried = 0
    for values in _points(right.free_symbols | got.free_symbols):
        want, have = (e.xreplace({s: values[s.name] for s in e.free_symbols}).evalf(25) for e in (right, got))
        if not (want.is_number and want.is_finite):
            continue
        tried += 1
        gap = abs(complex(want) - complex(have)) if have.is_number and have.is_finite else float("inf")
        if gap > tolerance * (abs(complex(want)) or 1.0):
            return False
    return True if tried > 1 else bool(sympy.simplify(right - got) == 0)


def _points(symbols: set[Any], count: int = 6) -> Iterator[dict[str, Any]]:
    """Values for the symbols by name, within the assumptions of the strictest symbol of that name."""
    import sympy

    for number in range(count):
        draw = random.Random(number)
        values: dict[str, Any] = {}
        for symbol in sorted(symbols, key=lambda s: (s.name, -len(s.assumptions0))):
            size = draw.randint(2, 9) * (1 if symbol.is_integer else sympy.Rational(draw.randint(3, 11), 7))
            minus = symbol.is_negative or (symbol.is_nonnegative is None and number % 2)
            values.setdefault(symbol.name, -size if minus else size)
        yield values


def _entries(value: Any) -> list[Any]:
    return list(value) if hasattr(value, "shape") else [value]


def _alike(right: Any, got: Any) -> bool:
    """One shape; a row or a column stands for a vector, and a matrix with one entry for the entry."""
    shapes = [tuple(getattr(value, "shape", ())) for value in (right, got)]
    return shapes[0] == shapes[1] or (
        len(_entries(right)) == len(_entries(got)) and all(sum(n != 1 for n in shape) < 2 for shape in shapes)
    )


def _form(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return f"A {shape[0]} × {shape[1]} matrix" if shape else "A single expression"
