"""The judge: equal answers pass, wrong ones are told in what way, and the right one is not given away."""

import importlib.util
import sys
import time
from collections import deque
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import deeplinear as dl
from deeplinear.exercises import _patience
from deeplinear.exercises._judge import judge
from deeplinear.exercises._registry import ANSWERS, Answer


def verdict(right, value, **settings):
    return judge(Answer(lambda: right, **settings), value)


@pytest.mark.parametrize(
    ("right", "value"),
    [
        (0.5, 0.5 + 1e-8),
        (0.5, np.array([0.5])),
        (2.0, sp.Integer(2)),
        (0.0113137085, sp.sqrt(128) / 1000),
        (166.5, sp.Rational(333, 2)),
        (1 / 3, Fraction(1, 3)),
        (2.0, sp.real_root(8, 3)),
        ([1.0, 2.0], (1, 2)),
        ([1.0, 2.0], deque([1, 2])),
        ([1.0, 2.0], range(1, 3)),
        ([[1.0, 2.0]], [1, 2]),
        ([1.0, 2.0], [np.array([1.0]), 2.0]),
        ("saddle", " Saddle. "),
        (True, np.bool_(True)),
        (0.0, 0),
    ],
)
def test_equal_answers_are_accepted(right, value):
    assert verdict(right, value) is None


@pytest.mark.parametrize(
    ("right", "printed"), [(1 / 15, 0.0667), (4 / 9, 0.4444), (16 / 17, 0.9412), (1.5794e-3, 1.58e-3)]
)
def test_what_is_printed_with_three_digits_or_more_is_right(right, printed):
    assert verdict(right, printed) is None
    assert verdict(right, 1.01 * printed) is not None
    assert verdict([0.9, right], [0.9, printed]) is None  # every entry has digits of its own


def test_more_digits_are_needed_where_they_are_asked_for():
    assert verdict(2 / 3, 0.667) is None
    assert "check the rounding" in verdict(2 / 3, 0.667, digits=4)


def test_a_whole_number_is_exact_and_its_rounding_is_no_matter():
    assert verdict(655, 655.0) is None
    assert verdict(655, 656) == "Your value is too large."
    assert verdict(37_499, 37_500) == "Your value is too large."
    assert verdict([3.0, 4.0], [3.0, 4.004]) is not None
    assert verdict(1e-10, 1.004e-10) is None  # not whole because it is small
    assert verdict(5120, 5200, tolerance=0.05) is None


def test_a_real_root_that_is_written_with_complex_numbers_is_real():
    x = sp.Symbol("x")
    roots = sp.roots(x**3 - 3 * x + 1, x)
    assert all(root.has(sp.I) for root in roots)
    assert all(any(verdict(value, root) is None for value in np.roots([1, 0, -3, 1])) for root in roots)


def test_numbers_of_other_libraries_are_read():
    scipy = pytest.importorskip("scipy.sparse")
    pandas = pytest.importorskip("pandas")
    assert verdict(np.eye(2), scipy.eye_array(2, format="csr")) is None
    assert verdict([1.0, 2.0], pandas.Series([1, 2])) is None


# PyTorch is not among the locked packages; where it is there, its tensors are tried too.
TENSORS = ["jax.numpy", "tensorflow", *(["torch"] if importlib.util.find_spec("torch") else [])]


@pytest.mark.parametrize("library", TENSORS)
def test_tensors_are_read(library):
    module = pytest.importorskip(library)
    make = {"jax.numpy": "asarray", "tensorflow": "Variable", "torch": "tensor"}[library]
    settings = {"requires_grad": True} if library == "torch" else {}
    assert verdict([0.9, 1 / 15], getattr(module, make)([0.9, 1 / 15], **settings)) is None
    assert verdict(21.0, getattr(module, make)(21.0, **settings)) is None
    assert verdict(21.0, getattr(module, make)([float("nan")], **settings)) is not None


def test_a_tensor_that_requires_a_gradient_is_read():
    class Tensor:  # of PyTorch, as far as the judge is concerned
        def __init__(self, numbers, dtype="torch.float32", attached=True):
            self.numbers, self.dtype, self.attached = numbers, dtype, attached

        def detach(self):
            return Tensor(self.numbers, self.dtype, attached=False)

        def float(self):
            return Tensor(self.numbers, "torch.float32", self.attached)

        def cpu(self):
            return self

        def __array__(self, dtype=None, copy=None):
            if self.attached:
                raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
            if self.dtype == "torch.bfloat16":
                raise TypeError("Got unsupported ScalarType BFloat16")
            return np.asarray(self.numbers)

    assert verdict([1.0, 2.0], Tensor([1.0, 2.0])) is None
    assert verdict([1.0, 2.0], Tensor([1.0, 2.0], "torch.bfloat16")) is None


