"""Where a file comes from: the reader's folder, the cache, the official home. Whatever is used has been verified."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeplinear._shipped import shipped

__all__ = ["DataError", "Entry", "StandInWarning", "UnavailableError", "digest", "registered", "verify"]

# A reader without a network should wait seconds, not minutes.
_TIMEOUT_SECONDS = 8


class DataError(RuntimeError):
    """Data that are there and wrong, or cannot be stored; the message says which file, and what to do."""


class UnavailableError(Exception):
    """The data cannot be had at the moment: there is no network, or downloads are switched off."""


class StandInWarning(UserWarning):
    """An embedded stand-in takes the place of the real data."""


@dataclass(frozen=True)
class Entry:
    """A line of the registry: an official file, its checksum, its terms, and the checksums of the numbers in it."""

    file: str
    url: str
    sha256: str
    citation: str
    licence: str
    contents: dict[str, str]
    extract: dict[str, str] = field(default_factory=dict)

    def in_folder(self, names: tuple[str, ...]) -> Path | None:
        """The first of `names` that exists in the folder ``DEEPLINEAR_DATA``, if that is set.

        Raises
        ------
        DataError
            If the variable names something that is no folder.
        """
        named = os.environ.get("DEEPLINEAR_DATA")
        if not named:
            return None
        folder = Path(named).expanduser()
        if not folder.is_dir():
            raise DataError(
                f"DEEPLINEAR_DATA is {named!r}, which is no folder: correct it, or unset it to download the data"
            )
        return next((folder / name for name in names if (folder / name).exists()), None)

    def check(self, name: str, sha256: str, place: Path) -> None:
        """Refuse numbers read from `place` that are not those of the published data set `name`.

        Raises
        ------
        DataError
            If their checksum is another one.
        """
        if sha256 != self.contents[name]:
            raise DataError(
                f"what {place} holds of {name} is not what was published: the SHA-256 of its numbers is "
                f"{sha256[:12]}…, it should be {self.contents[name][:12]}…. Replace it, or point DEEPLINEAR_DATA "
                "elsewhere"
            )

    def fetch(self) -> Path:
        """The verified official file, from the cache or by download.

        A download is written beside its place and moved there once its checksum is right, so nothing half-written
        remains.

        Raises
        ------
        UnavailableError
            If the file is not cached and cannot be downloaded now.
        DataError
            If what was downloaded is not the published file, a cached copy is damaged and cannot be replaced, or the
            cache cannot be written.
        """
        import pooch
        import requests

        folder = Path(os.environ.get("DEEPLINEAR_CACHE") or pooch.os_cache("deeplinear"))
        cached = folder / self.file
        if cached.exists() and _sha256(cached) == self.sha256:
            return cached
        damaged = f"; the copy in the cache, {cached}, is damaged: delete it" if cached.exists() else ""
        if os.environ.get("DEEPLINEAR_OFFLINE"):
            reason = "downloads are switched off by DEEPLINEAR_OFFLINE"
            raise DataError(reason + damaged) if damaged else UnavailableError(reason)
        pooch.get_logger().setLevel("WARNING")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            pooch.retrieve(
                self.url,
                f"sha256:{self.sha256}",
                fname=self.file,
                path=folder,
                downloader=pooch.HTTPDownloader(timeout=_TIMEOUT_SECONDS),
            )
        except requests.exceptions.RequestException as error:
            reason = f"{self.url} could not be read ({type(error).__name__})"
            raise (DataError(reason + damaged) if damaged else UnavailableError(reason)) from None
        except ValueError:
            raise DataError(
                f"what {self.url} sent is not the published file (its SHA-256 differs), and was discarded. "
                "Try again later, or set DEEPLINEAR_DATA to a folder with a good copy"
            ) from None
        except OSError as error:
            raise DataError(
                f"the cache folder {folder} cannot be written ({error.strerror or error}). Set DEEPLINEAR_CACHE to a "
                "folder that can, or DEEPLINEAR_DATA to a folder that holds the data"
            ) from None
        return cached


@cache
def registered(name: str) -> Entry:
    """The registry's entry for a data set."""
    entries: dict[str, dict[str, Any]] = json.loads(shipped("registry.json").read_text(encoding="utf-8"))
    return Entry(**entries[name])


def verify(path: Path, sha256: str) -> Path:
    """`path` itself, if its checksum is right.

    Raises
    ------
    DataError
        If it is not: the file was damaged, cut short or changed.
    """
    if (found := _sha256(path)) != sha256:
        raise DataError(
            f"{path} is not the published file: its SHA-256 is {found[:12]}…, it should be {sha256[:12]}…. "
            "Replace it, or point DEEPLINEAR_DATA elsewhere"
        )
    return path


def digest(*arrays: NDArray[Any]) -> str:
    """The SHA-256 of numbers, whatever file they were read from."""
    numbers = hashlib.sha256()
    for array in arrays:
        numbers.update(np.ascontiguousarray(array).tobytes())
    return numbers.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
