"""The real data or their stand-in: one rule for every data set."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Literal, TypeVar

from deeplinear.datasets._sources import DataError, StandInWarning, UnavailableError

__all__ = ["Source", "found"]

Source = Literal["auto", "real", "embedded"]
T = TypeVar("T")


def found(
    what: str, source: Source, real: Callable[[], T], stand_in: Callable[[], T] | None = None, alike: str = ""
) -> T:
    """The data of a loader, which calls this directly: a warning then points at the line that called the loader.

    Parameters
    ----------
    what : str
        The data set, for messages.
    source : "auto", "real" or "embedded"
    real, stand_in : callables
        They make the data; there may be no stand-in.
    alike : str
        In which way the stand-in is like the real data.

    Raises
    ------
    ValueError
        If `source` is none of the three, or "embedded" where there is no stand-in.
    DataError
        If data are there and wrong, or cannot be had and nothing stands in for them.
    """
    if source not in ("auto", "real", "embedded"):
        raise ValueError(f"source is {source!r}, it must be 'auto', 'real' or 'embedded'")
    if source == "embedded":
        if stand_in is None:
            raise ValueError(f"source is 'embedded', and {what} has no stand-in: ask for 'real'")
        return stand_in()
    try:
        return real()
    except UnavailableError as error:
        folder = os.environ.get("DEEPLINEAR_DATA")
        reason = f"{error}; {folder}, the folder of DEEPLINEAR_DATA, does not hold it whole" if folder else str(error)
    if source == "real" or stand_in is None:
        raise DataError(f"{what} cannot be had: {reason}")
    warnings.warn(f"using the embedded stand-in for {what}{alike}: {reason}", StandInWarning, stacklevel=3)
    return stand_in()
