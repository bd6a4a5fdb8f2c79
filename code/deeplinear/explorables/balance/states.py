"""Runs of BalanceDrift that the script must repeat: all starts, depths and widths, below the rank too, and divergence.

Not those that wait on a plateau at great depth: a drift of 1e-8 is all that is left of numbers that are not small.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

__all__ = ["states"]


def states() -> Iterator[dict[str, Any]]:
    """Starts × depths with widths, rates and decays that go round; then single states at the edges."""
    starts = ("balanced", "identity", "xavier")
    for number, (start, depth) in enumerate(product(starts, range(2, 9))):
        yield {
            "start": start,
            "depth": depth,
            "width": (5, 1, 8, 3, 4)[number % 5],
            "learning_rate": (0.06, 0.1, 0.2)[(number + depth) % 3] / (1 if depth < 5 else 2),
            "weight_decay": (0.0, 0.3, 0.0, 1.0)[number % 4],
            "seed": (number + 1) % 10,
        }
    for depth, width, seed in ((2, 5, 0), (2, 1, 3), (3, 5, 1), (3, 8, 7), (4, 6, 2)):
        yield {"start": "near-zero", "depth": depth, "width": width, "learning_rate": 0.08, "seed": seed}
    yield {"start": "near-zero", "depth": 2, "width": 3, "learning_rate": 0.1, "weight_decay": 1.0}
    for start, depth, rate in (
        ("balanced", 2, 0.8),
        ("balanced", 5, 1.0),
        ("identity", 5, 1.0),
        ("xavier", 8, 0.5),
        ("xavier", 4, 0.2),
    ):
        yield {"start": start, "depth": depth, "learning_rate": rate}
    yield {"learning_rate": 1.0, "depth": 2, "width": 1, "start": "identity"}
    yield {"learning_rate": 0.37, "depth": 2, "width": 2}
    yield {"learning_rate": 0.025}
