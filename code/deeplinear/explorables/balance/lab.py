"""BalanceDrift: what gradient descent does to the balance between layers, and what follows for their product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deeplinear.explorables.balance.run import TIME, Drift, problem, run, start_factors
from deeplinear.explorables.balance.sentence import is_balanced, sentence_of
from deeplinear.explorables.drawing.numbers import power_of_ten
from deeplinear.explorables.drawing.poster import Axis, Panel, picture
from deeplinear.explorables.frame.host import Explorable
from deeplinear.explorables.frame.traits import Choice, Real, Whole
from deeplinear.problems import LpRegression

__all__ = ["BalanceDrift", "Drift"]

#: The axes show this range.
LOW = 1e-4
HIGH = 20.0


class BalanceDrift(Explorable):
    """A deep linear network learns a map M, 4 × 5, on the loss ``L(W) = ½‖W − M‖²`` by gradient descent on its layers.

    A run lasts for the time η·steps = 4. The end-to-end rule, which knows the product alone, runs beside the network
    from the same product.

    Parameters
    ----------
    depth : int
        Number of layers N, 2 to 8: a single layer has no neighbour to be balanced with.
    width : int
        Width of every hidden layer, 1 to 8.
    learning_rate : float
        ``η``, 0.025 to 1.
    weight_decay : float
        ``λ`` on the layers, 0 to 1.
    start : str
        ``"balanced"``: a random product of the rank that the width allows, shared equally by the layers.
        ``"near-zero"``: independent weights of standard deviation 0.1. ``"identity"``: ones on every diagonal.
        ``"xavier"``: independent weights of variance 2/(rows + columns).
    seed : int
        Which random numbers, 0 to 99.

    Raises
    ------
    ValueError, TypeError
        If a value is out of range or of the wrong kind; the message names it.

    Examples
    --------
    >>> from deeplinear.explorables import BalanceDrift
    >>> lab = BalanceDrift(depth=3, learning_rate=0.05)
    >>> float(lab.compute().drift[-1].round(4))
    0.0333
    >>> lab.learning_rate = 0.025
    >>> float(lab.compute().drift[-1].round(4))
    0.0168
    """

    _title = "Balance: what descent on the layers keeps of the start"

    depth = Whole(3, 2, 8, "number of layers")
    width = Whole(5, 1, 8, "width of the hidden layers")
    learning_rate = Real(0.05, 0.025, 1, "step size", per_decade=20)
    weight_decay = Real(0.0, 0, 1, "weight decay on the layers", step=0.05)
    start = Choice(("balanced", "near-zero", "identity", "xavier"), "the layers at step 0")
    seed = Whole(0, 0, 99, "which random numbers")

    @property
    def problem(self) -> LpRegression:
        """The loss, as the rest of the package knows it."""
        return problem()

    @property
    def factors(self) -> tuple[NDArray[np.float64], ...]:
        """The layers at step 0."""
        return start_factors(self.depth, self.width, self.start, self.seed)

    def compute(self) -> Drift:
        """The run that the figure draws, at up to 50 equally spaced steps, the last among them."""
        return run(**self.state)

    def summary(self) -> str:
        return sentence_of(self.state, self.compute())

    def poster(self, standalone: bool = False) -> str:
        drift = self.compute()
        layers = Panel(52, 240, *_axes("imbalance ‖Dⱼ‖"))
        dashed = 'stroke-dasharray="5 4" stroke-width="1.4"'
        for sizes, law in zip(drift.imbalance.T, drift.law.T, strict=True):
            layers.line(drift.time, sizes, 1, 'stroke-width="2.2" stroke-opacity=".7"')
            layers.line(drift.time[[0, -1]], law[[0, -1]], None, dashed)
        flow = float(drift.law[0].max())
        words = "flow: 0, below the picture" if is_balanced(drift) else "flow, dashed"
        layers.text(0, min(max(flow, LOW), HIGH / 2), words, None, 66, -8)
        _name_ends(layers, [("descent", drift.imbalance[-1].max(), 1)])
        products = Panel(418, 232, *_axes("loss, and distance"))
        curves = (("network", drift.loss, 2), ("rule", drift.rule_loss, 3), ("distance", drift.distance, 4))
        for (_, values, color), style in zip(curves, ('stroke-width="2.6"', dashed, 'stroke-width="1.6"'), strict=True):
            products.line(drift.time, values, color, style)
        _name_ends(products, [(name, values[-1], color) for name, values, color in curves])
        return picture([layers, products], standalone)


def _axes(label: str) -> tuple[Axis, Axis]:
    times = tuple((float(time), f"{time}") for time in range(int(TIME) + 1))
    powers = tuple((10.0**k, power_of_ten(k)) for k in range(-4, 2))
    return Axis(0, TIME, times, "time η · steps"), Axis(LOW, HIGH, powers, label, "log")


def _name_ends(panel: Panel, ends: list[tuple[str, float, int]]) -> None:
    """Names to the right of a panel at the heights of the values, the highest first, a line apart."""
    lowest = panel.top + panel.height
    y = panel.top - 15
    for number, (name, value, color) in enumerate(sorted(ends, key=lambda end: -end[1])):
        room = lowest - 15 * (len(ends) - 1 - number)
        height = min(max(panel.point(TIME, value)[1], panel.top + 4), room)
        y = max(height, y + 15)
        panel.text(TIME, HIGH, name, color, 7, y - panel.top + 4)