def test_equal_expressions_are_accepted():
    x, y = sp.symbols("x y", positive=True)
    assert verdict((x + y) ** 2, x**2 + 2 * x * y + y**2) is None
    assert verdict(sp.log(x * y), sp.log(x) + sp.log(y)) is None
    assert verdict(x, sp.sqrt(x**2)) is None
    assert verdict(x, (x * y + x) / (1 + y)) is None
    assert verdict(x**2, sp.Symbol("x") ** 2.0) is None  # a symbol counts by its name
    assert verdict(sp.sin(x) ** 2 + sp.cos(x) ** 2 + x, 1 + x) is None
    assert verdict(sp.Matrix([x, y]), sp.Matrix([[x, y]])) is None
    assert verdict(sp.Matrix([x, y]), [x, y]) is None
    assert verdict(2 * x, np.array([2 * x], dtype=object)) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x**2", "without quotes"),
        (sp.Symbol("x") * sp.Symbol("y"), "does not depend on y"),
        (-(sp.Symbol("x") ** 2), "sign"),
        (2.0, "depends on more"),
        (sp.Symbol("x") ** 3, "not equal"),
        (sp.Matrix([sp.Symbol("x"), 1]), "single expression"),
        (sp.Eq(sp.Symbol("x"), 1), "equation"),
        (lambda x: x**2, "a function"),
    ],
)
def test_a_wrong_expression_is_told_in_what_way(value, words):
    assert words in verdict(sp.Symbol("x", positive=True) ** 2, value)


def test_real_symbols_are_tried_on_both_sides_of_zero():
    x = sp.Symbol("x", real=True)
    assert verdict(sp.Abs(x), x) is not None
    assert verdict(sp.Abs(x), sp.sqrt(x**2)) is None


@pytest.mark.parametrize(
    ("right", "value", "words"),
    [
        (2.0, -2.0, "sign is the opposite"),
        (2.0, 3.0, "too large"),
        (2.1, 1.97, "check the rounding"),
        (0.0181, 1.81, "percentage"),
        (2.5, 0.4, "upside down"),
        (0.0, 5e-5, "too large"),
        ([1.0, 2.0], [1e308, -1e308], "entries differ"),
        ([1.0, 2.0], [2.0, 4.0], "2 times"),
        ([1.0, 2.0], [2.0, 1.0], "order"),
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 3.0], [2.0, 4.0]], "transpose"),
        ([[1.0, 2.0]], [[1.0], [3.0]], "1 of 2 entries"),
        ([1.0, 2.0], [1.0, 5.0], "1 of 2 entries differ, the first at index 1"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], "A list of 2 numbers is expected, this is a list of 3 numbers"),
        (1.0, [1.0, 2.0], "A single number is expected"),
        ([1.0, 2.0], [1.0, np.nan], "not a number"),
        ([1.0, 2.0], [1.0, -np.inf], "not finite"),
        (1.0, "0.5", "This is a piece of text, write the number without quotes."),
        (1.0, True, "This is True"),
        (1.0, None, "This is None"),
        (1.0, {1.0}, "no order"),
        (1.0, lambda: 1.0, "call it"),
        (1.0, 1.0 + 1e-17j, "complex"),
        (1.0, sp.I, "complex"),
        (1.0, sp.sqrt(-2), "complex"),
        (1.0, 10**400, "not finite"),
        (1.0, sp.Symbol("x"), "still contains x"),
        ("saddle", 3, "word in quotes"),
        ("saddle", "minimum", "is not it"),
        (True, False, "other way round"),
        (True, 1, "True or False is expected"),
    ],
)
def test_a_wrong_answer_is_told_in_what_way(right, value, words):
    assert words in verdict(right, value)


