"""Files that come with the package: inside it once it is installed, in ``data/`` of a source checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["CHECKOUT", "INSTALLED", "shipped"]

_PACKAGE = Path(__file__).resolve().parent
#: Where an installed package keeps them, and where a checkout does; one of the two is there.
INSTALLED, CHECKOUT = _PACKAGE / "_data", _PACKAGE.parents[1] / "data"


def shipped(name: str) -> Path:
    """The file of this name.

    Raises
    ------
    FileNotFoundError
        If it is in neither place.
    """
    for place in (INSTALLED / name, CHECKOUT / name):
        if place.exists():
            return place
    raise FileNotFoundError(f"{name} is missing from this installation of deeplinear (looked in {INSTALLED})")
