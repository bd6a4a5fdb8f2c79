"""Single-point mistakes in a module's mathematics: signs, exponents, transposes, products, bounds.

>>> from bookwork.evidence.mutants import mutants
>>> for mutant in mutants("def f(A, x):\\n    return A.T @ x\\n", "toy"):
...     print(mutant.id)
toy.f [factor] A.T @ x → A.T
toy.f [factor] A.T @ x → x
toy.f [order] A.T @ x → x @ A.T
toy.f [transpose] A.T → A
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Mutant", "mutants"]

_SIGNS = {ast.Add: ast.Sub, ast.Sub: ast.Add}
_COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_NAMES = {"sum": "mean", "mean": "sum", "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum"}
# Arguments of these say what is allowed, not what is computed.
_CHECKS = {"whole_number", "real_above", "real_at_least", "finite_array", "broadcast_to"}


@dataclass(frozen=True)
class Mutant:
    """A module's source with one mistake in it, at `line` to `last`. The `id` has no lines, and outlives edits."""

    id: str
    line: int
    last: int
    source: str


def mutants(source: str, module: str) -> list[Mutant]:
    """Every mutant of `source`, in the order of its lines; `module` is the first part of their ids."""
    tree = ast.parse(source)
    found, seen = [], Counter[str]()
    for where, node in _places(tree.body, module):
        for operator, changed in _changes(node):
            name = f"{where} [{operator}] {_line(node)} → {_line(changed)}"
            seen[name] += 1
            number = f" #{seen[name]}" if seen[name] > 1 else ""
            first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
            found.append(Mutant(name + number, first, last, ast.unparse(_replaced(tree, node, changed))))
    return found


def _places(body: list[ast.stmt], where: str) -> Iterator[tuple[str, ast.AST]]:
    """The nodes that compute something, with the function that they are in."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _places(statement.body, f"{where}.{statement.name}")
        elif isinstance(statement, ast.FunctionDef):
            inside = f"{where}.{statement.name}"
            for default in (*statement.args.defaults, *(d for d in statement.args.kw_defaults if d is not None)):
                yield from ((inside, node) for node in _computing(default))
            for inner in statement.body:
                yield from ((inside, node) for node in _computing(inner))


def _computing(node: ast.AST) -> Iterator[ast.AST]:
    """`node` and what is in it, without annotations, texts, checks of arguments and errors."""
    if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert)):
        return
    if isinstance(node, ast.If) and all(isinstance(inner, ast.Raise) for inner in node.body):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CHECKS:
        return
    if isinstance(node, ast.AnnAssign):
        if node.value is not None:
            yield from _computing(node.value)
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _computing(child)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
            yield "sign", ast.BinOp(left, _SIGNS[type(op)](), right)
        case ast.BinOp(left, ast.Mult(), right):
            yield from (("factor", left), ("factor", right), ("quotient", ast.BinOp(left, ast.Div(), right)))
        case ast.BinOp(left, ast.Div(), right):
            yield from (("factor", left), ("quotient", ast.BinOp(left, ast.Mult(), right)))
        case ast.BinOp(left, ast.MatMult(), right):
            yield from (("factor", left), ("factor", right), ("order", ast.BinOp(right, ast.MatMult(), left)))
        case ast.BinOp(base, ast.Pow(), exponent):
            more = ast.BinOp(exponent, ast.Add(), ast.Constant(1))
            yield from (("exponent", base), ("exponent", ast.BinOp(base, ast.Pow(), more)))
        case ast.AugAssign(target, ast.Add() | ast.Sub() as op, value):
            yield "sign", ast.AugAssign(target, _SIGNS[type(op)](), value)
        case ast.AugAssign(target, ast.Mult(), value):
            yield "quotient", ast.AugAssign(target, ast.Div(), value)
        case ast.UnaryOp(ast.USub(), operand):
            yield "sign", operand
        case ast.UnaryOp(ast.Not(), operand):
            yield "condition", operand
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            yield from (("number", ast.Constant(value + 1)), ("number", ast.Constant(value - 1)))
        case ast.Compare(left, [op], [right]) if type(op) in _COMPARISONS:
            yield "comparison", ast.Compare(left, [_COMPARISONS[type(op)]()], [right])
        case ast.BoolOp(op, values):
            yield "condition", ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.IfExp(test, body, orelse):
            yield "condition", ast.IfExp(test, orelse, body)
        case ast.Attribute(value, "T" | "mT"):
            yield "transpose", value
        case ast.Call(ast.Attribute(ast.Name("np"), "swapaxes"), [array, *_]):
            yield "transpose", array
        case ast.Call(ast.Attribute(ast.Name("np"), "abs"), [array]):
            yield "sign", array
        case ast.Attribute(value, name, context) if name in _NAMES:
            yield "name", ast.Attribute(value, _NAMES[name], context)
        case ast.Name("min" | "max" as name, context):
            yield "name", ast.Name(_NAMES[name], context)


def _replaced(tree: ast.Module, node: ast.AST, changed: ast.AST) -> ast.Module:
    """A copy of `tree` with `changed` in the place of `node`."""

    class Swap(ast.NodeTransformer):
        def visit(self, visited: ast.AST) -> ast.AST:
            return copy.deepcopy(changed) if visited is node else self.generic_visit(_shallow(visited))

    whole = Swap().visit(tree)
    assert isinstance(whole, ast.Module)
    return ast.fix_missing_locations(whole)


def _shallow(node: ast.AST) -> ast.AST:
    """A copy that shares its children, so that the tree itself stays as it is."""
    fields = {name: list(value) if isinstance(value, list) else value for name, value in ast.iter_fields(node)}
    return ast.copy_location(type(node)(**fields), node)


def _line(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())
