"""Files that are either whole or not there: written under another name in the same folder, then renamed."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["save_arrays", "write"]


def write(path: Path, content: bytes) -> None:
    """Write `content` to `path`, replacing what was there only when all of it is on the disk."""
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