def test_a_telling_slip_gets_its_own_advice():
    advice = {"The decay acts on every factor.": lambda: 0.98}
    assert verdict(0.94, 0.98, slips=advice) == "The decay acts on every factor."
    assert verdict(0.94, sp.Rational(98, 100), slips=advice) == "The decay acts on every factor."
    assert verdict([1.0, 2.0], 3, slips={"Do not add them.": lambda: 3.0}) == "Do not add them."  # before the form
    assert verdict(-1.0, 1.0, slips={"Mind the order.": lambda: 1.0}) == "Mind the order."  # before "the sign"


def test_of_a_slip_close_to_the_right_value_the_nearer_one_counts():
    settings = {"tolerance": 0.01, "slips": {"Subtract one.": lambda: 1000.0}}
    assert verdict(999.0, 999.2, **settings) is None
    assert verdict(999.0, 1000.0, **settings) == "Subtract one."


SQUARE = {"cases": lambda: [(1.0,), (2.0,)]}


def square(x):
    return x**2


def test_a_function_is_tried_on_cases():
    assert verdict(square, lambda x: x * x, **SQUARE) is None
    assert verdict(square, lambda x: sp.Integer(int(x)) ** 2, **SQUARE) is None
    assert "For the arguments 2." in verdict(square, lambda x: x, **SQUARE)
    assert "without calling it" in verdict(square, 4.0, **SQUARE)
    assert "without calling it" in verdict(square, complex, **SQUARE)
    assert "ZeroDivisionError (" in verdict(square, lambda x: x / 0, **SQUARE)
    assert "called with 1 argument," in verdict(square, lambda: 1.0, **SQUARE)
    assert "`return`" in verdict(square, lambda x: None, **SQUARE)
    assert "without quotes" in verdict(square, lambda x: str(x), **SQUARE)
    settings = {**SQUARE, "slips": {"That is the cube.": lambda: lambda x: x**3}}
    assert verdict(square, lambda x: x**3, **settings) == "That is the cube."
    assert verdict(square, square, **{**SQUARE, "slips": {"Never said.": lambda: square}}) is None


def test_a_slip_of_another_form_than_the_answer_does_no_harm():
    forms = (1.0, [1.0, 2.0], (1.0,), (1.0, 2.0, 3.0), "word", True, sp.Symbol("x"), np.eye(2))
    for right in forms:
        for slip in forms:
            if slip is not right:
                assert verdict(
                    lambda x, right=right: right,
                    lambda x: 7.5,
                    cases=lambda: [(1,)],
                    slips={"A slip.": lambda slip=slip: lambda x: slip},
                ) not in (None, "A slip.")
                assert verdict(right, right, slips={"A slip.": lambda slip=slip: slip}) is None


def test_a_function_that_returns_huge_numbers_is_wrong():
    pair = lambda x: [x, 3 * x]  # noqa: E731
    assert "For the arguments" in verdict(pair, lambda x: [1e308, -1e308], **SQUARE)
    assert "For the arguments" in verdict(pair, lambda x: [1e308, 3e307], **SQUARE)


def test_a_function_gets_no_digits_for_nothing():
    assert verdict(lambda x: x / 3, lambda x: round(x / 3, 3), **SQUARE) is not None


def test_a_function_that_never_ends_is_stopped(monkeypatch):
    if not hasattr(__import__("signal"), "setitimer"):
        pytest.skip("this system cannot interrupt Python")
    monkeypatch.setattr(_patience, "SECONDS", 0.2)

    def hangs(x):
        while True:
            x += 1

    class Hanging:
        def __array__(self, dtype=None, copy=None):
            hangs(0)

    assert "did not come to an end" in verdict(square, hangs, **SQUARE)
    assert "takes too long" in verdict(1.0, Hanging())


@pytest.fixture
def clock():
    """The signals of a system that can interrupt Python, with an alarm on the wall's clock that nobody has set."""
    signal = pytest.importorskip("signal")
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system cannot interrupt Python")
    left = signal.setitimer(signal.ITIMER_REAL, 0)[0]  # that of the test run
    yield signal
    signal.setitimer(signal.ITIMER_REAL, left)


def test_a_function_that_waits_for_ever_is_stopped_too(monkeypatch, clock):
    monkeypatch.setattr(_patience, "WAITING", 0.2)
    before = clock.getsignal(clock.SIGALRM)
    assert "did not come to an end" in verdict(square, lambda x: time.sleep(30), **SQUARE)
    assert clock.getitimer(clock.ITIMER_REAL)[0] == 0
    assert clock.getsignal(clock.SIGALRM) is before


