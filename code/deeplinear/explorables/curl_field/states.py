"""Walks of CurlField that the script must repeat: every loss, real depths from 1 to 6, both ends of every control."""

from collections.abc import Iterator
from typing import Any

__all__ = ["states"]


def states() -> Iterator[dict[str, Any]]:
    """The theorem's curve at nine depths, then other losses on smaller and narrower ones, finished or on the way."""
    for number, depth in enumerate((1, 1.3, 1.5, 1.95, 2, 2.5, 3, 4.4, 6)):
        yield {"depth": depth, "progress": (100, 62.5, 0)[number % 3]}
    for number, depth in enumerate((1, 1.7, 2, 3, 5)):
        yield {"loss": "anisotropic", "depth": depth, "span": (90, 180, 135)[number % 3], "progress": 40 + 10 * number}
        yield {
            "loss": "l4",
            "depth": depth,
            "outer": (0.02, 0.3, 1.5)[number % 3],
            "ratio": (0.9, 0.3, 0.05)[number % 3],
        }
    for depth in (2, 3.5):
        yield {"loss": "isotropic", "depth": depth, "span": 30, "ratio": 0.05, "progress": 99.5}
    for depth in (1, 2, 3, 6):
        yield {"loss": "homogeneous", "depth": depth, "span": 150, "progress": 33}
