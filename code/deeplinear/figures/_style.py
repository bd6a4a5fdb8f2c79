"""The style, the palette, direct labels, and a figure as what a notebook shows."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["colors", "label_line", "label_lines", "plot", "show"]

#: Okabe & Ito's colours in an order that keeps neighbours apart for colour-blind readers and on both themes.
colors = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8f7700", "#56b4e9", "#7f7f7f")

# The ink: a grey that no curve uses, replaced by `currentColor` in the SVG.
_INK = "#5a5b5c"

_STYLE: dict[str, Any] = {
    "axes.edgecolor": _INK,
    "axes.grid": True,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "figure.dpi": 96,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 10,
    "grid.alpha": 0.18,
    "grid.color": _INK,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "path.simplify_threshold": 0.3,
    "savefig.facecolor": "none",
    "svg.fonttype": "path",
    "svg.hashsalt": "deeplinear",
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


@contextlib.contextmanager
def plot(
    rows: int = 1, columns: int = 1, *, size: tuple[float, float] | None = None, **subplots: Any
) -> Iterator[tuple[Figure, Any]]:
    """Open a figure in the book's style, as ``with dl.figures.plot() as (figure, axes): …``.

    Parameters
    ----------
    rows, columns : int
        The grid of axes; `axes` is one Axes or an array of them, as from ``plt.subplots``.
    size : (width, height) in inches, optional
        By default 7 × 3.2 for one row, and 2.9 more for every further row.
    **subplots
        Passed to ``plt.subplots``, e.g. ``sharey=True``.

    Raises
    ------
    ImportError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import deeplinear as dl
    >>> with dl.figures.plot() as (figure, axes):
    ...     _ = axes.plot([1, 2], [1, 4])
    >>> figure.get_size_inches().tolist()
    [7.0, 3.2]
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise ImportError("figures are drawn with Matplotlib: pip install 'deeplinear[plot]'") from None
    from cycler import cycler
    from matplotlib.figure import Figure

    with mpl.rc_context({**_STYLE, "axes.prop_cycle": cycler(color=colors)}):
        # A Figure of its own, not pyplot's: no global state, no window, nothing shown twice.
        figure = Figure(figsize=size or (7.0, 3.2 + 2.9 * (rows - 1)))
        yield figure, figure.subplots(rows, columns, **subplots)


def label_line(axes: Axes, x: float, y: float, text: str, color: str, **style: Any) -> None:
    """Write `text` at data position (`x`, `y`) in the colour of its line: a direct label instead of a legend.

    Examples
    --------
    >>> import deeplinear as dl
    >>> with dl.figures.plot() as (figure, axes):
    ...     dl.figures.label_line(axes, 1.0, 2.0, "depth 2", dl.figures.colors[1])
    """
    placement: dict[str, Any] = {"xytext": (5, 0), "textcoords": "offset points", "va": "center", "clip_on": False}
    axes.annotate(text, (x, y), color=color, **{**placement, **style})


def label_lines(
    axes: Axes,
    labels: Sequence[tuple[float, float, str, str]],
    *,
    away: tuple[float, float] = (6, 0),
    fontsize: float = 9,
) -> None:
    """Label several lines at once, as :func:`label_line` does, moving labels up and down so that none lies on another.

    Parameters
    ----------
    axes : Axes
        With everything drawn, and its limits and scales set.
    labels : list of (x, y, text, color)
        Where each line ends, in data coordinates.
    away : (points, points)
        From the end of a line to its label, to the right and up.
    fontsize : float
        Labels are kept 1.25 times this many points apart.

    Examples
    --------
    >>> import deeplinear as dl
    >>> with dl.figures.plot() as (figure, axes):
    ...     dl.figures.label_lines(axes, [(1, 0.5, "depth 1", "C0"), (1, 0.5, "depth 2", "C1")])
    ...     print([float(label.xyann[1].round(3)) for label in axes.texts])
    [-5.625, 5.625]
    """
    from scipy.optimize import isotonic_regression

    axes.autoscale_view()
    points = 72 / axes.figure.dpi
    places = [points * axes.transData.transform((x, y)) for x, y, *_ in labels]
    groups: list[list[int]] = []
    for i in sorted(range(len(labels)), key=lambda i: float(places[i][0])):
        near = groups and places[i][0] - places[groups[-1][-1]][0] < 8 * fontsize
        groups[-1].append(i) if near else groups.append([i])
    for group in groups:
        group.sort(key=lambda i: float(places[i][1]))
        steps = 1.25 * fontsize * np.arange(len(group))
        # The least movement that keeps the order and the distance: heights less their steps must not fall.
        heights = isotonic_regression([places[i][1] - step for i, step in zip(group, steps, strict=True)]).x + steps
        for i, height in zip(group, heights, strict=True):
            x, y, text, color = labels[i]
            label_line(axes, x, y, text, color, xytext=(away[0], away[1] + height - places[i][1]), fontsize=fontsize)


def show(figure: Figure, alt: str) -> None:
    """Display `figure` with a text alternative that says what is seen.

    Parameters
    ----------
    figure : matplotlib Figure
        As opened by :func:`plot`.
    alt : str
        One or two sentences for a reader who cannot see the figure.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    from IPython.display import display

    display(_bundle(figure, alt), raw=True)


def _bundle(figure: Figure, alt: str) -> dict[str, Any]:
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the figure shows")
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=144, facecolor="white", metadata={"Software": None})
        svg = io.StringIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    label = escape(alt, quote=True)
    html = f'<figure class="dl-figure" role="img" aria-label="{label}">{_inline(svg.getvalue())}</figure>'
    return {
        "text/html": html,
        "image/png": base64.b64encode(png.getvalue()).decode(),
        "text/plain": f"Figure: {alt}",
    }


def _inline(svg: str) -> str:
    """The SVG element alone: scalable, without its own background, in the colour of the text around it."""
    svg = svg[svg.index("<svg ") :]
    svg = re.sub(
        r"<(metadata|style).*?</\1>\s*", "", svg, flags=re.DOTALL
    )  # Matplotlib's style rule would hit the whole page
    width, height = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg).groups()  # type: ignore[union-attr]
    style = f"max-width:{float(width) * 4 / 3:.0f}px;width:100%;height:auto;stroke-linejoin:round"
    svg = svg.replace(f'width="{width}pt" height="{height}pt"', f'style="{style}" aria-hidden="true"', 1)
    svg = svg.replace(_INK, "currentColor")
    for number, color in enumerate(colors, start=1):  # a page may lighten the palette for its dark theme
        svg = svg.replace(color, f"var(--dl-color-{number}, {color})")
    # Ids are made unique to this drawing, so that two figures on one page do not share clip paths.
    mark = hashlib.sha256(svg.encode()).hexdigest()[:6]
    svg = re.sub(r'id="([^"]+)"', rf'id="{mark}-\1"', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{mark}-", svg)
    return re.sub(r"\n\s*", "\n", svg).strip()
