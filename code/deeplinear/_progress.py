"""A progress bar that counts the steps of runs."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator

__all__ = ["bar"]


@contextlib.contextmanager
def bar(runs: int, steps: int) -> Iterator[Callable[[int], object]]:
    """Yields what is to be told of every `steps` taken; where tqdm is not installed, nothing is shown."""
    try:
        from tqdm.auto import tqdm
    except ImportError:  # a convenience, not worth a dependency
        yield lambda taken: None
        return
    with tqdm(total=runs * steps, unit="step", unit_scale=True, desc=f"{runs} runs", mininterval=math.sqrt(2)) as shown:
        yield shown.update