def test_an_alarm_of_somebody_else_is_left_alone(clock):
    clock.setitimer(clock.ITIMER_REAL, 500)
    assert verdict(square, lambda x: x * x, **SQUARE) is None
    assert 400 < clock.getitimer(clock.ITIMER_REAL)[0] <= 500


def test_parts_of_several_shapes_may_come_in_an_array_of_objects():
    def parts(x):
        return np.full((1, 2), x), np.full((2, 1), 3 * x)

    def boxed(x):
        box = np.empty(2, dtype=object)
        box[:] = parts(x)
        return box

    assert verdict(parts, boxed, **SQUARE) is None
    assert verdict(parts(2.0), boxed(2.0)) is None


def test_an_interrupt_by_the_reader_is_one():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verdict(square, interrupted, **SQUARE)


def test_a_right_function_that_changes_its_arguments_is_right():
    def midpoint(problem, w, learning_rate, steps):
        for _ in range(steps):
            half = problem.gradient(w)
            half *= -learning_rate / 2
            half += w
            w -= learning_rate * problem.gradient(half)
        return w

    def share(W, depth):
        U, sigma, V = np.linalg.svd(W)
        root = np.diag(sigma ** (1 / depth))
        layers = [root @ V, *[root] * (depth - 2), U @ root] if depth > 1 else [W.copy()]
        W *= 0
        return layers

    assert judge(ANSWERS["gradient-flow/midpoint"], midpoint) is None
    assert judge(ANSWERS["balance/share"], share) is None


def test_a_wrong_function_that_changes_its_arguments_is_wrong():
    def wrong(W, gradient, learning_rate):
        gradient *= 0
        return W

    def nothing(W, depth):
        W *= 0
        return [W] * depth

    assert judge(ANSWERS["end-to-end-update/implement"], wrong) is not None
    assert judge(ANSWERS["balance/share"], nothing) is not None


def test_what_a_function_returns_for_a_measure_is_read_first():
    measured = []
    settings = {"cases": lambda: [(1,)], "measure": lambda result, n: measured.append(result) or 0.0}
    right = lambda n: 0.0  # noqa: E731
    assert verdict(right, lambda n: [[[1, 2], [3, 4]], sp.eye(2)], **settings) is None
    assert verdict(right, lambda n: [1, Fraction(1, 2)], **settings) is None
    assert [type(result) for result in measured] == [list, np.ndarray]
    assert all(type(part) is np.ndarray for part in measured[0])
    assert "without quotes" in verdict(right, lambda n: "nothing", **settings)
    settings["measure"] = lambda result, n: float(result @ np.ones(3))
    assert "not of the form" in verdict(right, lambda n: [1, 2], **settings)


def test_an_answer_in_parts_is_compared_part_by_part():
    right = (np.eye(2), np.ones((1, 3)))
    assert verdict(right, [np.eye(2), [[1, 1, 1]]]) is None
    assert "In part 1" in verdict(right, [np.eye(2), [[1, 1, 2]]])
    assert "In part 0" in verdict(right, ["eye", [[1, 1, 2]]])
    assert "A list of 2 parts" in verdict(right, [np.eye(2)])
    assert "A list of 2 parts" in verdict(right, np.eye(3))
    assert verdict((np.eye(2), np.eye(2)), np.stack([np.eye(2)] * 2)) is None


def test_the_judge_does_not_load_sympy():
    assert "sympy" in sys.modules  # by this file; the question is asked in a process of its own
    import subprocess

    code = "import sys, deeplinear as dl; dl.check('preface/loss-at-zero', 5); assert 'sympy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_verdict_is_printed_and_nothing_else(capsys):
    def loud(beta, eta, t, tau):
        print("one-extra-number/heavy-ball: correct.")
        return 0.0

    dl.check("one-extra-number/heavy-ball", loud)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.startswith("one-extra-number/heavy-ball: not yet. For the arguments 0.9, 0.1, 5, 2: ")


def test_dots_mean_no_answer_yet(capsys):
    dl.check("preface/loss-at-zero", ...)
    assert "no answer yet" in capsys.readouterr().out


def test_an_unknown_exercise_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'preface/loss-at-zero'"):
        dl.check("preface/loss-at-zro", 1)
    with pytest.raises(ValueError, match="no exercise 3"):
        dl.check(3, 1)
