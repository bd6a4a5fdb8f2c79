"""GasSensorLab: train deep linear networks on the gas sensors in small,
in front of the recorded runs on all of the data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.explorables.drawing.numbers import power, power_of_ten
from deeplinear.explorables.drawing.poster import Axis, Panel, picture
from deeplinear.explorables.frame.host import Explorable
from deeplinear.explorables.frame.traits import Choice, Real, Whole
from deeplinear.explorables.gas_sensor.problem import POWERS, moments, problem
from deeplinear.explorables.gas_sensor.sentence import LIMITS, sentence_of
from deeplinear.explorables.numerics.chain import pull_back, sequential_sum
from deeplinear.explorables.numerics.normals import normals
from deeplinear.problems import LpRegression
from deeplinear.replication import records
from deeplinear.training.optimizers import AdaGrad, Adam, GradientDescent, HeavyBall, Optimizer

__all__ = ["GasSensorLab", "SensorRun"]

Array = NDArray[np.float64]

#: A run has diverged once its loss exceeds this many times the first one, or is no number.
DIVERGED = 1e12
_OPTIMIZERS: dict[str, Optimizer] = {
    "gd": GradientDescent(),
    "momentum": HeavyBall(),
    "adagrad": AdaGrad(),
    "adam": Adam(),
}


@dataclass(frozen=True)
class SensorRun:
    """What a run did, at the `steps` where it was recorded, arrays of shape (n,).

    `distance` is ``mean |r|^p − optimum``, `inf` where it overflowed. `edge` is the learning rate times the largest
    curvature of the loss as a function of the layers; None for adaptive methods. `diverged` is the first step at which
    the loss is out of bounds, or None.
    """

    steps: NDArray[np.int64]
    distance: Array
    edge: Array | None
    diverged: int | None


class GasSensorLab(Explorable):
    """Linear networks of hidden width 1 on the gas sensors in small, live, before the recorded runs on all of the data.

    Sixteen directions and 192 made-up rows have the second moments of the real regression, eigenvalues a factor of 2.3
    apart taken together: runs on ℓ2 are the real ones to a few percent, those on ℓ4 are alike in what happens, not in
    numbers.

    Parameters
    ----------
    p : int
        The power of the loss ``(1/p) mean |r|^p``, 2 to 6.
    depth : int
        Number of layers, 1 to 8.
    learning_rate : float
        ``η``, any positive number.
    optimizer : str
        ``"gd"``, ``"momentum"`` (0.9), ``"adagrad"`` or ``"adam"``, on the layers.
    start : str
        ``"near-zero"``: independent weights of standard deviation 0.01; ``"identity"``: besides, a weight of 1 on the
        first feature, as far as these directions hold it, and on every further layer.
    seed : int
        Of the start, 0 to 99.
    steps : int
        Length of the run, up to 100,000 steps.

    Raises
    ------
    ValueError, TypeError
        If a value is out of range or of the wrong kind; the message names it.

    Examples
    --------
    >>> from deeplinear.explorables import GasSensorLab
    >>> run = GasSensorLab(p=2, depth=1, learning_rate=0.0215, steps=1000).compute()
    >>> print(run.distance[-1].round(3))  # the run on all of the data: 0.048
    0.048
    """

    _title = "The gas sensors: depth, rate and optimizer"

    p = Whole(4, POWERS[0], POWERS[-1], "power of the loss")
    depth = Whole(2, 1, 8, "number of layers")
    learning_rate = Real(5e-3, None, None, "step size", slide=(1e-5, 1), per_decade=20)
    optimizer = Choice(tuple(_OPTIMIZERS), "how the layers move")
    start = Choice(("near-zero", "identity"), "where the layers start")
    seed = Whole(0, 0, 99, "seed of the start")
    steps = Whole(20_000, 1, 100_000, "length of the run")

    @property
    def problem(self) -> LpRegression:
        """The loss, as the rest of the package knows it."""
        return problem(self.p)

    @property
    def layers(self) -> tuple[Array, ...]:
        """The factors at step 0, of shapes (1, 16), (1, 1), …"""
        parameters = _start(self.depth, self.start, self.seed)
        size = len(moments().eigenvalues)
        return (parameters[None, :size], *parameters[size:, None, None])

    def compute(self) -> SensorRun:
        """The run that the figure draws, recorded at every step up to 16, then about 37 times a decade,
        and at its end.
        """
        return _run(**self.state)

    def summary(self) -> str:
        return sentence_of(self.state, self.compute())

    def poster(self, standalone: bool = False) -> str:
        run, color, thick = self.compute(), min(self.depth, 4), 'stroke-width="2.6"'
        recorded = self.data["records"].get(str(self.p))
        longest = max(self.steps, recorded["steps"][-1] if recorded else 0)
        marks = ((0, "0"), *((10.0**k, power_of_ten(k)) for k in range(0, int(math.log10(longest)) + 1, 2)))
        across = Axis(0, longest, marks, "step", "steps")
        top = math.ceil(math.log10(max(float(run.distance[0]), 1e-2))) + 1
        levels = tuple((10.0**k, power_of_ten(k)) for k in range(-3, top + 1, 1 + (top + 3) // 8))
        curves = Panel(52, 296, across, Axis(1e-3, 10.0**top, levels, f"mean {power('|r|', self.p)} − optimum", "log"))
        for number, curve in enumerate(recorded["curves"] if recorded else (), start=1):
            dashes = 'stroke-width="1.2" stroke-dasharray="4 3"'
            curves.line(recorded["steps"][::2], curve[::2], number, dashes)
            curves.text(longest, curve[-1], f"N = {number}, all data", number, 0, (-8, 16, 4)[number - 1], "end")
        some = np.unique([*range(0, len(run.steps), 5), len(run.steps) - 1])
        curves.line(run.steps[some], run.distance[some], color, thick)
        label = f"depth {self.depth}" + ("" if run.diverged is None else " diverges")
        curves.text(run.steps[-1], min(max(_lowest(run), 1e-3), 10.0**top), label, color, -6, 20, "end")
        ticks = tuple((10.0**k, power_of_ten(k)) for k in range(-2, 2))
        edges = Panel(410, 296, across, Axis(1e-2, 10, ticks, "learning rate × largest curvature", "log"))
        if run.edge is None:
            edges.text(1, 0.4, "An adaptive method has no single edge.")
        else:
            limit = LIMITS[self.optimizer]
            edges.line([0, longest], [limit, limit], None, 'stroke-dasharray="5 4"')
            edges.text(longest, limit, f"unstable above {limit:.3g}", None, 0, -7, "end")
            edges.line(run.steps[some], run.edge[some], color, thick)
        return picture([curves, edges], standalone)

    def _data(self) -> dict[str, Any]:
        return _page_data()


@lru_cache(maxsize=1)
def _page_data() -> dict[str, Any]:
    known = moments()
    return {
        "eigenvalues": known.eigenvalues.tolist(),
        "projections": known.projections.tolist(),
        "feature": known.feature.tolist(),
        "optimum": [_optimum(p) for p in POWERS],
        # The largest stable rate of plain descent at w = 0, by which rates of different p are compared.
        "stable": [float(f"{_stable_rate(p):.3g}") for p in POWERS],
        "records": dict(_recorded()),
    }


def _optimum(p: int) -> float:
    return float(f"{p * problem(p).optimum.loss:.12g}")


def _stable_rate(p: int) -> float:
    return 2 / float(np.linalg.eigvalsh(problem(p).hessian(np.zeros_like(moments().eigenvalues)))[-1])


def _recorded() -> Iterator[tuple[str, dict[str, Any]]]:
    """Medians of the recorded runs at the best rates, where there are records: an installed package has none."""
    for p in (2, 4):
        try:
            record = records.read(f"figure-3-l{p}")
        except ValueError:
            continue
        kept = sorted({0, *(record.at(int(step)) for step in np.geomspace(1, record.steps[-1], 28))} - {-1})
        curves = [[float(f"{value:.3g}") for value in record.median(f"depth {depth}")[kept]] for depth in (1, 2, 3)]
        yield str(p), {"steps": record.steps[kept].tolist(), "curves": curves}


def _start(depth: int, start: str, seed: int) -> Array:
    """All parameters: the weights of the first layer, then the one number of each further layer."""
    size = len(moments().eigenvalues)
    noise = 0.01 * normals(1000 + seed, size + depth - 1)
    return noise + np.concatenate([moments().feature, np.ones(depth - 1)]) if start == "identity" else noise


def _lowest(run: SensorRun) -> float:
    return float(run.distance.min())


@lru_cache(maxsize=64)
def _run(p: int, depth: int, learning_rate: float, optimizer: str, start: str, seed: int, steps: int) -> SensorRun:
    """The run, in the order of operations of the script:
    near the edge of stability the smallest rounding error grows.
    """
    data, method = problem(p), _OPTIMIZERS[optimizer]
    inputs, by_feature, targets = data.inputs, np.ascontiguousarray(data.inputs.T), data.targets
    m, size = inputs.shape
    lowest = _optimum(p)
    parameters = _start(depth, start, seed)
    memory = method.initial_state(parameters)
    kept: list[tuple[int, float, float]] = []
    diverged = None
    mark, ceiling = 0, math.inf
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps + 1):
            numbers = parameters[size:].tolist()
            w = math.prod(numbers) * parameters[:size]
            # Sums over the first axis run from its first entry to its last, which a matrix product does not promise.
            residuals = (by_feature * w[:, None]).sum(axis=0) - targets
            slopes, sizes = residuals, np.abs(residuals)
            for _ in range(p - 2):
                slopes = slopes * sizes
            loss = sequential_sum(residuals * slopes) / m
            ceiling = DIVERGED * loss if t == 0 else ceiling
            if not loss <= ceiling:
                diverged = t
            last = t == steps or diverged is not None
            gradient = (inputs * slopes[:, None]).sum(axis=0) / m
            if t == mark or last:
                edge = math.inf
                if optimizer in LIMITS and diverged is None:
                    edge = learning_rate * _curvature(data, w, parameters, gradient)
                kept.append((t, math.inf if math.isnan(loss) else loss - lowest, edge))
                mark = t + max(1, t // 16)
            if last:
                break
            slopes = np.concatenate(pull_back(parameters[:size], numbers, gradient))
            parameters, memory = method.step(parameters, slopes, memory, learning_rate)
    at, distance, edges = zip(*kept, strict=True)
    return SensorRun(np.array(at), np.array(distance), np.array(edges) if optimizer in LIMITS else None, diverged)


def _curvature(data: LpRegression, w: Array, parameters: Array, gradient: Array) -> float:
    """The largest eigenvalue of the loss's second derivatives by all parameters, the layers' own curvature.

    With ``w = c v`` and ``c = s_1 s_2 ⋯``: ``JᵀHJ`` for the Jacobian ``J`` of ``w``, and ``g`` times the second
    derivatives.
    """
    size = len(w)
    v, numbers = parameters[:size], parameters[size:]
    others = [float(np.prod(np.delete(numbers, j))) for j in range(len(numbers))]
    jacobian = np.column_stack([np.prod(numbers) * np.eye(size), *(other * v for other in others)])
    second = jacobian.T @ data.hessian(w) @ jacobian
    for j, other in enumerate(others):
        second[:size, size + j] += other * gradient
        second[size + j, :size] += other * gradient
        for k in range(j):
            pair = float(np.prod(np.delete(numbers, (j, k)))) * float(v @ gradient)
            second[size + j, size + k] += pair
            second[size + k, size + j] += pair
    return float(np.linalg.eigvalsh(second)[-1])
