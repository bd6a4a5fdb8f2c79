"""The gas-sensor drift data (UCI 270): 128 features of 16 sensors, six gases, one concentration each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeplinear.datasets._batches import Rows, from_archive, from_batches, from_table
from deeplinear.datasets._lookup import Source, found
from deeplinear.datasets._sources import Entry, digest, registered, verify

__all__ = ["GASES", "Gas", "load_ethanol", "load_gas"]

Array = NDArray[np.float64]

#: The gases by their class, 1 to 6.
GASES = ("ethanol", "ethylene", "ammonia", "acetaldehyde", "acetone", "toluene")
_FOLDERS = ("gas_sensor/", "")
_ALIKE = " (same second moments, so every ℓ2 run is the real one)"


@dataclass(frozen=True, eq=False)
class Gas:
    """The concentration of one gas, `name`, from 128 features of 16 gas sensors.

    `inputs` ``(n, 128)`` and `targets` ``(n,)`` are standardised: mean 0 and population standard deviation 1 in every
    column. `concentrations` are the targets in ppmv. `raw_inputs` and `batch` (1 to 10, the months of the drift) are
    None for the stand-in. `source` is "uci" or "embedded".
    """

    name: str
    inputs: Array
    targets: Array
    concentrations: Array
    source: str
    citation: str
    licence: str
    raw_inputs: Array | None = None
    batch: NDArray[np.int64] | None = None

    @property
    def sha256(self) -> str:
        """Of the features and the concentrations as they were published (for the stand-in: to six decimals)."""
        features = self.inputs.round(6) + 0.0 if self.raw_inputs is None else self.raw_inputs
        return _digest(features, self.concentrations)

    def __repr__(self) -> str:
        return f"{self.name.capitalize()}({len(self.inputs)} × {self.inputs.shape[1]}, source={self.source!r})"


def load_ethanol(source: Source = "auto") -> Gas:
    """The 2,565 rows of ethanol, standardised.

    Parameters
    ----------
    source : "auto", "real" or "embedded"
        "auto" looks in ``DEEPLINEAR_DATA`` (for ``ethanol.csv``, the official zip, or ``batch1.dat`` to
        ``batch10.dat``, there or in ``gas_sensor/``), then in the cache, then at UCI, and falls back on the stand-in
        without a network. "real" raises instead of falling back. "embedded" takes the stand-in at once.

    Raises
    ------
    DataError
        If a file is found and is not what it should be, or the cache cannot be written; with "real", also if the data
        cannot be had.

    Examples
    --------
    >>> import deeplinear as dl
    >>> data = dl.load_ethanol(source="embedded")
    >>> data
    Ethanol(2565 × 128, source='embedded')
    >>> print(f"{data.concentrations.mean():.2f} ppmv on average")
    114.95 ppmv on average
    """
    return found("the gas-sensor data", source, partial(_real, "ethanol"), _stand_in, _ALIKE)


def load_gas(name: str, source: Source = "auto") -> Gas:
    """The rows of one of the six gases, standardised.

    Parameters
    ----------
    name : "ethanol", "ethylene", "ammonia", "acetaldehyde", "acetone" or "toluene"
        Ethanol has all ten batches, the others have batches 1 to 6, 8 and 9.
    source : "auto", "real" or "embedded"
        As :func:`load_ethanol`; only ethanol has a stand-in.

    Raises
    ------
    ValueError
        If there is no gas of this name, or no stand-in for it.
    DataError
        If a file is found and is not what it should be, or the data cannot be had and nothing stands in for them.

    Examples
    --------
    >>> import deeplinear as dl
    >>> dl.datasets.load_gas("ethanol", source="embedded")
    Ethanol(2565 × 128, source='embedded')
    """
    if name not in GASES:
        raise ValueError(f"there is no gas {name!r}: choose from {', '.join(GASES)}")
    if name == "ethanol":
        return found("the gas-sensor data", source, partial(_real, name), _stand_in, _ALIKE)
    return found(f"the gas-sensor data of {name}", source, partial(_real, name))


def batches(name: str) -> tuple[int, ...]:
    """The batches that are read: all ten for ethanol, eight for the others,
    so that everybody's experiments have these rows.
    """
    return tuple(range(1, 11)) if name == "ethanol" else (1, 2, 3, 4, 5, 6, 8, 9)


def _real(name: str) -> Gas:
    """Verified by the checksum of the rows, whatever held them."""
    entry = registered("gas_sensor")
    place, rows = _rows(name, entry)
    entry.check(name, _digest(rows.features, rows.concentrations), place)
    inputs, targets = _standardised(rows.features), _standardised(rows.concentrations)
    return Gas(
        name, inputs, targets, rows.concentrations, "uci", entry.citation, entry.licence, rows.features, rows.batch
    )


def _rows(name: str, entry: Entry) -> tuple[Path, Rows]:
    """From the reader's folder, the cache or UCI, and where they were found."""
    gas, wanted = GASES.index(name) + 1, batches(name)
    extract = entry.extract if name == "ethanol" else {}
    if extract and (table := entry.in_folder(tuple(folder + extract["file"] for folder in _FOLDERS))):
        # The checksum of the rows does not see the column of batches; that of the file does.
        return table, from_table(verify(table, extract["sha256"]))
    if archive := entry.in_folder(tuple(folder + entry.file for folder in _FOLDERS)):
        return archive, from_archive(archive, wanted, gas)
    for folder in _FOLDERS:
        files = {n: path for n in wanted if (path := entry.in_folder((f"{folder}batch{n}.dat",)))}
        if len(files) == len(wanted):
            return files[1].parent, from_batches(files, gas)
    fetched = entry.fetch()
    return fetched, from_archive(fetched, wanted, gas)


def _stand_in() -> Gas:
    from deeplinear.datasets._embedded import ethanol_stand_in

    inputs, concentrations = ethanol_stand_in()
    entry = registered("gas_sensor")
    return Gas(
        "ethanol", inputs, _standardised(concentrations), concentrations, "embedded", entry.citation, entry.licence
    )


def _digest(features: Array, concentrations: Array) -> str:
    return digest(np.column_stack([features, concentrations]).astype("<f8"))


def _standardised(columns: Array) -> Array:
    return np.asarray((columns - columns.mean(axis=0)) / columns.std(axis=0))
