"""PreconditionerLens: what the preconditioner of Claim 1 does to a gradient,
in the plane of two of its eigenvectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import cosdg, sindg

from deeplinear.explorables.drawing.poster import Axis, Panel, picture
from deeplinear.explorables.frame.host import Explorable
from deeplinear.explorables.frame.traits import Choice, Real, Whole
from deeplinear.explorables.preconditioner_lens.sentence import PLANES, sentence_of, vector_name
from deeplinear.theory.preconditioner import precondition, preconditioner_eigenvalues

__all__ = ["Preconditioned", "PreconditionerLens"]

Array = NDArray[np.float64]

DEEPEST = 8
#: The colour of each eigenvalue.
COLORS = {(0, 0): 3, (1, 1): 4, (0, 1): 5, (1, 0): 5}
#: A picture reaches to the first of these that leaves room around what is drawn.
REACHES = (1.25, 1.6, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10, 12, 16, 20, 25, 30, 40)


@dataclass(frozen=True)
class Preconditioned:
    """A gradient of length 1 and its image under P.

    `matrix` is ``W``, `gradient` is ``∇``, `image` is the matrix of ``P vec(∇)``, (2, 2) each. `eigenvalues` of P stand
    at ``[r, r']``, those of all depths from 1 on in `by_depth`, (8, 2, 2). In the plane, (2,) each: `axes` are the two
    eigenvalues, `before` and `after` the parts of the gradient and of its image. `amplification` is the length of the
    image, `turned` the angle between the two in degrees, None where the image is 0.
    """

    matrix: Array
    gradient: Array
    image: Array
    eigenvalues: Array
    by_depth: Array
    axes: Array
    before: Array
    after: Array
    amplification: float
    turned: float | None


class PreconditionerLens(Explorable):
    """The preconditioner P of a 2×2 matrix ``W = σ₁ u₁v₁ᵀ + σ₂ u₂v₂ᵀ`` at work on a gradient of length 1.

    Parameters
    ----------
    sigma_1, sigma_2 : float
        The singular values of ``W``, 0 to 2, in either order.
    depth : int
        Number of layers N, 1 to 8.
    plane : str
        The eigenvectors that span the plane of the gradient: ``"11-22"`` for ``u₁v₁ᵀ`` and ``u₂v₂ᵀ``, ``"11-12"`` for
        ``u₁v₁ᵀ`` and ``u₁v₂ᵀ``, ``"12-21"`` for ``u₁v₂ᵀ`` and ``u₂v₁ᵀ``.
    angle : float
        The angle of the gradient to the first of the two, 0 to 360 degrees.
    rotation : float
        The angle by which ``u₁, u₂`` are turned to the left and ``v₁, v₂`` to the right, 0 to 180 degrees. It changes
        every entry of the matrices, and no eigenvalue.

    Raises
    ------
    ValueError, TypeError
        If a value is out of range or of the wrong kind; the message names it.

    Examples
    --------
    >>> from deeplinear.explorables import PreconditionerLens
    >>> lens = PreconditionerLens(sigma_1=1, sigma_2=0, depth=4)
    >>> lens.compute().eigenvalues
    array([[4., 1.],
           [1., 0.]])
    """

    _title = "The preconditioner under a lens: which part of a gradient depth amplifies"

    sigma_1 = Real(1.0, 0, 2, "first singular value", step=0.01)
    sigma_2 = Real(0.2, 0, 2, "second singular value", step=0.01)
    depth = Whole(3, 1, DEEPEST, "number of layers")
    plane = Choice(tuple(PLANES), "two eigenvectors")
    angle = Real(60.0, 0, 360, "angle of the gradient to the first eigenvector, in degrees")
    rotation = Real(0.0, 0, 180, "turn of the singular vectors, in degrees")

    def compute(self) -> Preconditioned:
        """The gradient, the preconditioner, and what it makes of the gradient."""
        U, V = _rotation(self.rotation), _rotation(-self.rotation)
        sigma = np.array([self.sigma_1, self.sigma_2])
        W = (U * sigma) @ V.T
        pair = PLANES[self.plane]
        before = np.array([cosdg(self.angle), sindg(self.angle)])
        gradient = sum(part * np.outer(U[:, r], V[:, s]) for part, (r, s) in zip(before, pair, strict=True))
        place = np.argsort(-sigma, kind="stable")  # the package sorts singular values, the larger first
        by_depth = np.array([preconditioner_eigenvalues(W, N) for N in range(1, DEEPEST + 1)])[:, place][:, :, place]
        eigenvalues = by_depth[self.depth - 1]
        axes = np.array([eigenvalues[at] for at in pair])
        after = axes * before
        return Preconditioned(
            matrix=W,
            gradient=gradient,
            image=precondition(W, gradient, self.depth),
            eigenvalues=eigenvalues,
            by_depth=by_depth,
            axes=axes,
            before=before,
            after=after,
            amplification=float(np.hypot(*after)),
            turned=_angle(axes, before),
        )

    def summary(self) -> str:
        return sentence_of(self.state, self.compute())

    def poster(self, standalone: bool = False) -> str:
        result = self.compute()
        return picture([self._lens(result), self._curves(result)], standalone)

    def _lens(self, result: Preconditioned) -> Panel:
        (a, b), (one, two) = map(float, result.axes), map(vector_name, PLANES[self.plane])
        shape = 290 / 250  # one unit is as long across as up
        reach = _reach(1, a / shape, b)
        step = next(step for step in (0.5, 1, 2, 5, 10) if reach / step < 5)
        ticks = tuple((n * step, f"{n * step:g}".replace("-", "−")) for n in range(-4, 5) if abs(n * step) <= reach)
        x, y = (Axis(-reach * s, reach * s, ticks, f"part along {name}") for s, name in ((shape, one), (1, two)))
        plane = _Plane(52, 290, x, y)
        plane.ellipse(1, 1, None, 'stroke-opacity=".55"')
        plane.ellipse(a, b, 2, 'fill="currentColor" fill-opacity=".06" stroke-width="1.4"')
        # The half axes, named on the side that the arrow leaves free.
        right, up = (-1 if part > 0 else 1 for part in result.before)
        first, second = PLANES[self.plane]
        plane.half_axis(right * a, 0, COLORS[first], f"{_eigenvalue(first)} = {a:.3g}", 0, 4 + 8 * up, -right)
        plane.half_axis(0, up * b, COLORS[second], f"{_eigenvalue(second)} = {b:.3g}", 8 * right, 4 - 10 * up, right)
        plane.arrow(result.before, 1, "∇")
        plane.arrow(result.after, 2, "P∇")
        return plane

    def _curves(self, result: Preconditioned) -> Panel:
        top = _reach(float(result.by_depth.max()))
        depths = range(1, DEEPEST + 1)
        x = Axis(0.6, DEEPEST + 0.4, tuple((N, str(N)) for N in depths), "depth N")
        panel = Panel(410, 240, x, Axis(0, top, tuple((t, f"{t:.3g}") for t in (0, top / 2, top)), "eigenvalue of P"))
        panel.line([self.depth, self.depth], [0, top], None, 'stroke-dasharray="1.5 3"')
        heights: list[float] = []
        for at, name in (((0, 0), "λ₁₁"), ((1, 1), "λ₂₂"), ((0, 1), "λ₁₂ = λ₂₁")):
            values = result.by_depth[:, *at]
            panel.line(depths, values, COLORS[at], 'stroke-width="1.8"')
            panel.dot(self.depth, float(values[self.depth - 1]), COLORS[at])
            end = float(values[-1])
            natural = height = panel.point(DEEPEST, end)[1]
            while any(abs(height - other) < 14 for other in heights):
                height -= 14
            heights.append(height)
            panel.text(DEEPEST, end, name, COLORS[at], 10, height - natural + 4)
        return panel


class _Plane(Panel):
    """A panel with half axes of ellipses, and arrows, about its middle."""

    def half_axis(self, x: float, y: float, color: int, name: str, dx: float, dy: float, side: int) -> None:
        self.line([0, x], [0, y], color, 'stroke-width="2.2" stroke-dasharray="5 3"')
        self.text(x, y, name, color, dx, dy, "start" if side > 0 else "end")

    def arrow(self, tip: Array, color: int, name: str) -> None:
        x, y = map(float, tip)
        self.line([0, x], [0, y], color, 'stroke-width="2.6"')
        self.dot(x, y, color)
        right, up = x >= 0, y >= 0
        self.text(x, y, name, color, 9 if right else -9, -7 if up else 15, "start" if right else "end")


def _rotation(degrees: float) -> Array:
    c, s = cosdg(degrees), sindg(degrees)
    return np.array([[c, -s], [s, c]])


def _angle(axes: Array, before: Array) -> float | None:
    """Between a vector and its image, in degrees: 0 where they differ by rounding alone."""
    along = float(axes @ before**2)
    across = abs(float(before[0] * before[1] * (axes[1] - axes[0])))
    if along == 0:
        return None
    return 0.0 if across <= 1e-12 * along else float(np.degrees(np.arctan2(across, along)))


def _eigenvalue(at: tuple[int, int]) -> str:
    return f"λ{'₁₂'[at[0]]}{'₁₂'[at[1]]}"


def _reach(*lengths: float) -> float:
    return next(reach for reach in REACHES if reach >= 1.1 * max(lengths))
