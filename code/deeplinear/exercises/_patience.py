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

__all__ = ["SECONDS", "TooLong", "patience"]

SECONDS = 60.0  # of computing, which no exercise needs


class TooLong(BaseException):
    """Raised in code whose time is over; no `except Exception` there catches it."""


@contextmanager
def patience() -> Iterator[None]:
    """Print nothing, warn of nothing, and raise `TooLong` after `SECONDS` of computing.

    The time is that of the processor, so a slow or busy machine changes no verdict. It is measured where the system
    can interrupt Python: not on Windows, not outside the main thread, and not inside one long call into compiled code.
    There a reader interrupts the kernel.
    """
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        _alarm(),
    ):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _alarm() -> Iterator[None]:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> Any:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, 1.0)  # and again, where a bare `except` swallows it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
