"""What is made of arrays does not change when their owner writes into them."""

import numpy as np
import pytest

import deeplinear as dl
from deeplinear._arrays import kept
from deeplinear.networks import Chain, Given
from deeplinear.problems import LogisticRegression, LpRegression, MatrixCompletion, MatrixSensing, TwoPoint

rng = np.random.default_rng(0)

MAKERS = {
    "lp": (LpRegression, lambda: (rng.standard_normal((6, 2)), rng.standard_normal(6))),
    "logistic": (LogisticRegression, lambda: (rng.standard_normal((6, 2)), np.array([1.0, -1, 1, -1, 1, -1]))),
    "completion": (MatrixCompletion, lambda: (rng.standard_normal((3, 2)), np.array([[True, False]] * 3))),
    "sensing": (MatrixSensing, lambda: (rng.standard_normal((4, 2, 2)), rng.standard_normal(4))),
    "two points": (TwoPoint, lambda: (rng.standard_normal(2),)),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_problem_keeps_its_data(name):
    kind, data = MAKERS[name]
    given = data()
    problem = kind(*given)
    weights, print_before = np.ones(problem.shape), problem.fingerprint()
    before = problem.loss(weights)
    for array in given:
        array[:] = 0 if array.dtype != bool else ~array
    assert problem.loss(weights) == before
    assert problem.fingerprint() == print_before
    for value in vars(problem).values():
        if isinstance(value, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                value[:] = 0


@pytest.mark.parametrize("name", MAKERS)
def test_an_optimum_cannot_be_written_into(name):
    kind, data = MAKERS[name]
    problem = LogisticRegression([[1.0], [1.0]], [0, 1]) if kind is LogisticRegression else kind(*data())
    with pytest.raises(ValueError, match="read-only"):
        problem.optimum.weights[:] = 0


def test_what_is_read_only_is_shared_and_not_copied():
    problem = LpRegression(rng.standard_normal((6, 2)), rng.standard_normal(6))
    other = LpRegression(problem.inputs, problem.targets, p=4)
    assert other.inputs is problem.inputs
    sensing = MatrixSensing(rng.standard_normal((4, 2, 2)), rng.standard_normal(4))
    assert np.shares_memory(sensing.measurements, sensing._entries.inputs)


def test_a_read_only_window_on_what_can_be_written_is_copied():
    room = np.ones(3)
    window = room[:2]
    window.setflags(write=False)
    copy = kept(window)
    room[:] = 5
    assert copy.tolist() == [1, 1]


def test_given_layers_stay_what_their_hash_says():
    layers = [np.array([[1.0, 2.0]]), np.array([[3.0]])]
    start, same = Given(layers), Given([[[1.0, 2.0]], [[3.0]]])
    layers[0][:] = 5
    assert start == same
    assert start.layers(Chain(2), (1, 2), 0)[0].tolist() == [[1.0, 2.0]]
    with pytest.raises(ValueError, match="read-only"):
        start.layers(Chain(2), (1, 2), 0)[0][:] = 5


def test_a_start_that_makes_other_layers_of_the_same_is_not_equal():
    class Doubled(Given):
        def layers(self, network, shape, seed):
            return tuple(2 * layer for layer in super().layers(network, shape, seed))

    plain, doubled = Given([[[1.0, 1.0]]]), Doubled([[[1.0, 1.0]]])
    assert plain != doubled
    assert doubled != plain
    assert doubled == Doubled([[[1.0, 1.0]]])
    assert {dl.Run(start=plain): "plain"}.get(dl.Run(start=doubled)) is None
    assert (repr(plain), repr(doubled)) == ("Given([[[1.0, 1.0]]])", "Doubled([[[1.0, 1.0]]])")


def test_no_target_at_all_is_refused():
    with pytest.raises(ValueError, match="targets is empty: at least one target is needed"):
        dl.TwoPoint([])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: dl.LpRegression(np.array([[1 + 2j]]), [1.0]),
            TypeError,
            "inputs must be an array of real numbers: these",
        ),
        (lambda: dl.LpRegression([["1"]], [1.0]), TypeError, "inputs must be an array of real numbers: these are <U1"),
        (lambda: dl.LpRegression(np.ones((1, 1), "M8[s]"), [1.0]), TypeError, r"these are datetime64\[s\]"),
        (lambda: dl.LpRegression([[10**400]], [1.0]), TypeError, "int too large to convert to float"),
        (
            lambda: dl.LpRegression(np.ma.array([[1.0]], mask=True), [1.0]),
            ValueError,
            r"inputs holds nan at index \(0, 0\)",
        ),
        (
            lambda: dl.LpRegression([[1.0]], [[]]),
            ValueError,
            r"targets \(1, 0\): at least one example, one feature and",
        ),
        (lambda: dl.LpRegression([[1.0]], [1.0], 10**400), ValueError, "p is 1000.*, it must be finite"),
        (lambda: MatrixCompletion([[1j]], [[True]]), TypeError, "matrix must be an array of real numbers"),
        (
            lambda: MatrixCompletion(np.ma.array([[3.0, 1.0]], mask=[[True, False]]), [[True, True]]),
            ValueError,
            r"matrix holds nan at the observed entry \[0, 0\]",
        ),
        (lambda: MatrixSensing(np.zeros((0, 2, 2)), []), ValueError, r"measurements has shape \(0, 2, 2\) and targets"),
        (lambda: MatrixSensing(np.ones((1, 2, 2)), [1.0, 2.0]), ValueError, "give one target per matrix"),
        (lambda: dl.TwoPoint([1.0]).loss(np.array([1j])), TypeError, "weights must be an array of real numbers"),
        (lambda: Given(3), TypeError, "layers is 3: give a list of matrices, one a layer"),
        (lambda: dl.Run(learning_rate=10**400), ValueError, "learning_rate is 1000.*, it must be finite"),
        (lambda: dl.sweep(dl.TwoPoint([1.0]), 1, schedule=0), TypeError, "schedule is 0: it must be an object"),
        (
            lambda: dl.advance(dl.TwoPoint([1.0]), [dl.Run()], [1], dtype="double2"),
            ValueError,
            "dtype is 'double2', it",
        ),
    ],
)
def test_what_numpy_would_make_something_else_of_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
