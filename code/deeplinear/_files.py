"""Files that are either whole or not there: written under another name in the same folder, then renamed."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["UnwritableError", "load_arrays", "load_or_set_aside", "save_arrays", "write", "writing"]

_MAKE_ROOM = "make room there, or choose another folder"
_ELSEWHERE = "choose a folder that can be written"
#: What is in the way, and what to do about it.
_REMEDIES = {
    errno.ENOSPC: ("the disk is full", _MAKE_ROOM),
    errno.EDQUOT: ("your share of the disk is used up", _MAKE_ROOM),
    errno.EFBIG: ("it would be longer than a file may be here", _ELSEWHERE),
    errno.EROFS: ("the disk is read-only", _ELSEWHERE),
    errno.EACCES: ("permission is denied", _ELSEWHERE),
    errno.EPERM: ("permission is denied", _ELSEWHERE),
    errno.EEXIST: ("a file has the name of its folder", _ELSEWHERE),
    errno.ENOTDIR: ("a file has the name of its folder", _ELSEWHERE),
}


class UnwritableError(OSError):
    """A file cannot be written; the message says which, why, and what to do."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Whatever keeps `path` from being written inside is said in one sentence.

    Raises
    ------
    UnwritableError
        If the disk is full or read-only, or permission is denied.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, UnwritableError) or error.errno not in _REMEDIES:
            raise
        why, remedy = _REMEDIES[error.errno]
        refusal = UnwritableError(f"{path} cannot be written, {why}: {remedy}")
        refusal.errno = error.errno
        raise refusal from None


def write(path: Path, content: bytes) -> None:
    """Write `content` to `path`, replacing what was there only when all of it is on the disk.

    Raises
    ------
    UnwritableError
        If the disk is full or read-only, or permission is denied; what was there is still there.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def save_arrays(path: Path, **arrays: Any) -> None:
    """Write arrays to a NumPy ``.npz`` file."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    write(path, stream.getvalue())


def load_arrays(path: Path) -> dict[str, Any]:
    """The arrays of a NumPy ``.npz`` file.

    Raises
    ------
    ValueError
        If the file is cut off or no such file at all; the message names it.
    """
    try:
        # NumPy leaves a file open that turns out to be none of its own; we do not.
        with path.open("rb") as stream, _archive(np.load(stream, allow_pickle=False)) as saved:
            return {key: saved[key] for key in saved.files}
    except (FileNotFoundError, PermissionError):
        raise
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged ({error}): delete it to start anew") from error


def _archive(saved: Any) -> Any:
    if not isinstance(saved, np.lib.npyio.NpzFile):
        raise ValueError("a single array, and not an archive of them")
    return saved


def load_or_set_aside(path: Path, *names: str) -> dict[str, Any] | None:
    """The arrays of a file, `names` among them. A damaged one gets another name, in one warning,
    and then there are none.

    The file can be looked at still, and is not in the way of making it anew.
    """
    try:
        saved = load_arrays(path)
        if lacking := [name for name in names if name not in saved]:
            raise ValueError(f"{path} is damaged ({lacking[0]} is missing)")
    except ValueError as error:
        aside = path.with_name(f"{path.name}.damaged")
        path.replace(aside)
        said = str(error).removesuffix(": delete it to start anew")
        warnings.warn(
            f"{said}: it is now {aside.name}, and what it held is computed again", RuntimeWarning, stacklevel=2
        )
        return None
    return saved
