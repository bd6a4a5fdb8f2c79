"""ScalarLab: one number as a product of several, its step that adapts and its memory, under the reader's hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from deeplinear.explorables.drawing.poster import Axis, Panel, picture
from deeplinear.explorables.frame.host import Explorable
from deeplinear.explorables.frame.traits import Real, Whole
from deeplinear.explorables.numerics.chain import pull_back
from deeplinear.explorables.numerics.ode import rk4
from deeplinear.explorables.scalar.sentence import sentence_of

__all__ = ["ScalarLab", "ScalarRun"]

Array = NDArray[np.float64]
Factors = tuple[Array, ...]

TARGET = 1.0
#: A run is said to have settled while it is this close to the target.
CLOSE = 0.01
#: A run has diverged once |w| is above this, or is no number.
BOUND = 1e3
#: The flow is recorded at this many equal intervals.
FLOW_POINTS = 96
#: The flow's steps, in units of the shortest time on which it changes.
FINENESS = 0.05
#: A flow slower than this has arrived.
REST = 1e-13

_DASHED, _SOLID = 'stroke-width="1.6" stroke-dasharray="5 4"', 'stroke-width="2.6"'


@dataclass(frozen=True)
class ScalarRun:
    """What one run did, and what one of its steps remembered.

    `w` and `others`, (n + 1,): the product and ``a = w₂⋯w_N``, all of it but the first factor, before every step and at
    the end. `rho` and `gamma`, (n,): every step is ``w⁺ = (1 − γ)w − ρ∇``, exactly, with ``ρ = η a a⁺`` and
    ``1 − γ = (1 − ηλ) a⁺/a``; `gamma` is no number where ``a = 0``. `plain`: the product under descent on `w` itself,
    at the same rate. `flow`, (97,): the product under gradient flow, at equal intervals from time 0 to the end.

    `step` is the step t that is looked at, and `memory`, (t,), the weights of the gradients before it,
    ``μ(t, τ) = η((1 − ηλ)a⁺ − a)(1 − ηλ)^{t−1−τ} a^τ``: ``w^{t+1} = w^t − ρ^t ∇^t − Σ_τ μ(t, τ) ∇^τ + leftover``, where
    `leftover` comes from the start.

    `settled` and `plain_settled` are the first steps from which the runs stay within 0.01 of the target, `diverged` is
    the step at which the product was out of bounds, None if that did not happen.
    """

    w: Array
    others: Array
    rho: Array
    gamma: Array
    plain: Array
    flow: Array
    step: int
    memory: Array
    leftover: float
    settled: int | None
    plain_settled: int | None
    diverged: int | None


class ScalarLab(Explorable):
    """One number ``w = w₁w₂⋯w_N``, fitted to 1 with the loss ``½(w − 1)²``, by gradient descent on the factors.

    Parameters
    ----------
    depth : int
        Number of factors N, 1 to 8.
    start : float
        The product at the start, −1 to 2.
    imbalance : float
        ``D = w₂² − w₁²`` at the start, −1.5 to 1.5. The factors ``w₂, …, w_N`` are equal and not negative; ``w₁`` has
        the sign of the start. With 0 all factors are of one size. Depth 1 has no use for it.
    weight_decay : float
        ``λ`` on every factor, 0 to 0.5.
    learning_rate : float
        ``η``, 0.02 to 4.
    moment : float
        The step whose memory is shown, as a fraction of the run, 0 to 1.
    time : float
        The length of the run in units of ``η·steps``, 1 to 30.

    Raises
    ------
    ValueError, TypeError
        If a value is out of range or of the wrong kind; the message names it.

    Examples
    --------
    >>> from deeplinear.explorables import ScalarLab
    >>> run = ScalarLab(depth=2, start=0.01, learning_rate=0.1).compute()
    >>> run.settled, run.plain_settled
    (45, 44)
    >>> bool((run.memory > 0).all())
    True
    """

    _title = "One extra number: an adaptive step and a memory"

    depth = Whole(2, 1, 8, "number of factors")
    start = Real(0.01, -1, 2, "the product at the start", step=0.01)
    imbalance = Real(0.0, -1.5, 1.5, "second factor squared minus first factor squared, at the start", step=0.05)
    weight_decay = Real(0.0, 0, 0.5, "weight decay on every factor", step=0.01)
    learning_rate = Real(0.1, 0.02, 4, "step size", per_decade=50)
    moment = Real(0.25, 0, 1, "the step whose memory is shown, as a fraction of the run", step=0.01)
    time = Real(10.0, 1, 30, "length of the run, in units of learning rate times steps", per_decade=20)

    def compute(self) -> ScalarRun:
        """The run that the figure draws, every step of it."""
        return _run(**self.state)

    def summary(self) -> str:
        return sentence_of(self.state, self.compute())

    def poster(self, standalone: bool = False) -> str:
        run, rate = self.compute(), self.learning_rate
        until = max(self.time, rate)
        clock = Axis(
            0, until, tuple((part * until, f"{part * until:.3g}") for part in (0, 0.25, 0.5, 0.75, 1)), "time ηt"
        )
        return picture([self._paths(run, clock), self._rates(run, clock), self._weights(run, clock)], standalone)

    def _curve(self, panel: Panel, values: Array, color: int, style: str) -> None:
        """One value a step, against time; of a long run so many that the eye sees no difference."""
        every = 1 + len(values) // 120
        panel.line(self.learning_rate * every * np.arange(len(values[::every])), values[::every], color, style)

    def _paths(self, run: ScalarRun, clock: Axis) -> Panel:
        rate, until, at = self.learning_rate, clock.high, run.step * self.learning_rate
        shown = [w for w in (*run.w, *run.flow) if abs(w) < 3]
        panel = Panel(
            52, 290, clock, _axis(min(-0.1, max(min(shown), -1.2)), max(1.4, min(max(shown), 2.4)), "product w")
        )
        panel.line([0, until], [TARGET, TARGET], None, 'stroke-dasharray="1.5 3"')
        panel.text(0, TARGET, "target", None, 4, -6)
        if self.depth > 1:
            near = np.flatnonzero(np.abs(run.plain - TARGET) < 0.15)
            x = rate * near[0] if len(near) and rate * near[0] < until else until / 4
            self._curve(panel, run.plain, 1, _DASHED)
            panel.text(x, TARGET, "plain descent", 1, 0, -16 if self.start < 1 else 26, "middle")
        self._curve(panel, run.w, 2, _SOLID)
        panel.line(np.linspace(0, self.time, len(run.flow)), run.flow, None, _DASHED)
        panel.dot(at, run.w[run.step], None)
        late = at > 0.62 * until
        words = f"depth {self.depth}, step {run.step}" if run.diverged is None else f"diverges at step {run.diverged}"
        panel.text(at, run.w[run.step], words, 2, -9 if late else 9, 16, "end" if late else "start")
        return panel

    def _rates(self, run: ScalarRun, clock: Axis) -> Panel:
        own = run.rho / self.learning_rate
        panel = Panel(
            410, 296, clock, _axis(min(0.0, max(min(own), -2)), max(1.2, min(max(own), 40)), "ρ/η"), height=70
        )
        panel.line([0, clock.high], [1, 1], 1, _DASHED)
        self._curve(panel, own, 2, _SOLID)
        panel.dot(run.step * self.learning_rate, own[run.step], None)
        return panel

    def _weights(self, run: ScalarRun, clock: Axis) -> Panel:
        weights, total = run.memory / self.learning_rate, run.memory.sum()
        least = abs(run.rho[run.step] / self.learning_rate) / 40 or 1.0  # a memory fainter than that stays flat
        low, high = min(0.0, *weights, -least if total < 0 else 0.0), max(0.0, *weights, 0.0 if total < 0 else least)
        panel = Panel(410, 296, clock, _axis(low, high + 0.2 * (high - low), "μ/η"), top=136, height=128)
        for sign, color in ((1, 3), (-1, 4)):
            taus = [tau for tau in range(0, run.step, 1 + run.step // 50) if sign * weights[tau] > 0]
            if taus:
                heights = [height for tau in taus for height in (0.0, weights[tau], 0.0)]
                panel.line(np.repeat(self.learning_rate * np.array(taus), 3), heights, color, 'stroke-width="1.6"')
        name, color_ = ("no memory", None) if total == 0 else ("momentum", 3) if total > 0 else ("brake", 4)
        panel.text(0, panel.y.high, f"{name} in step {run.step}", color_, 8, 12)
        return panel


def _axis(low: float, high: float, label: str) -> Axis:
    """A linear axis with three to six round ticks."""
    raw = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 5, 10) if m * unit >= raw)
    marks = [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    return Axis(low, high, tuple((mark, f"{mark:.4g}") for mark in marks), label)


def factors_of(product: float, depth: int, imbalance: float) -> Factors:
    """Factors with a product: all equal but the first, which has the product's sign, with ``w₂² − w₁² = imbalance``."""
    if depth == 1:
        return (np.array([[product]]),)
    square = product * product
    first, rest = max(-imbalance, 0.0), max(imbalance, 0.0)
    # Newton's method for the smaller of w₁² and w₂²: from above, on a convex function, it falls until rounding stops
    # it.
    x, before = max(square, 1.0) if square > 0 else 0.0, math.inf
    while 0 < x < before:
        before, p, q = x, first + x, rest + x
        power = math.prod([q] * (depth - 2))
        slope = math.prod([q] * (depth - 1)) + (depth - 1) * p * power
        x = (power * ((depth - 1) * x * p - first * q) + square) / slope
    w1 = math.copysign(math.sqrt(first + x), product if product < 0 else 1.0)
    return (np.array([[w1]]), *(np.array([[math.sqrt(rest + x)]]) for _ in range(depth - 1)))


