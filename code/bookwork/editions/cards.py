"""The picture that goes with a link to a page: 1200 by 630, with the page's title and its first figure.

The figure is the stored poster of the first live figure of a chapter, or else its first drawing, or
else the picture of the README. Everything is drawn by resvg, with the fonts that come with
Matplotlib: no browser, and the same on every machine.
"""

from __future__ import annotations

import base64
import json
import re
import textwrap
from functools import cache
from html import escape, unescape
from pathlib import Path

from bookwork.book import ROOT

__all__ = ["SIZE", "card", "figure"]

#: Width and height of a card in pixels, as the places that show links want them.
SIZE = (1200, 630)
_PICTURE = (1080, 410)  # of which the figure is at most
_INK, _GROUND, _ACCENT = "#1b1f24", "#ffffff", "#0072b2"
_DEFAULT = ROOT / "data" / "readme.png"
_DEFAULT_ALTERNATIVE = "Distance from the optimum against steps for depths 1, 2 and 3, on the ℓ2 and on the ℓ4 loss"


def card(title: str, book: str, picture: str) -> bytes:
    """A PNG with the `title` of a page, the name of the `book` and a `picture`, an SVG or an ``image``."""
    lines = textwrap.wrap(title, 40)[:2]
    words = "".join(
        f'<text x="60" y="{(96, 74)[len(lines) - 1] + 56 * number}" font-size="46" font-weight="bold" fill="{_INK}">'
        f"{escape(line)}</text>"
        for number, line in enumerate(lines)
    )
    width, height = SIZE
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="DejaVu Sans">'
        f'<rect width="{width}" height="{height}" fill="{_GROUND}"/><rect width="16" height="{height}" '
        f'fill="{_ACCENT}"/>'
        f"{words}{picture}"
        f'<text x="60" y="604" font-size="24" fill="{_ACCENT}">{escape(book)}</text></svg>'
    )
    from resvg_py import svg_to_bytes

    fonts = [str(path) for path in _fonts()]
    png: bytes = svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=fonts, sans_serif_family="DejaVu Sans")
    return bytes(png)


def figure(source: Path) -> tuple[str, str]:
    """The figure of the page written in `source`, as an element of a card, and what is seen on it."""
    shown = []
    if source.suffix == ".ipynb":
        notebook = json.loads(source.read_text(encoding="utf-8"))
        outputs = (output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", []))
        shown = [{mime: "".join(content) for mime, content in data.items()} for data in outputs]
    for data in shown:
        if "image/svg+xml" in data:
            return _poster(data["image/svg+xml"]), _alternative(data["text/html"])
    for data in shown:
        if "image/png" in data and "text/html" in data:
            return _image(base64.b64decode(data["image/png"])), _alternative(data["text/html"])
    return _image(_DEFAULT.read_bytes()), _DEFAULT_ALTERNATIVE


def _box() -> str:
    return f'x="{(SIZE[0] - _PICTURE[0]) / 2:g}" y="160" width="{_PICTURE[0]}" height="{_PICTURE[1]}"'


def _poster(svg: str) -> str:
    return svg.replace(' width="720" height="310"', f" {_box()}", 1).replace("system-ui,sans-serif", "DejaVu Sans", 1)


def _image(png: bytes) -> str:
    return f'<image {_box()} href="data:image/png;base64,{base64.b64encode(png).decode()}"/>'


@cache
def _fonts() -> tuple[Path, ...]:
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return folder / "DejaVuSans.ttf", folder / "DejaVuSans-Bold.ttf"


def _alternative(html: str) -> str:
    found = re.search(r'role="img" aria-label="([^"]*)"', html)
    return unescape(found[1]) if found else ""
