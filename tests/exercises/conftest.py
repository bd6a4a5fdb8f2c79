"""What the tests of the exercises share: every answer, its right value and its slips computed once."""

import importlib
import pkgutil
from dataclasses import replace
from functools import cache

import pytest

import deeplinear.exercises as exercises
from deeplinear.exercises._registry import ANSWERS

for module in pkgutil.iter_modules(exercises.__path__):
    importlib.import_module(f"deeplinear.exercises.{module.name}")


@cache
def _settled(name):
    answer = ANSWERS[name]
    right, slips = answer.right(), {advice: slip() for advice, slip in answer.slips.items()}
    return replace(
        answer, right=lambda: right, slips={advice: lambda slip=slip: slip for advice, slip in slips.items()}
    )


@pytest.fixture(scope="session")
def settled():
    """The answer of an exercise whose values are computed already: some take seconds."""
    return _settled
