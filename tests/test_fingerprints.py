"""Two things of equal fingerprint are the same: settings, data, and the code of one's own classes all count."""

import functools
import importlib
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

import deeplinear as dl
from deeplinear._fingerprints import fingerprint
from deeplinear.training.checkpoint import identified


def regression(scale=1.0, p=4):
    return dl.LpRegression(scale * np.eye(3), np.arange(3.0), p)


def ridge(strength):
    class Ridge(dl.problems.Problem):
        """Its repr says nothing of what it holds."""

        shape = (2,)

        def __init__(self, strength):
            self.strength = strength

        def __repr__(self):
            return "Ridge()"

        def loss(self, weights):
            return self.strength * (np.asarray(weights) ** 2).sum(axis=-1) / 2

        def gradient(self, weights):
            return self.strength * np.asarray(weights)

    return Ridge(strength)


def test_the_same_things_have_the_same_fingerprint():
    assert regression().fingerprint() == regression().fingerprint()
    assert ridge(10).fingerprint() == ridge(10).fingerprint()
    assert fingerprint(dl.Run(seed=3)) == fingerprint(dl.Run(seed=3))
    problem = regression()
    before = problem.fingerprint()
    _ = problem.optimum  # what has been worked out since is not part of it
    assert problem.fingerprint() == before


def test_data_settings_and_attributes_that_no_repr_shows_make_a_difference():
    values = [
        regression(),
        regression(2.0),
        regression(p=3),
        ridge(10),
        ridge(0.1),
        dl.TwoPoint((1.0, 2.0)),
        dl.problems.MatrixSensing(np.eye(4).reshape(4, 2, 2), np.arange(4.0)),
        dl.problems.MatrixSensing(np.eye(4).reshape(4, 2, 2), np.arange(4.0), p=4),
    ]
    assert len({value.fingerprint() for value in values}) == len(values)
    runs = [
        dl.Run(),
        dl.Run(seed=1),
        dl.Run(weight_decay=0.1),
        dl.Run(dl.networks.Chain(2)),
        dl.Run(dl.networks.Rule(2)),
    ]
    assert len({fingerprint(run) for run in runs}) == len(runs)


def test_another_body_is_another_class():
    def problem(power):
        if power == 3:

            class Own(dl.problems.Problem):
                shape = (2,)

                def loss(self, weights):
                    return (np.asarray(weights) ** 3).sum(axis=-1)

                def gradient(self, weights):
                    return 3 * np.asarray(weights) ** 2

        else:

            class Own(dl.problems.Problem):
                shape = (2,)

                def loss(self, weights):
                    return (np.asarray(weights) ** 4).sum(axis=-1)

                def gradient(self, weights):
                    return 4 * np.asarray(weights) ** 3

        Own.__qualname__ = "Own"
        return Own()

    assert problem(3).fingerprint() != problem(4).fingerprint()


def test_a_constant_of_a_class_counts():
    class Base(dl.LpRegression):
        STRENGTH = 1.0

    class Changed(Base):
        STRENGTH = 2.0

    Changed.__qualname__ = Base.__qualname__
    assert Base(np.eye(2), [1, 2]).fingerprint() != Changed(np.eye(2), [1, 2]).fingerprint()


def test_an_object_states_its_own():
    class Stated(dl.LpRegression):
        def fingerprint(self):
            return "mine"

    one, two = Stated(np.eye(2), [1, 2]), Stated(np.eye(2), [1, 3])
    assert fingerprint(one) == fingerprint(two)


def test_a_function_counts_by_its_code_and_what_it_took_along():
    def scaled(a):
        return lambda x: a * x

    assert fingerprint(scaled(1.0)) == fingerprint(scaled(1.0))
    assert (
        len({fingerprint(scaled(1.0)), fingerprint(scaled(2.0)), fingerprint(lambda x: x), fingerprint(lambda x: -x)})
        == 4
    )


