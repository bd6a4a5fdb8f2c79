"""Names that a sweep once took where it takes objects now: they still work, with a warning, for one release."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from deeplinear.networks import AdaptiveStep, Amplification, Balanced, Identity, NearZero, Rule

__all__ = ["network_of", "start_of"]

_STARTS = {"near-zero": NearZero, "identity": Identity, "balanced": Balanced}
_NETWORKS = {"factors": None, "rule": Rule, "adaptive-step": AdaptiveStep, "amplification": Amplification}


def start_of(start: Any, scale: float | None = None) -> Any:
    """The object for a former name of a start, or for end-to-end weights; everything else is left as it is."""
    if isinstance(start, str) and start in _STARTS:
        made: Any = _STARTS[start](scale=0.01 if scale is None else scale)
    elif isinstance(start, (tuple, list, np.ndarray)):
        made = Balanced(start)
    else:
        return start
    _warn(f"start={start!r}", f"start=dl.networks.{made!r}")
    return made


def network_of(method: str) -> Any:
    """The class for the former name of a method."""
    if method not in _NETWORKS:
        raise ValueError(
            f"method is {method!r}: leave it out, and give network=dl.networks.Rule, AdaptiveStep or Amplification"
        )
    made = _NETWORKS[method]
    _warn(f"method={method!r}", "no method" if made is None else f"network=dl.networks.{made.__name__}")
    return made


def _warn(old: str, new: str) -> None:
    warnings.warn(f"sweep({old}) will go with the next release: write {new}", DeprecationWarning, stacklevel=4)
