"""A problem that is handed in is looked at once: is it one, and does it give a stack of weights what each would get?"""

from __future__ import annotations

from typing import Any

import numpy as np

from deeplinear._settings import is_ours
from deeplinear.problems import Problem

__all__ = ["checked_problem"]


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
    if is_ours(type(problem)):
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
