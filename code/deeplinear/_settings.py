"""Whether an object's settings are all seen when it is compared: runs of equal objects advance as one."""

from __future__ import annotations

import dataclasses
import inspect
from functools import cached_property
from types import FunctionType
from typing import Any

__all__ = ["incomparable", "is_ours", "unseen"]


def is_ours(kind: type) -> bool:
    """Whether a class is this package's, and not the reader's."""
    return kind.__module__.split(".")[0] == "deeplinear"


def unseen(value: object) -> list[str]:
    """The attributes in which `value` may differ from another of its class that is equal to it.

    A subclass inherits the comparison of its parent, which knows of the parent's settings alone. What a dataclass works
    out of its fields is no setting, nor is a field that says ``compare=False``.
    """
    kind = type(value)
    compares = _states(kind, "__eq__")
    if compares is object or is_ours(kind):
        return []
    if _compares_fields(compares):
        fields = vars(compares)["__dataclass_fields__"].items()
        seen = {name for name, field in fields if not _is_passed_on(field)}
        if set(list(inspect.signature(_states(kind, "__init__").__init__).parameters)[1:]) <= seen:  # type: ignore[misc]
            return []  # it is made of what is compared
    else:
        own = {name for base in kind.__mro__[: kind.__mro__.index(compares)] for name in vars(base)}
        if compares is kind or _reads(vars(compares)["__eq__"]) & own:
            return []  # it has its say in the comparison
        seen = {name for method in vars(compares).values() for name in _reads(method)}
    kept = {name for base in kind.__mro__ for name, held in vars(base).items() if isinstance(held, cached_property)}
    return sorted(_attributes(value) - seen - kept)


def incomparable(value: object, name: str) -> None:
    """Refuse a dataclass that compares what has no one answer to ``==``, an array, or has no hash for what may change.

    Raises
    ------
    TypeError
        With the field, and what to write.
    """
    kind = _states(type(value), "__eq__")
    if kind is object or not _compares_fields(kind) or "__hash__" not in vars(kind) or vars(kind)["__hash__"] is None:
        return
    hashed = _has_hash(value)  # by a method of its own, or by other fields
    for field in dataclasses.fields(kind):
        held = getattr(value, field.name, None)
        if field.compare and not _has_hash(held) and (not hashed or _holds_arrays(held)):
            what = "an array" if hasattr(held, "shape") else f"a {type(held).__name__}, which can change"
            raise TypeError(
                f"{name} is a {type(value).__name__} whose {field.name} is {what}: make it a tuple of numbers, or "
                f"write @dataclass(frozen=True, eq=False) above {kind.__name__}; then no two of them are equal"
            )


def _holds_arrays(value: Any) -> bool:
    return hasattr(value, "shape") or (isinstance(value, (tuple, list)) and any(map(_holds_arrays, value)))


def _has_hash(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _states(kind: type, method: str) -> type:
    """The class whose `method` is called."""
    return next(base for base in kind.__mro__ if method in vars(base))


def _compares_fields(kind: type) -> bool:
    """Whether its comparison is the one that a dataclass writes."""
    method = vars(kind)["__eq__"]
    return (
        "__dataclass_fields__" in vars(kind)
        and getattr(method, "__code__", None) is not None
        and (method.__code__.co_filename == "<string>" and method.__code__.co_varnames[:2] == ("self", "other"))
    )


def _is_passed_on(field: dataclasses.Field[Any]) -> bool:
    """An ``InitVar``: handed to ``__post_init__``, and compared by nobody."""
    return getattr(getattr(field, "_field_type", None), "name", "") == "_FIELD_INITVAR"


def _reads(method: Any) -> set[str]:
    function = getattr(method, "fget", method)
    return set(function.__code__.co_names) if isinstance(function, FunctionType) else set()


def _attributes(value: object) -> set[str]:
    state: Any = object.__getstate__(value)
    parts = state if isinstance(state, tuple) else (state,)
    return {name for part in parts if part for name in part}
