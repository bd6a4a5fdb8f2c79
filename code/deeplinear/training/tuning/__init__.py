"""A learning rate of its own for every method, by one rule: the best of a fine lattice that almost every seed survives.

Where what is decided: :mod:`~deeplinear.training.tuning.rule` says which of the rates that were tried is chosen,
:mod:`~deeplinear.training.tuning.search` which are tried,
:mod:`~deeplinear.training.tuning.report` what is told of it.
"""

from __future__ import annotations

from deeplinear.training.tuning._tune import tune, tune_all
from deeplinear.training.tuning.labelled import best_rates
from deeplinear.training.tuning.report import Tuned
from deeplinear.training.tuning.rule import SURVIVAL, Choice, choose
from deeplinear.training.tuning.search import Search, rate, search_together

__all__ = [
    "SURVIVAL",
    "Choice",
    "Search",
    "Tuned",
    "best_rates",
    "choose",
    "rate",
    "search_together",
    "tune",
    "tune_all",
]
