"""Runs of ScalarLab that the script must repeat: all depths, starts at and near 0, both signs of imbalance,
and divergence.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

__all__ = ["states"]


def states() -> Iterator[dict[str, Any]]:
    """Short runs: about twenty steps, or fewer where they diverge."""
    for depth, (start, imbalance) in product(range(1, 9), ((0.05, 0.0), (-0.4, 0.7))):
        yield {
            "depth": depth,
            "start": start,
            "imbalance": imbalance,
            "learning_rate": 0.11,
            "time": 2.2,
            "moment": 0.6,
        }
    for depth, rate in ((1, 2.2), (2, 1.07), (3, 0.6), (3, 1.5), (5, 4.0), (8, 0.23), (8, 1.0)):
        yield {"depth": depth, "start": 0.3, "learning_rate": rate, "time": 12.0, "moment": 0.7}
    for depth, decay in ((1, 0.3), (2, 0.2), (4, 0.05), (8, 0.5)):
        yield {
            "depth": depth,
            "start": 0.5,
            "imbalance": -0.2,
            "weight_decay": decay,
            "learning_rate": 0.3,
            "time": 6.0,
            "moment": 0.4,
        }
    for depth, start, imbalance in (
        (2, 0.0, 0.0),
        (2, 0.0, 1.0),
        (3, 0.0, -1.0),
        (2, 1e-9, -1.5),
        (6, 1e-7, 1e-3),
        (7, 2.0, 1.5),
        (2, 1.0, 0.0),
    ):
        yield {
            "depth": depth,
            "start": start,
            "imbalance": imbalance,
            "learning_rate": 0.12,
            "time": 2.4,
            "moment": 1.0,
        }
    yield {"depth": 2, "start": -0.5, "learning_rate": 0.9, "time": 18.0, "moment": 0.3}
    yield {"depth": 3, "start": -1.0, "learning_rate": 0.7, "time": 14.0, "moment": 0.0}
