"""Where a file comes from: the reader's folder, the cache, the official home. Whatever is used has been verified."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

__all__ = ["DataError", "Entry", "Source", "StandInWarning", "UnavailableError", "announce_stand_in", "registered", "shipped"]

Source = Literal["auto", "real", "embedded"]

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
    """A line of the registry: an official file, its checksum, its terms."""

    file: str
    url: str
    sha256: str
    citation: str
    licence: str
    extract: dict[str, str] | None = None

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
            raise DataError(f"DEEPLINEAR_DATA is {named!r}, which is no folder: correct it, or unset it to download the data")
        return next((folder / name for name in names if (folder / name).exists()), None)

    def fetch(self) -> Path:
        """The verified official file, from the cache or by download.

        A download is written beside its place and moved there once its checksum is right, so nothing half-written remains.

        Raises
        ------
        UnavailableError
            If the file is not cached and cannot be downloaded now.
        DataError
            If what was downloaded is not the published file, a cached copy is damaged and cannot be replaced, or the cache
            cannot be written.
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
                f"the cache folder {folder} cannot be written ({error.strerror or error}). Set DEEPLINEAR_CACHE to a folder "
                "that can, or DEEPLINEAR_DATA to a folder that holds the data"
            ) from None
        return cached


@cache
def registered(name: str) -> Entry:
    """The registry's entry for a data set."""
    entries: dict[str, dict[str, Any]] = json.loads(shipped("registry.json").read_text(encoding="utf-8"))
    return Entry(**entries[name])


def shipped(name: str) -> Path:
    """A data file that comes with the package: inside it once installed, in ``data/`` of a source checkout."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "_data" / name, package.parents[1] / "data" / name)
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(f"{name} is missing from this installation of deeplinear (looked in {places[0].parent})")


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


def announce_stand_in(what: str, reason: UnavailableError | None) -> None:
    """Warn, in one line, that the stand-in is used, and why. Asked for by name, it is not announced."""
    if reason is not None:
        warnings.warn(f"using the embedded stand-in for {what}: {reason}", StandInWarning, stacklevel=3)


def check_source(source: str) -> None:
    """Refuse a `source` that is none of the three."""
    if source not in ("auto", "real", "embedded"):
        raise ValueError(f"source is {source!r}, it must be 'auto', 'real' or 'embedded'")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
