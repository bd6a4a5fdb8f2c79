"""The still picture of an interactive figure, written as SVG: panels with axes, lines and words, in the page's colours.

No drawing library is needed, so a poster costs a display a millisecond. Sizes are pixels of a picture 720 wide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

__all__ = ["Axis", "Panel", "picture"]

# The palette of the book; a page's style sheet may lighten it for the dark theme.
_COLORS = {1: "#0072b2", 2: "#d55e00", 3: "#009e73", 4: "#cc79a7", 5: "#8f7700"}


@dataclass(frozen=True)
class Axis:
    """A stretch of data, from `low` to `high`, with ``(value, text)`` ticks; `log` counts from 10^low,
    `steps` in 1 + t.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    label: str
    kind: str = "linear"

    def position(self, value: float) -> float:
        """Where `value` falls between 0 and 1, limited to a little beyond the panel."""
        low, high, at = (self._bend(number) for number in (self.low, self.high, value))
        return min(max((at - low) / (high - low), -0.3), 1.3)

    def _bend(self, value: float) -> float:
        if self.kind == "log":
            return math.log10(max(value, 1e-300)) if value < math.inf else 300.0
        return math.log10(1 + value) if self.kind == "steps" else value


@dataclass
class Panel:
    """Axes at `left` in the picture, and what is drawn on them."""

    left: float
    width: float
    x: Axis
    y: Axis
    top: float = 14
    height: float = 250
    _inside: list[str] = field(default_factory=list)
    _above: list[str] = field(default_factory=list)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Data to pixels."""
        return self.left + self.x.position(x) * self.width, self.top + (1 - self.y.position(y)) * self.height

    def line(
        self, xs: Iterable[float], ys: Iterable[float], color: int | None, style: str, close: bool = False
    ) -> None:
        """A line through the points; colour None is the text's."""
        places: list[tuple[float, float]] = []
        for place in (self.point(x, y) for x, y in zip(xs, ys, strict=True)):
            if not places or math.dist(place, places[-1]) >= 2:  # what is nearer would not be seen
                places.append(place)
        end = "Z" if close else ""
        self._inside.append(
            f'<path d="M{"L".join(f"{px:.0f} {py:.0f}" for px, py in places)}{end}" stroke="{_ink(color)}" {style}/>'
        )

    def ellipse(self, a: float, b: float, color: int | None, style: str) -> None:
        """An ellipse about the origin with half axes `a` and `b`."""
        (cx, cy), (right, top) = self.point(0, 0), self.point(a, b)
        shape = f'cx="{cx:.1f}" cy="{cy:.1f}" rx="{right - cx:.1f}" ry="{cy - top:.1f}"'
        self._inside.append(f'<ellipse {shape} stroke="{_ink(color)}" {style}/>')

    def dot(self, x: float, y: float, color: int | None, radius: float = 4) -> None:
        """A filled circle."""
        px, py = self.point(x, y)
        self._above.append(f'<circle cx="{px:.0f}" cy="{py:.1f}" r="{radius:g}" fill="{_ink(color)}"/>')

    def text(
        self,
        x: float,
        y: float,
        content: str,
        color: int | None = None,
        dx: float = 0,
        dy: float = 0,
        anchor: str = "start",
    ) -> None:
        """Words at a point of the data, moved by `dx`, `dy` pixels."""
        px, py = self.point(x, y)
        weight = "" if color is None else ' font-weight="650"'
        self._above.append(_text(px + dx, py + dy, content, anchor, f'fill="{_ink(color)}"{weight}'))

    def svg(self, number: int) -> str:
        """The elements of the panel."""
        floor, right = self.top + self.height, self.left + self.width
        clip = f"dlx-poster-{number}"
        parts = [
            f'<path d="M{self.left:g} {self.top:g}V{floor:g}H{right:g}" fill="none" stroke="currentColor" '
            'opacity=".4"/>'
        ]
        for value, label in self.x.ticks:
            px, _ = self.point(value, self.y.low)
            parts.append(f'<path d="M{px:.0f} {self.top:g}V{floor:g}" stroke="currentColor" opacity=".12"/>')
            parts.append(_text(px, floor + 16, label, "middle"))
        for value, label in self.y.ticks:
            _, py = self.point(self.x.low, value)
            parts.append(f'<path d="M{self.left:g} {py:.1f}H{right:g}" stroke="currentColor" opacity=".12"/>')
            parts.append(_text(self.left - 7, py + 4, label, "end"))
        middle = self.top + self.height / 2
        parts.append(_text(self.left + self.width / 2, floor + 36, self.x.label, "middle"))
        turn = f'transform="rotate(-90 {self.left - 42:g} {middle:g})"'
        parts.append(_text(self.left - 42, middle, self.y.label, "middle", turn))
        box = f'<rect x="{self.left:g}" y="{self.top:g}" width="{self.width:g}" height="{self.height:g}"/>'
        parts.append(f'<clipPath id="{clip}">{box}</clipPath><g clip-path="url(#{clip})" fill="none">')
        return "".join([*parts, *self._inside, "</g>", *self._above])


def picture(panels: Sequence[Panel], standalone: bool) -> str:
    """The panels side by side as one SVG element, on white with dark ink if it stands alone."""
    body = "".join(panel.svg(number) for number, panel in enumerate(panels))
    if standalone:
        size, ground = ' width="720" height="310" color="#24292f"', '<rect width="720" height="310" fill="#fff"/>'
        for number, color in _COLORS.items():
            body = body.replace(_ink(number), color)
    else:
        size, ground = ' aria-hidden="true"', ""
    style = 'font-family="system-ui,sans-serif" font-size="12" fill="currentColor"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 310"{size} {style}>{ground}{body}</svg>'


def _ink(color: int | None) -> str:
    return "currentColor" if color is None else f"var(--dl-color-{color},{_COLORS[color]})"


def _text(x: float, y: float, content: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {more}>{escape(content)}</text>'
