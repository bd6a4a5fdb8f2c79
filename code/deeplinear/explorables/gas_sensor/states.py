"""States of GasSensorLab: every optimizer, power and start, depths 1 to 8,
runs on the edge of stability and beyond it.
"""

import itertools
from collections.abc import Iterator
from typing import Any

__all__ = ["states"]


def states() -> Iterator[dict[str, Any]]:
    for p, depth in itertools.product((2, 3, 4, 6), (1, 2, 3, 8)):
        yield {"p": p, "depth": depth, "learning_rate": {2: 1e-2, 3: 3e-3, 4: 1e-3, 6: 5e-5}[p], "steps": 400}
    for optimizer, start in itertools.product(("gd", "momentum", "adagrad", "adam"), ("near-zero", "identity")):
        rate = {"gd": 2e-3, "momentum": 5e-4, "adagrad": 0.1, "adam": 0.02}[optimizer]
        yield {"optimizer": optimizer, "start": start, "depth": 3, "learning_rate": rate, "seed": 4, "steps": 1500}
    # On the edge of stability, where rounding errors grow; to a late end; to an early one.
    yield {"p": 2, "depth": 2, "learning_rate": 0.15, "steps": 2500}
    yield {"p": 2, "depth": 3, "learning_rate": 0.1, "start": "identity", "steps": 2500}
    yield {"depth": 2, "learning_rate": 0.0147, "steps": 4000}
    yield {"depth": 3, "learning_rate": 0.0147, "steps": 4000}
    yield {"depth": 1, "learning_rate": 0.00464, "steps": 100}
    yield {"depth": 8, "learning_rate": 10.0, "start": "identity", "steps": 100}
    yield {"optimizer": "adam", "depth": 2, "learning_rate": 1.0, "steps": 800}
    yield {"p": 5, "depth": 4, "learning_rate": 1e-4, "start": "identity", "seed": 99, "steps": 1}
