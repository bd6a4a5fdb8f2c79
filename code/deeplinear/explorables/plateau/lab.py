"""PlateauLab: how long a deep linear network waits near zero, and what ones on the diagonal change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from deeplinear.explorables.drawing.numbers import power_of_ten
from deeplinear.explorables.drawing.poster import Axis, Panel, picture
from deeplinear.explorables.frame.host import Explorable
from deeplinear.explorables.frame.traits import Choice, Real, Whole
from deeplinear.explorables.numerics.chain import pull_back, sequential_sum
from deeplinear.explorables.numerics.normals import normals
from deeplinear.explorables.plateau.sentence import LEFT, count, sentence_of
from deeplinear.explorables.plateau.wait import wait_as_it_is, wait_if_balanced

__all__ = ["PlateauLab", "PlateauRun"]

Array = NDArray[np.float64]

#: All of length 1.
TARGETS = {"ahead": (0.5, 0.5, 0.5, 0.5), "behind": (-0.5, 0.5, 0.5, 0.5), "opposite": (-1.0, 0.0, 0.0, 0.0)}
#: How long w is then, if it points at the target: ½(1 − r)² = ¼.
REACH = 1 - math.sqrt(0.5)
#: A run has diverged once its loss exceeds this many times the first one, or is no number.
DIVERGED = 1e12
#: A run is settled, and ends, at this loss.
SETTLED = 1e-8
#: The end of the axis of the loss: above the plateau there is room for words.
TOP = 1e4
#: How many records sudden changes of the loss may add.
SUDDEN = 80


@dataclass(frozen=True)
class PlateauRun:
    """What a run did: `steps` and `loss`, (n,) each, and the sizes ``|W_j|`` in `layers`, (N, n),
    where it was recorded.

    `left` is the first step at which the loss is at most half of the one at w = 0, `diverged` the first at which it is
    out of bounds. `wait` is the step at which the law of the plateau expects `left`, `wait_balanced` the same for
    balanced layers with the same ``‖w‖``, in the direction of the target; None if there is no plateau, infinite if
    there is no way out of it. `flip` is the first step at which the product of the numbers has another sign, `flipped`
    the layer to blame, from 2 to N.
    """

    steps: NDArray[np.int64]
    loss: Array
    layers: Array
    left: int | None
    diverged: int | None
    flip: int | None
    flipped: int | None
    wait: float | None
    wait_balanced: float | None


class PlateauLab(Explorable):
    """A network of hidden width 1 on the whitened square loss ``½‖w − y‖²`` in four dimensions, ``‖y‖ = 1``.

    Its first layer is a vector, the others are numbers. Each starts with normal noise and, on the diagonal, with part
    of the identity: the first entry of the vector, and each number.

    Parameters
    ----------
    depth : int
        Number of layers N, 1 to 16.
    learning_rate : float
        ``η``, any positive number.
    scale : float
        ``σ``, the standard deviation of the noise, 0 to 1. The first layers of all depths have the same noise.
    identity : float
        What is added on every diagonal, 0 to 1.
    target : str
        ``"ahead"`` is (½, ½, ½, ½), ``"behind"`` is (−½, ½, ½, ½), ``"opposite"`` is (−1, 0, 0, 0): at an angle of 60°,
        120° and 180° to the identity start, which is as far from the first as zero is.
    seed : int
        Of the noise, 0 to 999.
    steps : int
        The longest run, up to 100,000 steps.

    Raises
    ------
    ValueError, TypeError
        If a value is out of range or of the wrong kind; the message names it.

    Examples
    --------
    >>> from deeplinear.explorables import PlateauLab
    >>> lab = PlateauLab(depth=4)
    >>> run = lab.compute()
    >>> run.left, round(run.wait)
    (696, 690)
    >>> lab.identity = 1
    >>> lab.compute().left
    3
    """

    _title = "The plateau: how long a deep network waits near zero"

    depth = Whole(4, 1, 16, "number of layers")
    learning_rate = Real(0.2, None, None, "step size", slide=(1e-3, 1000), per_decade=20)
    scale = Real(0.1, 0, 1, "standard deviation of the noise")
    identity = Real(0.0, 0, 1, "what is added on every diagonal", step=0.05)
    target = Choice(("ahead", "behind", "opposite"), "where the target is")
    seed = Whole(62, 0, 999, "of the noise")
    steps = Whole(10_000, 1, 100_000, "longest run")

    @property
    def start(self) -> tuple[Array, ...]:
        """The layers at step 0, as the rest of the package takes them: (1, 4), then (1, 1) for each number."""
        vector, numbers = _start(self.depth, self.scale, self.identity, self.seed)
        return (np.array([vector]), *(np.array([[number]]) for number in numbers))

    def compute(self) -> PlateauRun:
        """The run that the figure draws: every step up to 24, then about 56 a decade, its end,
        and where the loss jumps.
        """
        return _run(**self.state)

    def summary(self) -> str:
        return sentence_of(self.state, self.compute())

    def poster(self, standalone: bool = False) -> str:
        run, plain = self.compute(), _run(**self.state | {"depth": 1})
        marks = ((10.0**k, f"{10**k:,}") for k in range(int(math.log10(self.steps)) + 1))
        across = Axis(0, self.steps, ((0, "0"), *marks), "step", "steps")
        losses = Panel(52, 290, across, Axis(SETTLED, TOP, _powers(-8, 4, 2), "loss L(w)", "log"))
        losses.line([0, self.steps], [LEFT, LEFT], None, 'stroke-dasharray="1.5 3"')
        waits = ((run.wait, 3, "law"), (run.wait_balanced, None, "if balanced"))
        seen = [wait for wait, _, _ in waits if wait is not None and wait <= self.steps]
        for row, (wait, color, label) in enumerate(waits):
            if wait in seen:
                losses.line([wait, wait], [SETTLED, TOP], color, 'stroke-width="1.6" stroke-dasharray="5 4"')
                side = min(seen) > math.sqrt(self.steps)
                at = min(seen) if side else max(seen)
                losses.text(
                    at,
                    TOP,
                    f"{label}: {count(wait)}",
                    color,
                    -6 if side else 6,
                    12 + 17 * row,
                    "end" if side else "start",
                )
        losses.line(plain.steps, plain.loss, 1, 'stroke-width="1.8" stroke-dasharray="5 4"')
        losses.text(plain.steps[-1], 1e-6, "N = 1", 1, 6)
        losses.line(run.steps, run.loss, 2, 'stroke-width="2.6"')
        if run.left is not None:
            losses.dot(run.left, LEFT, 2)
        losses.text(0, 2.0, f"N = {self.depth}" + (" diverges" if run.diverged is not None else ""), 2, 6)
        low = _smallest_seen(self.scale)
        sizes = Axis(low, 10, _powers(math.ceil(math.log10(low)), 1, 1), "size of each layer |Wⱼ|", "log")
        norms = Panel(410, 296, across, sizes)
        some = [*range(0, len(run.steps) - 1, 1 + run.layers.size // 500), len(run.steps) - 1]
        for j in reversed(range(self.depth)):
            norms.line(run.steps[some], run.layers[j, some], 4 if j else 5, f'stroke-width="{1.4 if j else 2.6}"')
        norms.text(0, 3, "W₁, the vector", 5, 6)
        if self.depth > 1:
            norms.text(self.steps, 3, "the numbers above it", 4, 0, 0, "end")
        return picture([losses, norms], standalone)


def _start(depth: int, scale: float, identity: float, seed: int) -> tuple[Array, list[float]]:
    """The vector, and the numbers above it."""
    noise = scale * normals(seed, 3 + depth)
    return np.array([identity + noise[0], *noise[1:4]]), [identity + float(number) for number in noise[4:]]


@lru_cache(maxsize=64)
def _run(
    depth: int, learning_rate: float, scale: float, identity: float, target: str, seed: int, steps: int
) -> PlateauRun:
    y = np.array(TARGETS[target])
    v, s = _start(depth, scale, identity, seed)
    wait, wait_balanced = (None if wait is None else wait / learning_rate for wait in _waits(v, s, y, depth))
    signs = [number < 0 for number in s]
    records: list[tuple[int, float, list[float]]] = []
    left = diverged = flip = flipped = None
    mark, sudden, before, ceiling = 0, SUDDEN, 0.0, math.inf
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps + 1):
            residual = math.prod(s) * v - y
            loss = 0.5 * sequential_sum(residual * residual)
            ceiling = DIVERGED * loss if t == 0 else ceiling
            if not loss <= ceiling:
                diverged = t
            elif left is None and loss <= LEFT:
                left = t
            last = t == steps or diverged is not None or loss <= SETTLED
            jumps = sudden > 0 and t != mark and not 0.7 * before <= loss <= 1.4 * before
            if t == mark or jumps or last:
                records.append((t, loss, [math.sqrt(sequential_sum(v * v)), *map(abs, s)]))
                sudden -= jumps
                before = loss
                mark = t + max(1, t // 24) if t == mark else mark
            if flip is None and (math.prod(s) < 0) != (sum(signs) % 2 == 1):
                flip, flipped = t, 2 + next(j for j, number in enumerate(s) if (number < 0) != signs[j])
            if last:
                break
            by_vector, by_numbers = pull_back(v, s, residual)
            v = v - learning_rate * by_vector
            s = [number - learning_rate * slope for number, slope in zip(s, by_numbers, strict=True)]
    at, losses, sizes = zip(*records, strict=True)
    layers = _finite_or_inf(sizes).T
    return PlateauRun(np.array(at), _finite_or_inf(losses), layers, left, diverged, flip, flipped, wait, wait_balanced)


def _waits(v: Array, s: list[float], y: Array, depth: int) -> tuple[float | None, float | None]:
    """The time that the laws expect, for layers as they are and for balanced ones."""
    size = math.sqrt(sequential_sum(v * v)) * abs(math.prod(s))
    return wait_as_it_is([sequential_sum(v * y), *s], REACH), wait_if_balanced(size, REACH, depth)


def _finite_or_inf(values: object) -> Array:
    array = np.array(values)
    array[np.isnan(array)] = np.inf
    return array


def _smallest_seen(scale: float) -> float:
    """Where the axis of the sizes begins: a layer that changes its sign dips below any."""
    return max(min(scale / 30, 0.01), 1e-5)


def _powers(low: int, high: int, every: int) -> tuple[tuple[float, str], ...]:
    return tuple((10.0**k, power_of_ten(k)) for k in range(low, high + 1, every))
