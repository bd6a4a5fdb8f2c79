"""The tests of a figure are `test_FOLDER.py` and go with it:
those of one that is not in the register are not collected.
"""

from pathlib import Path

from deeplinear.explorables import FIGURES

KNOWN = {"test_frame", "test_golden", "test_house", *(f"test_{name}" for name in FIGURES)}

collect_ignore = [path.name for path in Path(__file__).parent.glob("test_*.py") if path.stem not in KNOWN]
