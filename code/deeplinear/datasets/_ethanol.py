"""The ethanol rows of the gas-sensor drift data (UCI 270): 2,565 measurements, 128 features, one concentration each."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeplinear.datasets._sources import (
    DataError,
    Source,
    UnavailableError,
    announce_stand_in,
    check_source,
    registered,
    verify,
)

__all__ = ["Ethanol", "load_ethanol", "parse_batch"]

Array = NDArray[np.float64]

_ROWS, _FEATURES = 2565, 128
_HEADER = ["batch", "line", "concentration_ppmv", *(f"f{i}" for i in range(1, _FEATURES + 1))]


@dataclass(frozen=True, eq=False)
class Ethanol:
    """Concentration of ethanol from 128 features of 16 gas sensors.

    `inputs` ``(2565, 128)`` and `targets` ``(2565,)`` are standardised: mean 0 and population standard deviation 1 in every
    column. `concentrations` are the targets in ppmv. `raw_inputs` and `batch` (1 to 10, the months of the drift) are None for
    the stand-in. `source` is "uci" or "embedded".
    """

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
        numbers = np.column_stack([features, self.concentrations]).astype("<f8")
        return hashlib.sha256(np.ascontiguousarray(numbers).tobytes()).hexdigest()

    def __repr__(self) -> str:
        return f"Ethanol({len(self.inputs)} × {self.inputs.shape[1]}, source={self.source!r})"


def load_ethanol(source: Source = "auto") -> Ethanol:
    """The ethanol rows, standardised.

    Parameters
    ----------
    source : "auto", "real" or "embedded"
        "auto" looks in ``DEEPLINEAR_DATA`` (for ``ethanol.csv``, the official zip, or ``batch1.dat`` to ``batch10.dat``, there
        or in ``gas_sensor/``), then in the cache, then at UCI, and falls back on the stand-in without a network. "real"
        raises instead of falling back. "embedded" takes the stand-in at once.

    Raises
    ------
    DataError
        If a file is found and is not what it should be, or the cache cannot be written; with "real", also if the data cannot
        be had.

    Examples
    --------
    >>> import deeplinear as dl
    >>> data = dl.load_ethanol(source="embedded")
    >>> data
    Ethanol(2565 × 128, source='embedded')
    >>> print(f"{data.concentrations.mean():.2f} ppmv on average")
    114.95 ppmv on average
    """
    check_source(source)
    reason: UnavailableError | None = None
    if source != "embedded":
        try:
            return _real()
        except UnavailableError as error:
            if source == "real":
                raise DataError(f"the ethanol data cannot be had: {error}") from None
            reason = error
    from deeplinear.datasets._embedded import ethanol_stand_in

    announce_stand_in("the gas-sensor data (same second moments, so every ℓ2 run is the real one)", reason)
    inputs, concentrations = ethanol_stand_in()
    entry = registered("ethanol")
    return Ethanol(inputs, _standardised(concentrations), concentrations, "embedded", entry.citation, entry.licence)


def parse_batch(lines: Iterable[str], name: str, gas: int = 1) -> list[tuple[int, float, Array]]:
    """The rows of one gas in a file of the official format, ``class;concentration 1:value … 128:value``.

    Parameters
    ----------
    lines : iterable of str
        The lines of a ``batch*.dat`` file.
    name : str
        Named in error messages.
    gas : int
        1 ethanol, 2 ethylene, 3 ammonia, 4 acetaldehyde, 5 acetone, 6 toluene.

    Returns
    -------
    list of (line number from 1, concentration in ppmv, features of shape (128,))

    Raises
    ------
    DataError
        At the first line that does not have this form, with its number and what is wrong.

    Examples
    --------
    >>> line = "1;10.0 " + " ".join(f"{i}:{i / 2}" for i in range(1, 129))
    >>> [(number, concentration, features)] = parse_batch([line], "batch1.dat")
    >>> number, concentration, features[:2].tolist()
    (1, 10.0, [0.5, 1.0])
    """
    rows = []
    for number, line in enumerate(lines, start=1):
        label, *cells = line.split()
        gas_, _, concentration = label.partition(";")
        if gas_ != str(gas) and gas_ in set("123456"):
            continue
        try:
            indices, values = zip(*(cell.split(":") for cell in cells), strict=True)
            if gas_ != str(gas) or [int(i) for i in indices] != list(range(1, _FEATURES + 1)):
                raise ValueError(f"the class is {gas_!r} and {len(cells)} of {_FEATURES} features are there")
            features = np.array([float(value) for value in values])
            row = (number, float(concentration), features)
            if not (np.isfinite(features).all() and np.isfinite(row[1])):
                raise ValueError("a value is not finite")
        except ValueError as error:
            raise DataError(
                f"{name}, line {number}: {error}; expected 'class;concentration 1:value … {_FEATURES}:value'"
            ) from None
        rows.append(row)
    return rows


def _real() -> Ethanol:
    entry = registered("ethanol")
    assert entry.extract is not None
    folders = ("gas_sensor/", "")
    if table := entry.in_folder(tuple(folder + entry.extract["file"] for folder in folders)):
        return _from_table(verify(table, entry.extract["sha256"]))
    if archive := entry.in_folder(tuple(folder + entry.file for folder in folders)):
        return _from_archive(verify(archive, entry.sha256))
    if first := entry.in_folder(tuple(f"{folder}batch10.dat" for folder in folders)):
        return _from_batches({n: _text(first.with_name(f"batch{n}.dat")) for n in range(1, 11)}, first.parent)
    return _from_archive(entry.fetch())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text: {error}") from None


def _from_table(path: Path) -> Ethanol:
    text = _text(path)
    if (header := text.partition("\n")[0].split(",")) != _HEADER:
        missing = [name for name in _HEADER if name not in header]
        raise DataError(f"{path}: " + (f"the columns {missing[:3]} are missing" if missing else "the columns are out of order"))
    table = np.loadtxt(io.StringIO(text), delimiter=",", skiprows=1)
    return _dataset(table[:, 3:], table[:, 2], table[:, 0].astype(np.int64), path)


def _from_archive(path: Path) -> Ethanol:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {Path(name).name: name for name in archive.namelist()}
            texts = {n: archive.read(members[f"batch{n}.dat"]).decode("ascii") for n in range(1, 11)}
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, EOFError) as error:
        raise DataError(f"{path} is not the archive of ten batches that UCI publishes: {error}; delete it") from None
    return _from_batches(texts, path)


def _from_batches(texts: dict[int, str], place: Path) -> Ethanol:
    rows = [(n, *row[1:]) for n, text in texts.items() for row in parse_batch(text.splitlines(), f"{place}: batch{n}.dat")]
    batch, concentration, features = zip(*rows, strict=True)
    return _dataset(np.array(features), np.array(concentration), np.array(batch), place)


def _dataset(raw: Array, concentrations: Array, batch: NDArray[np.int64], place: Path) -> Ethanol:
    if raw.shape != (_ROWS, _FEATURES):
        found = f"{raw.shape[0]} ethanol rows of {raw.shape[1]} features"
        raise DataError(f"{place} holds {found}, not {_ROWS} of {_FEATURES}: get it anew")
    entry = registered("ethanol")
    inputs, targets = _standardised(raw), _standardised(concentrations)
    return Ethanol(inputs, targets, concentrations, "uci", entry.citation, entry.licence, raw, batch)


def _standardised(columns: Array) -> Array:
    return np.asarray((columns - columns.mean(axis=0)) / columns.std(axis=0))
