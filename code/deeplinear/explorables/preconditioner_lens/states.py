"""Gradients under the preconditioner that the script must repeat: every depth and plane,
missing and equal singular values.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

__all__ = ["states"]


def states() -> Iterator[dict[str, Any]]:
    """Depths × planes with singular values apart; then those that are equal, 0, or in the other order,
    and special angles.
    """
    for number, (depth, plane) in enumerate(product(range(1, 9), ("11-22", "11-12", "12-21")), start=1):
        yield {
            "sigma_1": 0.3 + 0.2 * depth,
            "sigma_2": 0.15 * depth,
            "depth": depth,
            "plane": plane,
            "angle": 37.0 * number % 360,
            "rotation": 17.0 * number % 180,
        }
    for depth, sigma in product(
        (1, 2, 5), ((1.0, 0.0), (0.0, 0.7), (0.0, 0.0), (1.3, 1.3), (0.4, 1.9), (2.0, 2.0), (2.0, 0.001))
    ):
        yield {"sigma_1": sigma[0], "sigma_2": sigma[1], "depth": depth, "plane": "11-22", "angle": 55.0}
    for angle in (0.0, 90.0, 180.0, 270.0, 360.0):
        yield {"sigma_1": 1.0, "sigma_2": 0.0, "depth": 3, "plane": "11-22", "angle": angle}
        yield {"sigma_1": 0.0, "sigma_2": 1.0, "depth": 4, "plane": "11-12", "angle": angle}
    for rotation in (45.0, 90.0, 135.0, 180.0):
        yield {"depth": 4, "plane": "11-12", "sigma_2": 0.5, "angle": 123.4, "rotation": rotation}
