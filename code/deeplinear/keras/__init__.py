"""Deep linear layers for Keras: train a product of matrices in the place of one, then fold it back into one.

:class:`DeepDense` takes the place of ``keras.layers.Dense``. :func:`overparameterize` puts it into a given model
without changing what the model computes, and :func:`fold` takes it out again, so that depth costs nothing after
training. This is the only module that imports Keras: ``pip install "deeplinear[tensorflow]"``.

Keras multiplies from the right, ``outputs = inputs @ kernel``. So a kernel is the transpose of the book's end-to-end
matrix, and its factors are the transposes of the book's, in the same order: ``kernel = F_1 F_2 ⋯ F_N = (W_N ⋯ W_1)ᵀ``,
``F_j = W_jᵀ``.

>>> import deeplinear as dl
>>> import numpy as np
>>> from deeplinear.keras import DeepDense
>>> layer = DeepDense(units=2, depth=3)
>>> layer.build((None, 4))
>>> product = dl.end_to_end([np.transpose(factor) for factor in layer.factors])
>>> bool(np.allclose(layer.kernel, product.T, atol=1e-6))
True
"""

from __future__ import annotations

try:
    import keras as _keras  # noqa: F401
except ImportError as error:
    raise ImportError('deeplinear.keras needs Keras and TensorFlow: pip install "deeplinear[tensorflow]"') from error

from deeplinear.keras.layer import DeepDense
from deeplinear.keras.rewrite import fold, overparameterize
from deeplinear.keras.starts import Balanced, Identity

__all__ = ["Balanced", "DeepDense", "Identity", "fold", "overparameterize"]
