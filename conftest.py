"""A clone and the lock are enough: where the package is not installed, tests and kernels find it in ``code/``."""

import importlib.util
import os
import sys
from pathlib import Path

if importlib.util.find_spec("deeplinear") is None:
    code = str(Path(__file__).resolve().parent / "code")
    sys.path.insert(0, code)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [code, os.environ.get("PYTHONPATH")]))
