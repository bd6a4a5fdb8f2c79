"""One process at a time makes runs of a kind in a folder; another one waits, says for what,
and then finds them there.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from deeplinear import _files

__all__ = ["alone"]


@contextlib.contextmanager
def alone(file: Path, what: str) -> Iterator[None]:
    """Hold the lock `file` inside. The system releases the lock of a process that was killed.

    Raises
    ------
    ImportError
        If the library that locks files is not installed.
    UnwritableError
        If the file cannot be written.
    """
    try:
        import filelock
    except ImportError as error:
        raise ImportError(
            "runs are kept in a folder that is locked by filelock: pip install 'deeplinear[replication]'"
        ) from error
    lock = filelock.FileLock(file)
    with _files.writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            print(
                f"waiting for another process that makes {what} in {file.parent}, to share them",
                file=sys.stderr,
                flush=True,
            )
            lock.acquire()
    try:
        yield
    finally:
        lock.release()
