"""Run code that others wrote: in silence, and not for ever."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

__all__ = ["SECONDS", "WAITING", "TooLong", "patience"]

SECONDS = 60.0  # of computing, which no exercise needs
WAITING = 300.0  # by the clock on the wall, for code that sleeps, or waits for what does not come


class TooLong(BaseException):
    """Raised in code whose time is over; no `except Exception` there catches it."""


@contextmanager
def patience() -> Iterator[None]:
    """Print nothing, warn of nothing, and raise `TooLong` after `SECONDS` of computing, or `WAITING` in all.

    The first time is that of the processor, so a busy machine changes no verdict. Both are measured where the system
    can interrupt Python: not on Windows, not outside the main thread, and not inside one long call into compiled code.
    There a reader interrupts the kernel.
    """
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        _alarm("ITIMER_VIRTUAL", "SIGVTALRM", SECONDS),
        _alarm("ITIMER_REAL", "SIGALRM", WAITING),
    ):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _alarm(clock: str, told: str, seconds: float) -> Iterator[None]:
    """Raise `TooLong` when `seconds` of this clock are over, where there is one that nobody else has set."""
    here = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not here or signal.getitimer(timer := getattr(signal, clock))[0]:
        yield
        return

    def ring(number: int, frame: FrameType | None) -> Any:
        raise TooLong

    number = getattr(signal, told)
    before = signal.signal(number, ring)
    signal.setitimer(timer, seconds, 1.0)  # and again, where a bare `except` swallows it
    try:
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(number, before)
