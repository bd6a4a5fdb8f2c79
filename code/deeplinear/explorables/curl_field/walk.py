"""The walk of CurlField: losses with the same slope at 0 and one with none, a closed curve,
the account of F along it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeplinear.problems import TwoPoint
from deeplinear.theory.preconditioner import precondition_vector
from deeplinear.theory.regularizers import curl, linear_loss_integral

__all__ = ["LOSSES", "Walk", "field", "walk"]

Array = NDArray[np.float64]

LOSSES = ("constant", "isotropic", "anisotropic", "l4", "homogeneous")
#: ∇L(0), of norm 1, where the gradient is continuous; it is also the axis of the curve.
SLOPE = np.array([0.8, 0.6])
#: Of the quadratic losses ⟨SLOPE, w⟩ + ½ (k₁w₁² + k₂w₂²).
CURVATURES = {"constant": np.zeros(2), "isotropic": np.ones(2), "anisotropic": np.array([1.0, 5.0])}
#: Each piece of the curve is integrated in this many parts, by Gauss–Legendre quadrature at five places.
PARTS = 50
NODES, WEIGHTS = np.polynomial.legendre.leggauss(5)
#: The field is drawn in this many cells a side: an even number, so that no cell has its centre at the origin.
CELLS = 14
#: The plane that is drawn reaches this many outer radii from the origin.
REACH = 1.2
#: What is this fraction of its like, or less, is rounding: nothing was gained there.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Walk:
    """The account of a walk, and the field around it.

    At each of the marks, (201,): the `way` until there, the place `w1`, `w2`, and the `running` integral of F. Of the
    four `pieces` the part of each, (4,); their `total`; and `constant`, what the slope at 0 alone contributes to it,
    None where the gradient has no limit at 0. Where the walk is now: the way `at`, the place `here` and the field
    `force` there, (2,), and what is `gained` until there. In the cells of the plane, row by row from below, (196,):
    `f1`, `f2`, and `curl`, which is ``∂₁F₂ − ∂₂F₁``.
    """

    way: Array
    w1: Array
    w2: Array
    running: Array
    pieces: Array
    total: float
    constant: float | None
    at: float
    here: Array
    force: Array
    gained: float
    f1: Array
    f2: Array
    curl: Array


def derivatives(loss: str, depth: float, w: Array) -> tuple[Array, Array]:
    """Gradient (..., 2) and Hessian (..., 2, 2) of a loss at `w`, (..., 2)."""
    if loss in CURVATURES:
        k = CURVATURES[loss]
        return SLOPE + k * w, np.broadcast_to(np.diag(k), (*w.shape, 2))
    if loss == "l4":
        problem = TwoPoint(-np.cbrt(SLOPE), p=4)
        return problem.gradient(w), problem.hessian(w)
    # q^a with q = w₁⁴ + 3w₂⁴ and a = 1/(2N) is homogeneous of degree 2/N.
    a = 1 / (2 * depth)
    weights = np.array([1.0, 3.0])
    v = weights * w**3  # ∇q = 4v
    q = (v * w).sum(axis=-1)[..., None]
    bend = np.eye(2) * (3 * weights * w**2)[..., None, :]
    hessian = 4 * a * q[..., None] ** (a - 1) * (4 * (a - 1) / q[..., None] * v[..., :, None] * v[..., None, :] + bend)
    return 4 * a * q ** (a - 1) * v, hessian


def field(loss: str, depth: float, w: Array) -> Array:
    """F at `w`, (..., 2)."""
    return precondition_vector(w, derivatives(loss, depth, w)[0], depth)


@dataclass(frozen=True)
class Curve:
    """A closed curve of four pieces: in radius and angle it is a rectangle with these corners, (5, 2),
    the last the first.
    """

    corners: Array

    def lengths(self) -> Array:
        """The length of each piece: radii or an arc, (4,)."""
        radius, (out, turn) = self.corners[1:, 0], np.abs(np.diff(self.corners, axis=0)).T
        return np.asarray(out + radius * turn)

    def place(self, piece: int, u: Array) -> tuple[Array, Array]:
        """The place on a piece, and dw/du there, at `u` from 0 at its begin to 1 at its end;
        both have the shape (..., 2).
        """
        out, turn = self.corners[piece + 1] - self.corners[piece]
        radius, angle = self.corners[piece, 0] + u * out, self.corners[piece, 1] + u * turn
        ray = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        across = np.stack([-np.sin(angle), np.cos(angle)], axis=-1)
        return radius[..., None] * ray, out * ray + (radius * turn)[..., None] * across


def walk(loss: str, depth: float, outer: float, ratio: float, span: float, progress: float) -> Walk:
    """The account of a walk around the curve of Theorem 2, or of one with arcs of less than 180 degrees."""
    inner, turn, axis = ratio * outer, math.radians(span), math.atan2(SLOPE[1], SLOPE[0])
    ends = [(outer, axis + turn), (inner, axis + turn), (inner, axis), (outer, axis)]
    curve = Curve(np.array([*ends, ends[0]]))
    lengths = curve.lengths()
    corners = np.concatenate([[0.0], np.cumsum(lengths)])

    def work(piece: int, begin: Array, end: Array) -> Array:
        """The integral of F on a piece, from each `begin` to each `end`."""
        half = (end - begin) / 2
        w, velocity = curve.place(piece, begin[:, None] + (NODES + 1) * half[:, None])
        return np.asarray(half * ((field(loss, depth, w) * velocity).sum(axis=-1) @ WEIGHTS))

    u = np.arange(PARTS + 1) / PARTS
    way = np.concatenate([[0.0], *(corners[k] + u[1:] * lengths[k] for k in range(4))])
    marks = np.concatenate([curve.place(0, u[:1])[0], *(curve.place(k, u[1:])[0] for k in range(4))])
    running = np.concatenate([[0.0], *(work(k, u[:-1], u[1:]) for k in range(4))]).cumsum()

    at = progress / 100 * corners[4]
    piece = int(np.searchsorted(corners[1:4], at))
    now = min((at - corners[piece]) / lengths[piece], 1.0)
    part = int(now * PARTS)
    gained = running[PARTS * piece + part] + work(piece, u[part : part + 1], np.array([now]))[0]
    here = curve.place(piece, np.array(now))[0]
    rounding = ROUNDING * np.abs(running).max()
    running = _settled(running, rounding)

    f1, f2, turns = _cells(loss, depth, REACH * outer)
    return Walk(
        way=way,
        w1=marks[:, 0],
        w2=marks[:, 1],
        running=running,
        pieces=np.diff(running[::PARTS]),
        total=float(running[-1]),
        constant=_of_the_slope(loss, depth, inner, outer, turn),
        at=float(at),
        here=here,
        force=field(loss, depth, here),
        gained=float(_settled(gained, rounding)),
        f1=f1,
        f2=f2,
        curl=turns,
    )


def _cells(loss: str, depth: float, half: float) -> tuple[Array, Array, Array]:
    """Both components of F, and its curl, in the cells of the plane from ``−half`` to ``half``."""
    centres = half * (2 * np.arange(CELLS) + 1 - CELLS) / CELLS
    cells = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
    forces = field(loss, depth, cells)
    turns = np.array([curl(w, *derivatives(loss, depth, w), depth)[1, 0] for w in cells])
    return forces[:, 0], forces[:, 1], _settled(turns, ROUNDING * np.abs(forces).max() / half)


def _of_the_slope(loss: str, depth: float, inner: float, outer: float, turn: float) -> float | None:
    """Theorem 2's closed form for half circles; narrower arcs enclose the share (1 − cos turn)/2 of the same curl."""
    return None if loss == "homogeneous" else linear_loss_integral(1.0, depth, inner, outer) * (1 - math.cos(turn)) / 2


def _settled(values: Array, rounding: float) -> Array:
    return np.where(np.abs(values) <= rounding, 0.0, values)