@lru_cache(maxsize=64)
def _run(
    depth: int, start: float, imbalance: float, weight_decay: float, learning_rate: float, moment: float, time: float
) -> ScalarRun:
    first = factors_of(start, depth, imbalance)
    steps = max(1, math.ceil(time / learning_rate - 1e-9))
    w, a, diverged = _descend(first, learning_rate, weight_decay, steps)
    plain, _, plain_diverged = _descend(factors_of(start, 1, 0.0), learning_rate, weight_decay, steps)
    shrink = 1.0 - learning_rate * weight_decay
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = 1.0 - shrink * a[1:] / a[:-1]
    t = math.floor(moment * (len(gamma) - 1) + 0.5)
    kept = np.cumprod([1.0, *[shrink] * t])
    change = shrink * a[t + 1] - a[t]
    return ScalarRun(
        w=w,
        others=a,
        rho=learning_rate * a[:-1] * a[1:],
        gamma=gamma,
        plain=plain,
        flow=_flow(first, weight_decay, time),
        step=t,
        memory=learning_rate * change * kept[:t][::-1] * a[:t],
        leftover=float(change * kept[t] * first[0][0, 0]),
        settled=None if diverged else _settled(w),
        plain_settled=None if plain_diverged else _settled(plain),
        diverged=diverged,
    )


