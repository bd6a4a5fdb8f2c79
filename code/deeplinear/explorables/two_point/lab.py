"""TwoPointLab: the smallest problem on which depth accelerates gradient descent, under the reader's hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from deeplinear.explorables.drawing.numbers import power_of_ten
from deeplinear.explorables.drawing.poster import Axis, Panel, picture
from deeplinear.explorables.frame.host import Explorable
from deeplinear.explorables.frame.traits import Choice, Real, Whole
from deeplinear.explorables.two_point.sentence import sentence_of
from deeplinear.networks.factors import balanced, end_to_end, gradient_step
from deeplinear.problems import TwoPoint
from deeplinear.theory.preconditioner import precondition_vector
from deeplinear.training.optimizers import Adam, GradientDescent, HeavyBall, Optimizer

__all__ = ["TwoPointLab", "TwoPointRun"]

Array = NDArray[np.float64]
Step = Callable[[Array, Array], Array]

#: A run has diverged once its loss exceeds this many times the first one, or is no number.
DIVERGED = 1e12
#: A run is settled, and ends, once its loss is this fraction of the goal.
SETTLED = 1e-4


@dataclass(frozen=True)
class TwoPointRun:
    """What a run did: `steps`, `w1`, `w2` and `loss`, (n,) each, where it was recorded;
    `inf` for a loss that overflowed.

    `reached` is the first step at which the loss is at most the goal, `diverged` the first at which it is out of
    bounds.
    """

    steps: NDArray[np.int64]
    w1: Array
    w2: Array
    loss: Array
    reached: int | None
    diverged: int | None

    @property
    def weights(self) -> Array:
        """Both weights, (n, 2)."""
        return np.column_stack([self.w1, self.w2])


class TwoPointLab(Explorable):
    """Two examples, ``([1,0], y₁)`` and ``([0,1], y₂ = 1)``, and ``L(w) = (1/p)(|w₁ − y₁|^p + |w₂ − y₂|^p)``.

    Every control of the figure is an attribute, readable and settable. Moving a control with the mouse keeps the
    learning rate at the same multiple of the method's stable rate, at most half; assigning from Python changes what is
    assigned alone.

    Parameters
    ----------
    p : float
        The power of the loss, 2 to 8.
    depth : int
        Number of layers N of the rule and of the network, 1 to 8.
    ratio : float
        ``y₁/y₂`` with ``y₂ = 1``, 1 to 1000.
    learning_rate : float
        ``η``, any positive number.
    method : str
        ``"factors"`` descends on balanced layers, ``"rule"`` follows Claim 2; ``"gd"``, ``"momentum"`` (0.9) and
        ``"adam"`` work on the weights themselves.
    scale : float
        The first weight at the start, 0.001 to 1.
    direction : str
        The start is proportional to the ``"targets"``, or has ``"equal"`` weights.
    goal : float
        The loss that counts as solved.
    steps : int
        The longest run, up to 100,000 steps.

    Raises
    ------
    ValueError, TypeError
        If a value is out of range or of the wrong kind; the message names it.

    Examples
    --------
    >>> from deeplinear.explorables import TwoPointLab
    >>> lab = TwoPointLab(depth=2, learning_rate=10 ** (-27 / 6))
    >>> lab.compute().reached
    754
    >>> lab.method = "rule"
    >>> lab.compute().diverged
    3
    """

    _title = "Two points: what depth does to gradient descent"

    p = Real(4.0, 2, 8, "power of the loss", step=0.5)
    depth = Whole(2, 1, 8, "number of layers")
    ratio = Real(100.0, 1, 1000, "first target over the second", per_decade=20)
    learning_rate = Real(3.38e-6, None, None, "step size")
    method = Choice(("factors", "rule", "gd", "momentum", "adam"), "how the weights move")
    scale = Real(0.1, 1e-3, 1, "first weight at the start", per_decade=20)
    direction = Choice(("targets", "equal"), "direction of the start")
    goal = Real(0.01, 1e-12, 1e3, "the loss that counts as solved")
    steps = Whole(25_000, 1, 100_000, "longest run")

    @property
    def problem(self) -> TwoPoint:
        """The loss, as the rest of the package knows it."""
        return TwoPoint(np.array([self.ratio, 1.0]), p=self.p)

    @property
    def start(self) -> Array:
        """The weights at step 0, shape (2,)."""
        return np.array([self.scale, self.scale / self.ratio if self.direction == "targets" else self.scale])

    def compute(self) -> TwoPointRun:
        """The run that the figure draws, recorded at every step up to 24, then about 56 times a decade,
        and at its end.
        """
        return _run(**self.state)

    def summary(self) -> str:
        return sentence_of(self.state, self.compute(), self._plain())

    def poster(self, standalone: bool = False) -> str:
        run, plain = self.compute(), self._plain()
        color = {"factors": 2, "rule": 3, "gd": 1, "momentum": 4, "adam": 5}[self.method]
        thin, thick = 'stroke-width="1.8" stroke-dasharray="5 4"', 'stroke-width="2.6"'
        plane = Panel(52, 290, *self._plane_axes())
        for level in 10.0 ** np.arange(-1, math.log10(max(run.loss[0], 10)) + 1):
            angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
            curve = [
                np.sign(c) * abs(c) ** (2 / self.p) * (self.p * level) ** (1 / self.p)
                for c in (np.cos(angle), np.sin(angle))
            ]
            shade = 'fill="currentColor" fill-opacity=".045" stroke-opacity=".16" stroke-width=".7"'
            plane.line(self.ratio + curve[0], 1 + curve[1], None, shade, close=True)
        for each, number, style in ((plain, 1, thin), (run, color, thick)):
            plane.line(each.w1, each.w2, number, style)
        at = float(self.start[0]), float(self.start[1])
        plane.dot(*at, None)
        plane.text(*at, "start", None, -8, 16, "end")
        plane.dot(self.ratio, 1, None, 5)
        plane.text(self.ratio, 1, "target y", None, 10, -8)
        losses = Panel(410, 296, *self._loss_axes(run))
        losses.line([0, self.steps], [self.goal, self.goal], None, 'stroke-dasharray="1.5 3"')
        for each, number, style, lift in ((plain, 1, thin, -24), (run, color, thick, 20)):
            losses.line(each.steps, each.loss, number, style)
            label = self._label() if each is run else "plain descent"
            if each.reached is not None:
                losses.dot(each.reached, self.goal, number)
                label = f"{label}: {each.reached:,}"
            elif each.diverged is not None:
                label = f"{label} diverges"
            end = each.reached or each.diverged or int(each.steps[-1])
            height = self.goal if each.reached is not None else min(float(each.loss[-1]), float(each.loss[0]) * 100)
            losses.text(end, height, label, number, 0, lift, "end" if end > 300 else "start")
        return picture([plane, losses], standalone)

    def _label(self) -> str:
        names = {
            "factors": "network, N = ",
            "rule": "rule, N = ",
            "gd": "plain descent",
            "momentum": "momentum",
            "adam": "Adam",
        }
        return names[self.method] + (str(self.depth) if self.method in ("factors", "rule") else "")

    def _plain(self) -> TwoPointRun:
        """Plain descent at half its stable rate: coordinate 1 lands at once, close to the best it can do."""
        rate = 1 / max(abs(self.scale - self.ratio), 1e-3) ** (self.p - 2)
        return _run(**self.state | {"method": "gd", "depth": 1, "learning_rate": float(f"{rate:.3g}")})

    def _plane_axes(self) -> tuple[Axis, Axis]:
        ticks = [(part, f"{part * self.ratio:g}") for part in (0, 0.5, 1)]
        across = Axis(
            -0.3 * self.ratio, 1.5 * self.ratio, tuple((part * self.ratio, text) for part, text in ticks), "weight w₁"
        )
        return across, Axis(-0.3, 1.5, ((0, "0"), (0.5, "0.5"), (1, "1")), "weight w₂")

    def _loss_axes(self, run: TwoPointRun) -> tuple[Axis, Axis]:
        steps = ((0, "0"), *((10.0**k, f"{10**k:,}") for k in range(int(math.log10(self.steps)) + 1)))
        low, high = self.goal * 1e-3, max(float(run.loss[0]), self.goal) * 300
        every = math.ceil((math.log10(high) - math.log10(low)) / 7)
        powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
        ticks = tuple((10.0**k, power_of_ten(k)) for k in powers if k % every == 0)
        return Axis(0, self.steps, steps, "step", "steps"), Axis(low, high, ticks, "loss L(w)", "log")


@lru_cache(maxsize=64)
def _run(
    p: float,
    depth: int,
    ratio: float,
    learning_rate: float,
    method: str,
    scale: float,
    direction: str,
    goal: float,
    steps: int,
) -> TwoPointRun:
    problem = TwoPoint(np.array([ratio, 1.0]), p=p)
    w = np.array([scale, scale / ratio if direction == "targets" else scale])
    step = _method(method, w, learning_rate, depth)
    records: list[tuple[int, Array, float]] = []
    reached = diverged = None
    mark, ceiling = 0, math.inf
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps + 1):
            gradient = problem.gradient(w)
            loss = (
                float((w - problem.targets) @ gradient) / p
            )  # r · sign(r)|r|^{p−1} = |r|^p: the loss for half the price
            ceiling = DIVERGED * loss if t == 0 else ceiling
            if not loss <= ceiling:
                diverged = t
            elif reached is None and loss <= goal:
                reached = t
            last = t == steps or diverged is not None or loss <= SETTLED * goal
            if t == mark or last:
                records.append((t, w.copy(), math.inf if math.isnan(loss) else loss))
                mark = t + max(1, t // 24)
            if last:
                break
            w = step(w, gradient)
    at, weights, losses = zip(*records, strict=True)
    w1, w2 = np.transpose(weights)
    return TwoPointRun(np.array(at), w1, w2, np.array(losses), reached, diverged)


def _method(method: str, start: Array, learning_rate: float, depth: int) -> Step:
    """The step ``(w, gradient) → w`` of a method, with whatever memory it has."""
    if method == "rule":
        return lambda w, gradient: w - learning_rate * precondition_vector(w, gradient, depth)
    if method == "factors":
        layers = balanced(start, depth)

        def descend(w: Array, gradient: Array) -> Array:
            nonlocal layers
            layers = gradient_step(layers, gradient, learning_rate)
            return np.asarray(end_to_end(layers)[0])

        return descend
    optimizers: dict[str, Optimizer] = {"gd": GradientDescent(), "momentum": HeavyBall(), "adam": Adam()}
    optimizer = optimizers[method]
    state = optimizer.initial_state(start)

    def move(w: Array, gradient: Array) -> Array:
        nonlocal state
        w, state = optimizer.step(w, gradient, state, learning_rate)
        return w

    return move
