"""What is handed in is looked at once, where it comes in: an error there says what was given and what is wanted."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from deeplinear._settings import incomparable, unseen

__all__ = ["checked", "checked_file", "listed", "offered"]

T = TypeVar("T")


def checked(value: T, kind: type, name: str, where: ModuleType) -> T:
    """`value` if it is a `kind` that can be compared and looked up.

    Raises
    ------
    TypeError
        Otherwise, with the names of those that the module `where` offers; or if it holds a setting that is not
        compared, or cannot be.
    """
    if not isinstance(value, kind):
        choices = ", ".join(f"{choice}(…)" for choice in offered(kind, where))
        if isinstance(value, type):
            said = f"the class {value.__name__}, write {value.__name__}(…)" if issubclass(value, kind) else f"{value!r}"
        else:
            said = f"{value!r}"
        own = f"one of your own inherits from {where.__name__}.{kind.__name__}"
        raise TypeError(f"{name} is {said}: it must be an object of {where.__name__}, {choices}; {own}")
    try:
        hash(value)
    except TypeError:
        incomparable(value, name)
        raise TypeError(
            f"{name} is a {type(value).__name__}, whose settings can change: write @dataclass(frozen=True) above the "
            "class"
        ) from None
    incomparable(value, name)  # its hash may pass over what its comparison does not
    if names := unseen(value):
        own = type(value).__name__
        raise TypeError(
            f"{name} is a {own} that holds {', '.join(names)}, in which it may differ from an equal {own}: "
            f"write @dataclass(frozen=True) above the class and `{names[0]}: …` in it, in place of its __init__; "
            "what follows from such settings is a cached_property"
        )
    return value


def offered(kind: type, where: ModuleType) -> list[str]:
    """The public classes of a module that are a `kind` and can be made."""
    found = ((name, getattr(where, name)) for name in where.__all__)
    return [
        name
        for name, value in found
        if isinstance(value, type) and issubclass(value, kind) and not inspect.isabstract(value)
    ]


def listed(runs: Any, kind: type[T]) -> list[T]:
    """`runs` as a list of this `kind`.

    Raises
    ------
    TypeError
        If it is one run by itself, or holds something else.
    """
    try:
        found = list(runs)
    except TypeError:
        raise TypeError(f"runs is {runs!r}: give a list of dl.Run(…), [run] for one run alone") from None
    if wrong := [run for run in found if not isinstance(run, kind)]:
        raise TypeError(f"runs holds {wrong[0]!r}: give a list of dl.Run(…)")
    return found


def checked_file(file: Any, name: str) -> Path | None:
    """`file`, a path or the text of one, as a path.

    Raises
    ------
    TypeError, ValueError
        If it is neither, or has no name.
    """
    if file is None:
        return None
    wanted = f"{name} is {file!r}, it must be the path of a file, such as 'runs' or Path('runs')"
    if not isinstance(file, (str, os.PathLike)):
        raise TypeError(wanted)
    if not Path(file).name:
        raise ValueError(wanted)
    return Path(file)
