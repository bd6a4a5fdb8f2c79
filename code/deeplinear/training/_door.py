"""What is handed in is looked at once, where it comes in: an error there says what was given and what is wanted."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from deeplinear._settings import incomparable, unseen
from deeplinear.problems import Problem

__all__ = ["checked", "checked_file", "checked_problem", "listed", "offered"]

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
    TypeError
        If it is neither.
    """
    if file is None:
        return None
    if not isinstance(file, (str, os.PathLike)):
        raise TypeError(f"{name} is {file!r}, it must be the path of a file, such as 'runs' or Path('runs')")
    return Path(file)


def checked_problem(problem: Any) -> Problem:
    """`problem` if it is one, and gives a stack of weights a stack of gradients.

    Raises
    ------
    TypeError
        If it is no :class:`deeplinear.problems.Problem`, or a class of these.
    ValueError
        If a problem of one's own does not take a stack of weights.
    """
    if isinstance(problem, type) and issubclass(problem, Problem):
        raise TypeError(f"problem is the class {problem.__name__}: give it its data, {problem.__name__}(…)")
    if not isinstance(problem, Problem):
        raise TypeError(
            f"problem is {problem!r}, it must be a problem such as dl.LpRegression(inputs, targets); "
            "one of your own inherits from dl.problems.Problem"
        )
    if type(problem).__module__.split(".")[0] == "deeplinear":
        return problem
    name, shape = type(problem).__name__, tuple(problem.shape)
    if len(shape) not in (1, 2):
        raise ValueError(f"{name}.shape is {shape}, it must be (d,) or (k, d)")
    two = 0.1 * np.random.default_rng(0).standard_normal((2, *shape))
    try:
        slopes, losses = np.asarray(problem.gradient(two)), np.asarray(problem.loss(two))
        alone = [np.asarray(problem.gradient(one)) for one in two]
    except Exception as error:
        raise ValueError(
            f"{name} fails on a stack of weights of shape {two.shape}, which every problem must take: {error!r}"
        ) from error
    if slopes.shape != two.shape or losses.shape != (2,):
        raise ValueError(
            f"{name} gives weights of shape {two.shape} gradients of shape {slopes.shape} and losses of shape "
            f"{losses.shape}: a stack of weights must give {two.shape} and (2,)"
        )
    if not np.allclose(slopes, alone, rtol=1e-6, atol=1e-12, equal_nan=True):
        raise ValueError(f"{name}.gradient gives a stack of weights other gradients than each of them alone")
    return problem
