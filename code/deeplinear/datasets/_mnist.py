"""MNIST as Keras ships it: 60,000 training and 10,000 test images of handwritten digits, 28 × 28."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeplinear.datasets._lookup import Source, found
from deeplinear.datasets._sources import DataError, digest, registered, verify

__all__ = ["Mnist", "load_mnist"]

Images = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Mnist:
    """Handwritten digits: `inputs` ``(n, 28, 28)`` uint8 from 0 (paper) to 255 (ink), `targets` ``(n,)`` from 0 to 9.

    `test_inputs` and `test_targets` likewise. `source` is "keras" or "embedded".
    """

    inputs: Images
    targets: Images
    test_inputs: Images
    test_targets: Images
    source: str
    citation: str
    licence: str
    name: str = "mnist"

    @cached_property
    def sha256(self) -> str:
        """Of the images and the labels, byte for byte."""
        return digest(self.inputs, self.targets, self.test_inputs, self.test_targets)

    def __repr__(self) -> str:
        return f"Mnist({len(self.inputs)} + {len(self.test_inputs)} images, source={self.source!r})"


def load_mnist(source: Source = "auto") -> Mnist:
    """MNIST, looked up as :func:`load_ethanol` does (``mnist.npz``, in ``DEEPLINEAR_DATA`` or in its ``mnist/``).

    The stand-in is scikit-learn's set of 1,797 digits, 8 × 8, enlarged threefold and padded to 28 × 28.

    Raises
    ------
    DataError
        If a file is found and is not what it should be, or the cache cannot be written; with "real", also if the data
        cannot be had.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.load_mnist(source="embedded")
    Mnist(1500 + 297 images, source='embedded')
    """
    return found("MNIST", source, _real, _stand_in, " (scikit-learn's 1,797 digits)")


def _real() -> Mnist:
    entry = registered("mnist")
    local = entry.in_folder(("mnist/mnist.npz", "mnist.npz"))
    place = verify(local, entry.sha256) if local else entry.fetch()
    data = Mnist(*_arrays(place), "keras", entry.citation, entry.licence)
    entry.check(data.name, data.sha256, place)
    return data


def _stand_in() -> Mnist:
    from deeplinear.datasets._embedded import digits_stand_in

    citation = "E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998, doi:10.24432/C50P49"
    return Mnist(*digits_stand_in(), "embedded", citation, "CC BY 4.0")


def _arrays(path: Path) -> tuple[Images, Images, Images, Images]:
    try:
        with np.load(path) as file:
            return file["x_train"], file["y_train"], file["x_test"], file["y_test"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is not MNIST as Keras ships it: {error}; delete it") from None
