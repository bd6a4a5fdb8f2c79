"""Tuning as it was called in the first edition, with a function that trains: it still works, with a warning,
for one release.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deeplinear.training.run import Run
from deeplinear.training.tuning.search import Search, search_together

__all__ = ["rates_by"]


def rates_by(configurations: Mapping[str, Run], train: Any, seeds: Any) -> Any:
    """Every configuration at its best rate, with the first seed; `train` takes runs and returns their final losses."""
    warnings.warn(
        "tune(configurations, train, seeds) goes with the next release: write dl.tune(problem, network) or "
        "dl.compare(problem, methods), which train for themselves, or deeplinear.tuning.search_together",
        DeprecationWarning,
        stacklevel=3,
    )
    searches = {name: Search(list(seeds)) for name in configurations}
    search_together(configurations, searches, train)
    rates: dict[str, Any] = {name: search.choice.learning_rate for name, search in searches.items()}
    return {name: replace(run, learning_rate=rates[name], seed=seeds[0]) for name, run in configurations.items()}
