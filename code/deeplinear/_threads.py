"""How many threads a piece of work gets: measured, and measured again, because other work on a machine comes and goes.

Two threads that wait for each other are slower than one as soon as another process holds one of their cores.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

__all__ = ["Crew", "blas_crew", "blas_threads", "libraries", "one_blas_thread", "use_blas_threads"]

_TRIAL = 0.01  # seconds that a number of threads is tried for, and at least three calls
_PERIOD = 0.6  # seconds until the other numbers are tried again


class Crew:
    """Chooses among numbers of threads by the time that a unit of work takes.

    Examples
    --------
    >>> from deeplinear._threads import Crew
    >>> clock = iter(range(1000))
    >>> crew = Crew((1, 2), now=lambda: next(clock) / 1000)
    >>> for _ in range(40):                   # two threads take longer than one
    ...     threads = crew.threads
    ...     crew.took(0.004 * threads, work=1.0)
    >>> crew.threads
    1
    """

    def __init__(self, choices: tuple[int, ...], now: Callable[[], float] = time.perf_counter) -> None:
        self.choices, self.now = choices, now
        self.threads = choices[0]  # the one that no other work can spoil
        self.costs: dict[int, float] = {}
        self.untried = list(choices)
        self.spent = self.done = 0.0
        self.calls = 0
        self.again = 0.0

    def took(self, seconds: float, work: float) -> None:
        """Tell what a call with the present number of threads took."""
        if len(self.choices) == 1:
            return
        self.spent, self.done, self.calls = self.spent + seconds, self.done + work, self.calls + 1
        if self.untried:
            hopeless = self.costs and self.spent > 3 * self.done * min(self.costs.values())
            if self.spent >= _TRIAL and (self.calls >= 3 or hopeless):
                self.costs[self.threads] = self.spent / self.done
                self.untried.remove(self.threads)
                self._go_to(self.untried[-1] if self.untried else min(self.costs, key=self.costs.__getitem__))
                self.again = self.now() + _PERIOD
        elif self.now() > self.again:
            self.costs[self.threads] = self.spent / self.done
            self.untried = [choice for choice in self.choices if choice != self.threads]
            self._go_to(self.untried[-1])

    def _go_to(self, threads: int) -> None:
        self.threads, self.spent, self.done, self.calls = threads, 0.0, 0.0, 0


@contextlib.contextmanager
def blas_crew() -> Iterator[Callable[[], contextlib.AbstractContextManager[None]]]:
    """Yields a context for each of many alike pieces of work, in which matrix products have the threads that pay.

    Examples
    --------
    >>> import numpy as np
    >>> from deeplinear._threads import blas_crew
    >>> with blas_crew() as turn:
    ...     for _ in range(3):
    ...         with turn():
    ...             _ = np.eye(3) @ np.eye(3)
    """
    before = [library.num_threads for library in libraries()]
    crew = Crew(tuple(sorted({1, blas_threads()})))

    @contextlib.contextmanager
    def turn() -> Iterator[None]:
        use_blas_threads(crew.threads)
        begin = time.perf_counter()
        yield
        crew.took(time.perf_counter() - begin, 1.0)

    try:
        yield turn
    finally:
        for library, number in zip(libraries(), before, strict=False):
            library.set_num_threads(number)


def blas_threads() -> int:
    """How many threads a matrix product may have now."""
    return max((library.num_threads for library in libraries()), default=1)


def use_blas_threads(number: int) -> None:
    """Let matrix products use `number` threads."""
    for library in libraries():
        library.set_num_threads(number)


@cache
def libraries() -> list[Any]:
    """What makes matrix products, where threadpoolctl is installed to steer it."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return []
    import scipy.linalg  # noqa: F401  (it brings a library of its own)

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Matrix products inside have one thread, where that can be said."""
    before = [library.num_threads for library in libraries()]
    use_blas_threads(1)
    try:
        yield
    finally:
        for library, number in zip(libraries(), before, strict=True):
            library.set_num_threads(number)
