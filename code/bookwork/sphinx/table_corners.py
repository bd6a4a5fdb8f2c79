"""For Sphinx: the corners of tables.

The empty corner of a table, above its row labels, is a plain cell: a header that says nothing heads nothing.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["setup"]

_CORNER = re.compile(r'<th class="([^"]*)">\s*(?:<p>\s*</p>\s*)?</th>')


def empty_the_corners(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """In the body of a page, exchange header cells without content."""
    if "body" in context:
        context["body"] = _CORNER.sub(r'<td class="\1"></td>', context["body"])


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("html-page-context", empty_the_corners)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
