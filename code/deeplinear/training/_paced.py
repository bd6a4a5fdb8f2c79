"""Oracles whose threads are chosen by measure."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear import _threads
from deeplinear._threads import Crew
from deeplinear.training import _compiled
from deeplinear.training.oracles import CompiledPowerOracle, Oracle

__all__ = ["Paced", "paced"]

Array = NDArray[np.float64]


class Paced:
    """An oracle whose threads a crew chooses."""

    def __init__(self, oracle: Oracle, choices: tuple[int, ...], use: Callable[[int], Any]) -> None:
        self.oracle, self.crew, self.use = oracle, Crew(choices), use
        self.basis, self.rounds = oracle.basis, getattr(oracle, "rounds", False)
        self.using = 0

    def __call__(self, weights: Array, with_loss: bool = False) -> tuple[Array, Array | None]:
        """As the oracle."""
        if self.using != self.crew.threads:
            self.using = self.crew.threads
            self.use(self.using)
        begin = time.perf_counter()
        answer = self.oracle(weights, with_loss)
        self.crew.took(time.perf_counter() - begin, len(weights))
        return answer


def paced(oracle: Oracle) -> Oracle:
    """`oracle` with its threads chosen by measure, where there is a means to choose them."""
    if isinstance(oracle, CompiledPowerOracle):
        most, use = _compiled.threads(), _compiled.use_threads
    else:
        most, use = _threads.blas_threads(), _threads.use_blas_threads
    return oracle if most <= 1 else Paced(oracle, (1, most), use)