def test_what_does_not_say_what_it_holds_is_refused_by_its_place():
    @dataclass(frozen=True, eq=False)
    class Own(dl.TwoPoint):
        source: object = None

    with pytest.raises(TypeError, match=r"Own\.source is a generator, .* give it a method fingerprint\(\)"):
        Own([1.0, 2.0], 2.0, (i for i in range(3))).fingerprint()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        ("1", 1),
        ((1, 2), (12,)),
        ([1.0], np.array([1.0])),
        (np.zeros(2, np.float32), np.zeros(2)),
        ({"a": 1}, {"a": 2}),
    ],
)
def test_what_looks_alike_is_told_apart(one, other):
    assert fingerprint(one) != fingerprint(other)


def made(strength, *, shift=0.0):
    class Own(dl.problems.Problem):
        shape = (2,)

        def loss(self, weights, power=2):
            return strength * (np.asarray(weights) ** power).sum(axis=-1) + shift

        def gradient(self, weights):
            return 2 * strength * np.asarray(weights)

    return Own()


def test_what_a_method_has_taken_along_counts():
    assert made(1.0).fingerprint() == made(1.0).fingerprint()
    assert len({made(1.0).fingerprint(), made(10.0).fingerprint(), made(1.0, shift=1.0).fingerprint()}) == 3


FACTOR = 2.0


def reads(x):
    return FACTOR * x


def test_what_a_function_reads_of_its_module_counts(monkeypatch):
    before = fingerprint(reads)
    monkeypatch.setitem(reads.__globals__, "FACTOR", 3.0)
    assert fingerprint(reads) != before


def test_functions_that_call_each_other_end():
    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    assert fingerprint(even) == fingerprint(even)


def test_a_table_in_a_class_counts_and_nesting_is_seen():
    def problem(entry):
        class Own(dl.TwoPoint):
            TABLE: ClassVar = {"a": entry}

        return Own([1.0])

    assert problem(1).fingerprint() != problem(2).fingerprint()
    assert fingerprint({"a": {"b": 1}}) != fingerprint({"a": {}, "b": 1})


@pytest.mark.parametrize(
    ("thing", "digest"),
    [
        (dl.TwoPoint((10.0, 1.0), p=4), "5ad9e6b82b0117d55e59"),
        (dl.LpRegression(np.eye(3, 2), [1.0, 2.0, 3.0], p=4), "d008cec1055f9edeb9af"),
        (
            dl.Run(dl.networks.Dense(3, 2), optimizer=dl.optimizers.Adam(), schedule=dl.schedules.WarmUp(10)),
            "cd4723bd1836b3d77e51",
        ),
    ],
    ids=["two points", "regression", "run"],
)
def test_what_readers_have_stored_is_found_again(thing, digest):
    """Another fingerprint of the package's own problems and runs would lose every stored run."""
    assert fingerprint(thing)[:20] == digest


@dataclass(frozen=True)
class Strength:
    value: float

    def __call__(self, weights):
        return self.value * np.asarray(weights)


def pulled(pull, kind=dl.TwoPoint):
    class Own(kind):
        regularizer = pull

        def gradient(self, weights):
            return super().gradient(weights) + self.regularizer(weights)

    return Own([1.0, 2.0])


@pytest.mark.parametrize(
    "make",
    [
        Strength,
        lambda value: functools.partial(np.multiply, value),
        lambda value: functools.partialmethod(np.multiply, value),
        lambda value: functools.lru_cache(lambda weights: value * weights),
        lambda value: Strength(value).__call__,
        lambda value: staticmethod(Strength(value)),
        lambda value: type("Nested", (), {"VALUE": value}),
        lambda value: np.ma.masked_array([1.0, 2.0], [value > 1, False]),
        lambda value: np.array([(1.0,)], [(f"field{value:g}", float)]),
    ],
    ids=["object", "partial", "partialmethod", "cached", "bound", "static", "class", "masked", "named columns"],
)
def test_whatever_a_class_holds_counts(make):
    one, other = make(1.0), make(2.0)
    assert pulled(make(1.0)).fingerprint() == pulled(one).fingerprint() != pulled(other).fingerprint()


