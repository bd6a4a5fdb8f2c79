"""Where the browser is that times the figures, prints the book and tests the pages."""

from __future__ import annotations

import shutil

__all__ = ["executable"]


def executable() -> str | None:
    """The path of Chromium or Chrome, None if this machine has neither."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
