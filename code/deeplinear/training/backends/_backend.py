"""What every backend offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear.problems import Problem
from deeplinear.training.recording import Observers, Trajectories
from deeplinear.training.run import Run

__all__ = ["Backend"]


class Backend(ABC):
    """Advances runs; all backends give the same trajectories, to rounding."""

    @abstractmethod
    def advance(
        self,
        problem: Problem,
        runs: Sequence[Run],
        marks: NDArray[np.int64],
        *,
        dtype: np.dtype[Any],
        observe: Observers,
        progress: Callable[[int], object],
        checkpoint: Path | None,
    ) -> Trajectories:
        """As :func:`deeplinear.advance`, whose arguments have been checked."""
