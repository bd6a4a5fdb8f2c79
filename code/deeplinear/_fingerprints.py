"""One digest of everything that a result depends on: settings, data,
and the code of classes that are not this package's.

Two things of equal fingerprint give the same runs, so what has been computed for one may stand for the other. Something
that does not say what it holds has no fingerprint, and is refused rather than taken for its neighbour. What code reads
is followed wherever it leads, into other modules of the reader's too; a library's functions and classes are known by
their names.
"""

from __future__ import annotations

import copyreg
import hashlib
import threading
from collections.abc import Iterator, Mapping
from functools import cached_property
from numbers import Number
from types import (
    BuiltinFunctionType,
    CellType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    ModuleType,
)
from typing import Any

import numpy as np

from deeplinear._code import (
    attribute_names,
    code_parts,
    global_names,
    imported_modules,
    is_library,
    library_name,
)

__all__ = ["fingerprint", "of_object"]

#: In a class, where its instances keep something, and nothing of its own.
_PLACES = (GetSetDescriptorType, MemberDescriptorType)
_EMPTY = CellType()
_LOCAL = threading.local()


def fingerprint(*things: Any) -> str:
    """A hexadecimal digest of `things`: numbers, text, arrays, containers, and objects by their attributes.

    An object with a method ``fingerprint()`` states its own.

    Raises
    ------
    TypeError
        If something holds what cannot be read, an open file for example; the message says where it is.

    Examples
    --------
    >>> import numpy as np
    >>> fingerprint(1, np.ones(2)) == fingerprint(1, np.ones(2)), fingerprint(1.0) == fingerprint(1)
    (True, False)
    """
    return _digest(_parts(things, "the arguments"))


def of_object(thing: object) -> str:
    """The fingerprint of an object by its class and attributes, whether or not it states one itself."""
    return _digest(_object(thing, type(thing).__qualname__))


