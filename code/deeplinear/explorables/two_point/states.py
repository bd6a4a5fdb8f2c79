"""Runs of TwoPointLab that the script must repeat, those near instability and beyond it among them."""

from collections.abc import Iterator
from itertools import product
from typing import Any

__all__ = ["states"]


def states() -> Iterator[dict[str, Any]]:
    """Methods × depths × powers × rates below, near and far above the stable one; both starts,
    and depths that are not used.
    """
    short = {"ratio": 20, "scale": 0.1, "goal": 1e-2, "steps": 400}
    for p, depth, method in product((2, 3, 4, 6), range(1, 9), ("rule", "factors")):
        a = 2 - 2 / depth
        s = 20 * a / (a + p - 2) if a + p > 2 else 0.0
        stable = 2 / (depth * s**a * (20 - s) ** (p - 2))
        fraction = (0.1, 0.6, 30.0)[(depth + p) % 3]
        direction = ("targets", "equal")[depth % 2]
        yield short | {
            "p": p,
            "depth": depth,
            "method": method,
            "learning_rate": fraction * stable,
            "direction": direction,
        }
    for power, fraction, method in product((2, 2.5, 3, 4, 6, 7.3), (0.05, 0.5, 3.0), ("gd", "momentum")):
        yield short | {"p": power, "depth": 1, "method": method, "learning_rate": fraction / 20.0 ** (power - 2)}
    for p, rate in product((2, 3, 4, 6), (0.01, 0.5, 5.0)):
        yield short | {"p": p, "depth": 1, "method": "adam", "learning_rate": rate, "direction": "equal"}
    for fraction in (0.94, 0.97, 1.0, 1.03, 1.06):
        yield short | {"depth": 2, "method": "rule", "learning_rate": fraction * 5e-4, "ratio": 100}
    yield short | {"depth": 2, "method": "factors", "learning_rate": 10 ** (-27 / 6), "ratio": 100}
