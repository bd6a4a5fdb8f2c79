"""For Sphinx: `index.html`, the address of the book itself, which leads on to its first page.

What is written otherwise is a bare instruction to the browser: no language, no title, and no link for whom it does not obey.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

__all__ = ["setup"]

_PAGE = """<!DOCTYPE html>
<html lang="{language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="refresh" content="0; url={first}">
    <link rel="canonical" href="{first}">
    <title>{title}</title>
  </head>
  <body>
    <main>
      <h1>{title}</h1>
      <p><a href="{first}">To the first page</a></p>
    </main>
  </body>
</html>
"""


def write_front_door(app: Any, exception: Exception | None) -> None:
    """Write the page, unless the build failed, is not HTML, or has an index of its own."""
    first = app.config.root_doc
    if exception or app.builder.format != "html" or first == "index":
        return
    page = _PAGE.format(
        language=app.config.language or "en", title=escape(app.config.html_title or app.config.project), first=f"{first}.html"
    )
    (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("build-finished", write_front_door, priority=900)  # after those that write an index only where there is none
    return {"parallel_read_safe": True, "parallel_write_safe": True}
