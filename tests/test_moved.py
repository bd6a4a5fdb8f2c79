"""The names that modules had before the package had rooms: still there for one release, with a warning."""

import importlib
import json
import subprocess
import sys

import pytest

import deeplinear
from deeplinear._moved import GONE, MOVED


@pytest.mark.parametrize("old", sorted(set(MOVED) - {"deeplinear.replicate"}))
def test_an_old_module_is_the_new_one_and_warns(old):
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=rf"{old} is now {MOVED[old]}"):
        module = importlib.import_module(old)
    now = importlib.import_module(MOVED[old])
    for name in getattr(now, "__all__", ()):
        assert getattr(module, name) is getattr(now, name)


def said_by(program):
    """What a fresh process prints, in which nothing has been imported yet."""
    program = f"import warnings; warnings.simplefilter('ignore'); {program}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_functions_stay_functions_after_an_old_module_of_their_name_has_been_imported():
    program = (
        "import deeplinear as dl, deeplinear.sweep, deeplinear.end_to_end;"
        "from deeplinear.sweep import best_rate, recorded_steps;"
        "print(dl.end_to_end([[[1.0, 2.0]], [[3.0]]]), dl.sweep(dl.TwoPoint([1.0]), 1, 0.1, 5, record=[5]).loss.size)"
    )
    assert said_by(program) == ["[[3.", "6.]]", "1"]


def test_public_names_are_what_they_were_after_old_modules_of_these_names_have_been_imported():
    old = sorted(
        name for name in MOVED if name.count(".") == 1 and name.removeprefix("deeplinear.") in deeplinear.__all__
    )
    names = [name.removeprefix("deeplinear.") for name in old]
    assert {"sweep", "end_to_end", "optimizers", "tuning"} <= set(names)
    program = (
        f"import importlib, json, pickle, deeplinear as dl; names = json.loads({json.dumps(names)!r});"
        "before = [getattr(dl, name) for name in names];"
        "[importlib.import_module('deeplinear.' + name) for name in names];"
        "print(all(getattr(dl, name) is one for name, one in zip(names, before)));"
        "print(*(pickle.loads(pickle.dumps(one)) is one for one in (dl.sweep, dl.end_to_end)), dl.sweep.__module__)"
    )
    assert said_by(program) == ["True", "True", "True", "deeplinear.training.sweeps"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", GONE)
def test_what_is_no_more_says_what_stands_in_its_place(name):
    module, _, attribute = name.rpartition(".")
    statement = f"from {module} import {attribute}" if module in MOVED else f"import {name}"
    with pytest.raises(ImportError) as error:
        exec(statement)
    assert str(error.value) == f"{name} is no more: in its place stands {GONE[name]}"


def test_tune_still_takes_a_function_that_trains_and_warns():
    sys.modules.pop("deeplinear.tuning", None)
    with pytest.warns(DeprecationWarning, match="deeplinear.tuning is now"):
        from deeplinear.tuning import tune

    def train(runs):
        return [(run.learning_rate - 0.05) ** 2 if run.learning_rate < 0.1 else float("inf") for run in runs]

    configurations = {"plain": deeplinear.Run(), "deep": deeplinear.Run(deeplinear.networks.Chain(2))}
    with pytest.warns(DeprecationWarning, match=r"tune\(configurations, train, seeds\) goes with the next release"):
        found = tune(configurations, train, seeds=(3, 4))
    assert found["deep"].network == deeplinear.networks.Chain(2)
    assert {(run.learning_rate, run.seed) for run in found.values()} == {(0.05498, 3)}


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
