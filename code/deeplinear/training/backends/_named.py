"""The backends that have a name."""

from __future__ import annotations

from deeplinear.training.backends._backend import Backend
from deeplinear.training.backends._jax import Jax
from deeplinear.training.backends._numpy import NumPy

__all__ = ["named"]


def named(backend: str | Backend) -> Backend:
    """The backend of this name, or the given one.

    Raises
    ------
    ValueError
        If there is none of this name; the message lists them.
    TypeError
        If it is no backend.
    """
    if isinstance(backend, Backend):
        return backend
    if backend == "numpy":
        return NumPy()
    if backend == "jax":
        return Jax()
    offered = "'numpy', 'jax' or an object such as deeplinear.training.backends.Dask(client)"
    if isinstance(backend, str):
        raise ValueError(f"backend is {backend!r}, it must be {offered}")
    raise TypeError(
        f"backend is {backend!r}, it must be {offered}; one of your own inherits from dl.training.backends.Backend"
    )