def test_a_class_attribute_of_an_optimizer_counts():
    def run(value):
        @dataclass(frozen=True)
        class Own(dl.optimizers.GradientDescent):
            scaled = Strength(value)

            def step(self, parameters, gradient, state, learning_rate):
                return parameters - learning_rate * self.scaled(gradient), state

        return dl.Run(optimizer=Own())

    assert fingerprint(run(1.0)) == fingerprint(run(1.0)) != fingerprint(run(2.0))
    stored = [identified(dl.TwoPoint([1.0]), [run(value)], np.array([0, 5]), float, {}) for value in (1.0, 2.0)]
    assert stored[0] != stored[1]


READ = Strength(1.0)


def reads_an_object(x):
    return READ(x)


def reads_an_attribute(x):
    return x.READ


def test_an_object_that_a_function_reads_of_its_module_counts(monkeypatch):
    before = fingerprint(reads_an_object), fingerprint(reads_an_attribute)
    monkeypatch.setitem(reads_an_object.__globals__, "READ", Strength(2.0))
    after = fingerprint(reads_an_object), fingerprint(reads_an_attribute)
    assert after[0] != before[0]
    assert after[1] == before[1]  # an attribute of that name is something else
    monkeypatch.setitem(reads_an_object.__globals__, "READ", (i for i in range(3)))
    with pytest.raises(TypeError, match=r"READ, which .* reads, is a generator, .*give it a method fingerprint"):
        fingerprint(reads_an_object)


@pytest.mark.parametrize(
    "way",
    [
        "from {name} import pull\ndef gradient(w): return pull(w)",
        "import {name}\ndef gradient(w): return {name}.pull(w)",
        "import {name} as other\ndef gradient(w): return other.pull(w)",
        "def gradient(w):\n    from {name} import pull\n    return pull(w)",
    ],
)
def test_a_helper_of_another_module_of_one_s_own_counts(tmp_path, monkeypatch, way):
    monkeypatch.syspath_prepend(str(tmp_path))
    found = []
    for number, body in enumerate(("w", "2 * w", "2 * w")):
        name = f"own_helper_{way.count(' ')}_{number}"
        (tmp_path / f"{name}.py").write_text(f"def inner(w): return {body}\ndef pull(w): return inner(w)\n")
        importlib.invalidate_caches()
        monkeypatch.setitem(sys.modules, "own_helper", importlib.import_module(name))
        sys.modules["own_helper"].__name__ = "own_helper"
        held = {"__name__": "mine"}
        exec(way.format(name="own_helper"), held)
        found.append(fingerprint(held["gradient"]))
    assert found[0] != found[1] == found[2]


def test_functions_of_libraries_are_told_apart_by_name():
    from scipy.special import erf, expit

    def through(function):
        held = {"function": function}
        exec("def gradient(w): return function(w)", held)
        return fingerprint(held["gradient"])

    library = [np.linalg.norm, np.mean, np.sin, erf, expit, dl.sharpness, dl.imbalance]
    assert len({through(function) for function in library}) == len(library)


def test_what_a_pickle_leaves_out_counts_all_the_same():
    class Slim(dl.problems.Problem):
        shape = (2,)

        def __init__(self, strength):
            self.strength = strength

        def __getstate__(self):
            return {}

        def loss(self, weights):
            return self.strength * (np.asarray(weights) ** 2).sum(axis=-1) / 2

        def gradient(self, weights):
            return self.strength * np.asarray(weights)

    assert Slim(1.0).fingerprint() == Slim(1.0).fingerprint() != Slim(2.0).fingerprint()


def test_a_container_of_one_s_own_holds_more_than_its_items():
    class Table(dict):
        scale = 1.0

    one, other = Table(a=1), Table(a=1)
    other.scale = 2.0
    assert fingerprint(one) != fingerprint(other)


def test_what_holds_itself_ends():
    class Own(dl.TwoPoint):
        pass

    problem = Own([1.0])
    object.__setattr__(problem, "me", problem)
    assert problem.fingerprint() == problem.fingerprint()


def test_a_set_of_texts_in_code_has_one_fingerprint_in_every_process():
    script = "from deeplinear._fingerprints import fingerprint\nprint(fingerprint(lambda x: x in {'a', 'b', 'c', 'd'}))"
    said = {
        subprocess.run(
            [sys.executable, "-c", script], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
