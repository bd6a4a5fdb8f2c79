"""Runs of PlateauLab that the script must repeat: plateaus left and not, sign changes, divergence, nothing at all."""

from collections.abc import Iterator
from itertools import product
from typing import Any

__all__ = ["states"]


def states() -> Iterator[dict[str, Any]]:
    """Depths × starts × targets, two seeds; no noise, rates too large at once or after the plateau,
    the deepest network.
    """
    short = {"steps": 300}
    for depth, (identity, target), seed in product(
        (1, 2, 3, 4, 8), ((0, "ahead"), (0.5, "behind"), (1, "opposite")), (0, 5)
    ):
        yield short | {
            "depth": depth,
            "identity": identity,
            "target": target,
            "seed": seed,
            "learning_rate": 0.05,
            "scale": 0.2,
        }
    for depth in (2, 3):
        yield short | {"depth": depth, "seed": 5, "learning_rate": 0.3}
    for depth, identity, target in product((1, 2, 5), (0, 1), ("ahead", "opposite")):
        yield short | {"depth": depth, "scale": 0, "identity": identity, "target": target}
    for depth, identity, rate in ((1, 0, 2.5), (3, 0, 5.0), (4, 1, 1.0), (8, 1, 3.0), (8, 0, 1e4), (2, 0, 1e9)):
        yield short | {"depth": depth, "identity": identity, "learning_rate": rate}
    yield short | {"depth": 16, "identity": 1, "scale": 0.3, "learning_rate": 1e-3}
    yield {"depth": 3, "steps": 1}
