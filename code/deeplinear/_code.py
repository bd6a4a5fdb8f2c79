"""What a piece of code says and reads, and whose it is: the reader's own is followed, a library's is known by name."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["attribute_names", "code_parts", "global_names", "imported_modules", "is_library", "library_name"]


def is_library(module: str | None) -> bool:
    """Whether a module is Python's, this package's, or installed: nobody edits it between two runs."""
    top = (module or "").partition(".")[0]
    if top == "deeplinear" or top in sys.stdlib_module_names:
        return True
    found = sys.modules.get(top)
    places = [getattr(found, "__file__", None) or "", *map(str, getattr(found, "__path__", ()))]
    return any(folder in place for place in places for folder in ("site-packages", "dist-packages"))


def library_name(function: FunctionType) -> str | None:
    """The name that tells all of a library's function; None for the reader's own, and for one made with a closure.

    Its module is that of its globals: a decorator lends its own function the name of another one.
    """
    module = function.__globals__.get("__name__")
    if function.__closure__ or not is_library(module):
        return None
    return f"{module}.{function.__qualname__}"


def code_parts(code: CodeType) -> Iterator[bytes]:
    """Its instructions, names and constants, those of the functions inside it included."""
    yield code.co_code
    yield repr(code.co_names).encode()
    yield from _constants(code.co_consts)


def _constants(constants: Iterable[Any]) -> Iterator[bytes]:
    for constant in constants:
        if isinstance(constant, CodeType):
            yield from code_parts(constant)
        elif isinstance(constant, frozenset):  # its order is another one in every process
            yield repr(sorted(map(repr, constant))).encode()
        else:
            yield repr(constant).encode()


def global_names(code: CodeType) -> set[str]:
    """What it looks up in its module. An attribute of the same name is no reading of it."""
    return {
        str(instruction.argval)
        for one in _all(code)
        for instruction in dis.get_instructions(one)
        if instruction.opname == "LOAD_NAME" or ("LOAD" in instruction.opname and "GLOBAL" in instruction.opname)
    }


def attribute_names(code: CodeType) -> set[str]:
    """All names in it, of attributes too: what it may take from a module that it holds."""
    return {name for one in _all(code) for name in one.co_names}


def imported_modules(function: FunctionType) -> list[ModuleType]:
    """The modules that are imported inside it, as far as they are there yet."""
    package = str(function.__globals__.get("__package__") or "")
    asked = {
        str(instruction.argval)
        for one in _all(function.__code__)
        for instruction in dis.get_instructions(one)
        if instruction.opname == "IMPORT_NAME"
    }
    names = sorted(asked | {f"{package}.{name}".rstrip(".") for name in asked if package})
    return [sys.modules[name] for name in names if name in sys.modules]


def _all(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _all(inner)
