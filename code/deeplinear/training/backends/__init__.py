"""What does the arithmetic of training, and where: NumPy with Numba here, JAX, or a Dask cluster; one file each."""

from __future__ import annotations

from deeplinear.training.backends._backend import Backend
from deeplinear.training.backends._dask import Dask
from deeplinear.training.backends._jax import Jax
from deeplinear.training.backends._named import named
from deeplinear.training.backends._numpy import NumPy

__all__ = ["Backend", "Dask", "Jax", "NumPy", "named"]
