"""The names that modules had before the package had rooms: still there for one release, with a warning."""

import importlib
import subprocess
import sys

import pytest

import deeplinear
from deeplinear._moved import MOVED


@pytest.mark.parametrize("old", sorted(set(MOVED) - {"deeplinear.replicate"}))
def test_an_old_module_is_the_new_one_and_warns(old):
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=rf"{old} is now {MOVED[old]}"):
        module = importlib.import_module(old)
    now = importlib.import_module(MOVED[old])
    for name in getattr(now, "__all__", ()):
        assert getattr(module, name) is getattr(now, name)


def test_functions_stay_functions_after_an_old_module_of_their_name_has_been_imported():
    program = (
        "import warnings; warnings.simplefilter('ignore');"
        "import deeplinear as dl, deeplinear.sweep, deeplinear.end_to_end;"
        "from deeplinear.sweep import best_rate, recorded_steps;"
        "print(dl.end_to_end([[[1.0, 2.0]], [[3.0]]]), dl.sweep(dl.TwoPoint([1.0]), 1, 0.1, 5, record=[5]).loss.size)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[[3.", "6.]]", "1"]


def test_the_old_command_still_runs():
    command = [sys.executable, "-W", "ignore", "-m", "deeplinear.replicate", "--help"]
    assert "FIGURE" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_name_that_never_was_is_not_found():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("deeplinear.depths")


@pytest.mark.parametrize("name", ["depth", "width", "method", "scale"])
def test_a_run_says_what_stands_for_a_former_setting(name):
    with pytest.raises(TypeError, match=rf"Run takes no {name}: write \w+=dl\.networks\."):
        deeplinear.Run(**{name: 3})