def _descend(factors: Factors, rate: float, decay: float, steps: int) -> tuple[Array, Array, int | None]:
    """Descent: w, and a = w/w₁ = w₂⋯w_N, before every step and at the end; the step at which it diverged."""
    first, *rest = np.concatenate(factors, axis=None).tolist()
    shrink = 1.0 - rate * decay
    others = [math.prod(rest)]
    w = [others[0] * first]
    for t in range(1, steps + 1):
        slope, slopes = _slopes(first, rest, w[-1] - TARGET)
        first = shrink * first - rate * slope
        rest = [shrink * factor - rate * slope for factor, slope in zip(rest, slopes, strict=True)]
        others.append(math.prod(rest))
        w.append(others[-1] * first)
        if not abs(w[-1]) <= BOUND:
            return np.array(w), np.array(others), t
    return np.array(w), np.array(others), None


def _flow(factors: Factors, decay: float, time: float) -> Array:
    """Flow: w at FLOW_POINTS equal intervals up to `time`. The steps are shorter where the loss is steeper."""

    def slopes(y: Array, nabla: float) -> Array:
        first, rest = _slopes(float(y[0]), y[1:].tolist(), nabla)
        return np.array([first, *rest])

    def product(y: Array) -> float:
        return float(math.prod(y[1:].tolist()) * y[0])

    def velocity(y: Array) -> Array:
        return -decay * y - slopes(y, product(y) - TARGET)

    y, interval = np.concatenate(factors, axis=None), time / FLOW_POINTS
    path = [product(y)]
    for _ in range(FLOW_POINTS):
        if np.abs(velocity(y)).max() > REST:
            pace = sum((slopes(y, 1.0) ** 2).tolist(), 1 + decay)
            pieces = math.ceil(interval * pace / FINENESS)
            for _ in range(pieces):
                y = rk4(velocity, y, interval / pieces)
        path.append(product(y))
    return np.array(path)


def _slopes(first: float, rest: list[float], nabla: float) -> tuple[float, list[float]]:
    """Of the first factor, and of the others."""
    by_first, by_rest = pull_back(np.array([first]), rest, np.array([nabla]))
    return float(by_first[0]), by_rest


def _settled(w: Array) -> int | None:
    """The first step from which `w` stays close to the target."""
    away = np.flatnonzero(~(np.abs(w - TARGET) <= CLOSE))
    first = int(away[-1]) + 1 if len(away) else 0
    return first if first < len(w) else None
