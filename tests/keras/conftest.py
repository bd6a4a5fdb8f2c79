"""TensorFlow is silent only if told so before it is imported."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")


def pytest_collection_modifyitems(items):
    # Keras saves weights in a way of which NumPy 2 says that it will not work for ever: nothing of ours.
    theirs = pytest.mark.filterwarnings(
        "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
    )
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(theirs)