def _digest(parts: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    outer, _LOCAL.met = getattr(_LOCAL, "met", None), {}
    try:
        for part in parts:
            digest.update(len(part).to_bytes(8, "little"))
            digest.update(part)
    finally:
        _LOCAL.met = outer
    return digest.hexdigest()


def _once(thing: object, parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts of code the first time that a digest meets it, its number from then on: functions call each other."""
    met: dict[int, tuple[int, object]] = _LOCAL.met  # the thing as well, so that no other takes its id meanwhile
    if id(thing) in met:
        yield f"again {met[id(thing)][0]}".encode()
        return
    met[id(thing)] = (len(met), thing)
    yield from parts


def _unless_under_way(thing: object, parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts of what does not, at length, hold itself."""
    under_way: list[int] = vars(_LOCAL).setdefault("under_way", [])
    if id(thing) in under_way:
        yield f"under way {len(under_way) - under_way.index(id(thing))}".encode()
        return
    under_way.append(id(thing))
    try:
        yield from parts
    finally:
        under_way.pop()


def _parts(thing: Any, place: str) -> Iterator[bytes]:
    if thing is None or isinstance(thing, (bool, str, bytes, Number, np.generic, np.dtype)):
        yield f"{type(thing).__name__} {thing!r}".encode()
    elif type(thing) is np.ndarray:
        yield f"array {thing.dtype.str if thing.dtype.names is None else thing.dtype.descr} {thing.shape}".encode()
        if thing.dtype.hasobject:
            yield from _parts(thing.tolist(), place)
        else:
            yield np.ascontiguousarray(thing).tobytes()
    elif isinstance(thing, np.ndarray):  # with a mask, for example
        yield from _object(thing, place)
    elif isinstance(thing, (Mapping, set, frozenset, list, tuple, range)):
        if not is_library(type(thing).__module__):  # it may hold more than its items
            yield from _class(type(thing), place)
            yield from _state(object.__getstate__(thing), place, _worked_out(type(thing)))
        yield from _items(thing, place)
    elif isinstance(thing, FunctionType):
        yield from _function(thing, place)
    elif isinstance(thing, type):
        yield from _class(thing, place)
    elif isinstance(thing, ModuleType):
        yield f"module {thing.__name__}".encode()
    elif isinstance(thing, BuiltinFunctionType) and isinstance(thing.__self__, (ModuleType, type(None))):
        yield f"built-in {thing.__module__}.{thing.__qualname__}".encode()
    elif is_library(type(thing).__module__) and isinstance(inside := getattr(thing, "__wrapped__", None), FunctionType):
        yield f"wrapped by {type(thing).__qualname__}".encode()  # cached or compiled: its own pickle is but a name
        yield from _function(inside, place)
    elif callable(stated := getattr(thing, "fingerprint", None)):
        yield f"stated {stated()}".encode()
    else:
        yield from _object(thing, place)


def _items(thing: Any, place: str) -> Iterator[bytes]:
    if isinstance(thing, Mapping):
        yield f"mapping {len(thing)}".encode()
        for key, value in thing.items():
            yield from _parts(key, place)
            yield from _parts(value, f"{place}[{key!r}]")
    elif isinstance(thing, (set, frozenset)):
        yield f"set {len(thing)}".encode()
        yield from sorted(fingerprint(item).encode() for item in thing)
    else:
        yield f"sequence {len(thing)}".encode()
        for number, item in enumerate(thing):
            yield from _parts(item, f"{place}[{number}]")


def _object(thing: Any, place: str) -> Iterator[bytes]:
    """What a copy would be made from. Not ``vars``: a partial function, for one, keeps its arguments elsewhere."""
    yield from _unless_under_way(thing, _held(thing, place))


def _held(thing: Any, place: str) -> Iterator[bytes]:
    try:
        reduced = copyreg.dispatch_table.get(type(thing))
        made = thing.__reduce_ex__(2) if reduced is None else reduced(thing)
    except Exception as error:
        raise TypeError(
            f"{place} is a {type(thing).__qualname__}, which does not say what it holds: give it a method "
            "fingerprint() that returns a text, different for different contents"
        ) from error
    kind = type(thing)
    yield from _class(kind, place)
    kept = _worked_out(kind)
    if _pickles_its_own_way(kind):  # and perhaps leaves out what counts
        yield from _state(object.__getstate__(thing), place, kept)
    if isinstance(made, str):  # something that is known by its name
        yield made.encode()
        return
    maker, arguments, *state = made
    if maker is not copyreg.__newobj__:  # type: ignore[attr-defined]
        yield from _parts((maker, arguments), f"what {place} is made of")
    for number, part in enumerate(state):
        if isinstance(part, dict):
            yield f"state {number}".encode()
        yield from _state(part, place, kept)


def _state(state: Any, place: str, kept: set[str]) -> Iterator[bytes]:
    if isinstance(state, dict):
        for name, value in sorted((name, value) for name, value in state.items() if name not in kept):
            yield name.encode()
            yield from _parts(value, f"{place}.{name}")
    else:
        yield from _parts(list(state) if isinstance(state, Iterator) else state, place)


def _worked_out(kind: type) -> set[str]:
    """Its cached properties: what they hold follows from the rest."""
    return {name for base in kind.__mro__ for name, value in vars(base).items() if isinstance(value, cached_property)}


def _pickles_its_own_way(kind: type) -> bool:
    own = (vars(base) for base in kind.__mro__ if not is_library(base.__module__))
    return kind in copyreg.dispatch_table or any(
        {"__getstate__", "__reduce__", "__reduce_ex__"} & held.keys() for held in own
    )


def _class(kind: type, place: str) -> Iterator[bytes]:
    """Its name, and the code of every class between it and the libraries: another body is another class."""
    yield f"class {kind.__module__}.{kind.__qualname__}".encode()
    for base in kind.__mro__:
        if not is_library(base.__module__):
            yield from _once(base, _body(base, place))


def _body(kind: type, place: str) -> Iterator[bytes]:
    for name, value in sorted(vars(kind).items()):
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        elif isinstance(value, property):
            value = value.fget
        elif isinstance(value, cached_property):
            value = value.func
        if isinstance(value, FunctionType):
            yield name.encode()
            yield from _function(value, f"{place}.{name}")
        elif not (name.startswith("__") or name == "_abc_impl" or isinstance(value, _PLACES)):
            yield name.encode()
            yield from _parts(value, f"{place}.{name}")


def _function(function: FunctionType, place: str) -> Iterator[bytes]:
    """Its code, and all that the code reads: defaults, what it has taken along, and what its module holds."""
    if (name := library_name(function)) is not None:
        yield f"function {name}".encode()
    else:
        yield from _once(function, _code_and_readings(function, place))


def _code_and_readings(function: FunctionType, place: str) -> Iterator[bytes]:
    code = function.__code__
    yield from code_parts(code)
    yield from _parts(function.__defaults__, f"the defaults of {place}")
    yield from _parts(function.__kwdefaults__, f"the defaults of {place}")
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        if name != "__class__" and cell != _EMPTY:
            yield name.encode()
            yield from _read(cell.cell_contents, f"{name}, which {place} has taken along,", function)
    if is_library(function.__globals__.get("__name__")):
        return
    for name in sorted(global_names(code) & function.__globals__.keys()):
        yield name.encode()
        yield from _read(function.__globals__[name], f"{name}, which {place} reads,", function)
    for module in imported_modules(function):
        yield from _read(module, f"{module.__name__}, which {place} imports,", function)


def _read(value: Any, place: str, function: FunctionType) -> Iterator[bytes]:
    """What code reads; of a module of the reader's, what the code may take from there."""
    yield from _parts(value, place)
    if isinstance(value, ModuleType) and not is_library(value.__name__):
        taken = sorted(attribute_names(function.__code__) & vars(value).keys())
        yield from _unless_under_way(value, _taken(value, taken, function))


def _taken(module: ModuleType, names: list[str], function: FunctionType) -> Iterator[bytes]:
    for name in names:
        if not name.startswith("__"):
            yield name.encode()
            yield from _read(vars(module)[name], f"{module.__name__}.{name}", function)
