"""The files in which the gas-sensor rows are published: ten batches of lines, one by one or in an archive;
and a table.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deeplinear.datasets._sources import DataError

__all__ = ["Rows", "from_archive", "from_batches", "from_table", "parse_batch"]

Array = NDArray[np.float64]

_FEATURES = 128
_HEADER = ["batch", "line", "concentration_ppmv", *(f"f{i}" for i in range(1, _FEATURES + 1))]


class Rows(NamedTuple):
    """Features ``(n, 128)`` and concentrations in ppmv ``(n,)`` as published,
    and the number of the batch of each row.
    """

    features: Array
    concentrations: Array
    batch: NDArray[np.int64]


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


def from_batches(files: Mapping[int, Path], gas: int) -> Rows:
    """The rows of a gas in batch files, by their numbers."""
    return _parsed({n: _text(path) for n, path in files.items()}, next(iter(files.values())).parent, gas)


def from_archive(path: Path, batches: Sequence[int], gas: int) -> Rows:
    """The rows of a gas in some of the batches of the official zip file.

    Raises
    ------
    DataError
        If the file is another one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {Path(name).name: name for name in archive.namelist()}
            texts = {n: archive.read(members[f"batch{n}.dat"]).decode("ascii") for n in batches}
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, EOFError) as error:
        raise DataError(f"{path} is not the archive of ten batches that UCI publishes: {error}; delete it") from None
    return _parsed(texts, path, gas)


def from_table(path: Path) -> Rows:
    """The rows of a table with a column for batch, line, concentration and each feature.

    Raises
    ------
    DataError
        If a column is missing or out of order.
    """
    text = _text(path)
    if (header := text.partition("\n")[0].split(",")) != _HEADER:
        missing = [name for name in _HEADER if name not in header]
        raise DataError(
            f"{path}: " + (f"the columns {missing[:3]} are missing" if missing else "the columns are out of order")
        )
    table = np.loadtxt(io.StringIO(text), delimiter=",", skiprows=1)
    return Rows(table[:, 3:], table[:, 2], table[:, 0].astype(np.int64))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text: {error}") from None


def _parsed(texts: Mapping[int, str], place: Path, gas: int) -> Rows:
    rows = [
        (n, *row[1:])
        for n, text in texts.items()
        for row in parse_batch(text.splitlines(), f"{place}: batch{n}.dat", gas)
    ]
    features = np.array([row[2] for row in rows]).reshape(-1, _FEATURES)
    return Rows(features, np.array([row[1] for row in rows]), np.array([row[0] for row in rows], dtype=np.int64))
