"""CurlField: a walk around the origin that would gain nothing, were the end-to-end field the gradient of anything."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from deeplinear.explorables.curl_field.sentence import gain, sentence_of
from deeplinear.explorables.curl_field.walk import LOSSES, REACH, Array, Walk, field, walk
from deeplinear.explorables.drawing.poster import Axis, Panel, picture
from deeplinear.explorables.frame.host import Explorable
from deeplinear.explorables.frame.traits import Choice, Real

__all__ = ["CurlField", "Walk"]


class CurlField(Explorable):
    """The field ``F(w) = ‖w‖^{2−2/N} (g + (N−1) Pr_w g)`` with ``g = ∇L(w)``,
    and the account of a walk along a closed curve.

    The curve is that of Theorem 2: inward along ``−e`` from R to r, around the small arc to ``e = ∇L(0)/‖∇L(0)‖``,
    outward, and back around the large arc. With arcs of less than a half circle it begins on another ray.

    Parameters
    ----------
    loss : str
        ``"constant"`` is ``⟨c, w⟩`` with ``c = (0.8, 0.6)``; ``"isotropic"`` and ``"anisotropic"`` add ``½(w₁² + w₂²)``
        and ``½(w₁² + 5w₂²)``, so they are square losses; ``"l4"`` is the two-point problem with p = 4 and the same
        gradient at 0; ``"homogeneous"`` is ``(w₁⁴ + 3w₂⁴)^{1/(2N)}``, of degree 2/N, with no continuous gradient at 0
        for N ≥ 2.
    depth : float
        ``N``, any real number from 1 to 6.
    outer : float
        The outer radius R, 0.02 to 1.5.
    ratio : float
        ``r/R``, the inner radius over the outer, 0.05 to 0.9.
    span : float
        The angle of the arcs in degrees, 30 to 180; Theorem 2 has half circles.
    progress : float
        How much of the way is walked, in percent of its length.

    Raises
    ------
    ValueError, TypeError
        If a value is out of range or of the wrong kind; the message names it.

    Examples
    --------
    >>> from deeplinear.explorables import CurlField
    >>> [round(CurlField(depth=N).compute().total, 4) for N in (1, 1.5, 2, 3)]
    [0.0, -0.1731, 0.0, 0.537]
    >>> round(CurlField(loss="anisotropic", depth=2, span=90).compute().total, 4)
    -0.1816
    """

    _title = "A walk that should gain nothing: the curl of the end-to-end field"

    loss = Choice(LOSSES, "the loss")
    depth = Real(3.0, 1, 6, "number of layers, any real number", step=0.05)
    outer = Real(1.0, 0.02, 1.5, "outer radius", per_decade=20)
    ratio = Real(0.3, 0.05, 0.9, "inner radius over the outer", step=0.05)
    span = Real(180.0, 30, 180, "angle of the arcs in degrees", step=5)
    progress = Real(100.0, 0, 100, "percent of the way that is walked", step=0.5)

    def compute(self) -> Walk:
        """The account at 201 marks, 50 a piece, and the field and its curl in 14 × 14 cells of the plane."""
        return _walk(**self.state)

    def summary(self) -> str:
        return sentence_of(self.state, self.compute())

    def poster(self, standalone: bool = False) -> str:
        run = self.compute()
        way, w1, w2, running = run.way[::2], run.w1[::2], run.w2[::2], run.running[::2]  # as many as are seen
        done = way <= run.at
        walked = 'stroke-width="3"'
        planned = 'stroke-dasharray="5 4"'

        half = REACH * self.outer
        ticks = tuple((value * self.outer, f"{value * self.outer:g}") for value in (-1, 0, 1))
        plane = Panel(52, 250, Axis(-half, half, ticks, "weight w₁"), Axis(-half, half, ticks, "weight w₂"))
        middles = half * (np.arange(6) - 2.5) / 3
        for w in (np.array([x, y]) for x in middles for y in middles):
            _arrow(plane, w, field(self.loss, self.depth, w), half / 5, None, 'opacity=".5"')
        plane.line(w1, w2, 3, f'{planned} fill="currentColor" fill-opacity=".08"', close=True)
        plane.line([*w1[done], run.here[0]], [*w2[done], run.here[1]], 3, walked)
        _arrow(plane, run.here, run.force, half / 3, 4, 'stroke-width="2.4"')
        plane.dot(float(run.here[0]), float(run.here[1]), 3, 5)

        length, lowest, highest = float(run.way[-1]), float(run.running.min()), float(run.running.max())
        room = 0.15 * (highest - lowest)
        across, up = _round_ticks(0, length), _round_ticks(lowest, highest)
        axes = Axis(0, length, across, "way along the curve"), Axis(lowest - room, highest + room, up, "gained so far")
        account = Panel(384, 322, *axes)
        account.line([0, length], [0, 0], None, 'opacity=".5"')
        account.line([run.at, *way[~done]], [run.gained, *running[~done]], 3, planned)
        account.line([*way[done], run.at], [*running[done], run.gained], 3, walked)
        account.dot(run.at, run.gained, 3, 5)
        beside = (-6, 20, "end") if self.progress > 50 else (10, -10, "start")
        account.text(run.at, run.gained, gain(run.gained), 3, *beside)
        return picture([plane, account], standalone)


_walk = lru_cache(maxsize=32)(walk)


def _arrow(panel: Panel, w: Array, force: Array, length: float, color: int | None, style: str) -> None:
    """An arrow from `w` along `force`, of the same length for every force."""
    x, y = force / math.hypot(*force)
    outline = np.array([(0, 0), (1, 0), (0.6, 0.25), (1, 0), (0.6, -0.25)]) * length
    drawn = w + outline @ np.array([(x, y), (-y, x)])
    panel.line(drawn[:, 0], drawn[:, 1], color, style)


def _round_ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """About four round numbers from `low` to `high`."""
    rough = (high - low) / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= rough)
    return tuple((k * step, f"{k * step:.12g}") for k in range(math.ceil(low / step), math.floor(high / step) + 1))
