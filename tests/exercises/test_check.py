"""The judge: equivalent answers pass, wrong ones are told in what way, and the right one is not given away."""

import numpy as np
import pytest
import sympy

import deeplinear as dl
from deeplinear.exercises._judge import judge
from deeplinear.exercises._registry import Answer


def verdict(right, value, **settings):
    return judge(Answer(lambda: right, **settings), value)


@pytest.mark.parametrize(
    ("right", "value"),
    [
        (0.5, 0.5 + 1e-8),
        (0.5, np.array([0.5])),
        (2.0, sympy.Integer(2)),
        ([1.0, 2.0], (1, 2)),
        ("saddle", " Saddle "),
        (0.0, 0),
    ],
)
def test_equivalent_answers_are_accepted(right, value):
    assert verdict(right, value) is None


def test_equivalent_expressions_are_accepted():
    x, y = sympy.symbols("x y", positive=True)
    assert verdict((x + y) ** 2, x**2 + 2 * x * y + y**2) is None
    assert verdict(sympy.Matrix([x, y]), sympy.Matrix([x, y])) is None
    assert "does not depend on y" in verdict(x**2, x * y)


@pytest.mark.parametrize(
    ("right", "value", "words"),
    [
        (2.0, -2.0, "sign is the opposite"),
        (2.0, 3.0, "too large"),
        (2.0, 1.9, "check the rounding"),
        ([1.0, 2.0], [2.0, 4.0], "2 times"),
        ([1.0, 2.0], [2.0, 1.0], "order"),
        ([1.0, 2.0], [1.0, 5.0], "1 of 2 entries differ, the first at index 1"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], "shape"),
        ([1.0, 2.0], [1.0, np.nan], "not finite"),
        (1.0, "one", "number or an array"),
        (1.0, None, "this is None"),
        ("saddle", 3, "word in quotes"),
        ("saddle", "minimum", "is not it"),
    ],
)
def test_a_wrong_answer_is_told_in_what_way(right, value, words):
    assert words in verdict(right, value)


def test_a_telling_slip_gets_its_own_advice():
    advice = {"The decay acts on every factor.": lambda: 0.98}
    assert verdict(0.94, 0.98, slips=advice) == "The decay acts on every factor."


def test_a_function_is_tried_on_cases():
    settings = {"cases": lambda: [(1.0,), (2.0,)]}
    square = lambda x: x**2  # noqa: E731
    assert verdict(square, lambda x: x * x, **settings) is None
    assert "For the arguments 2." in verdict(square, lambda x: x, **settings)
    assert "without calling it" in verdict(square, 4.0, **settings)
    assert "ZeroDivisionError" in verdict(square, lambda x: x / 0, **settings)


def test_an_answer_in_parts_is_compared_part_by_part():
    right = (np.eye(2), np.ones((1, 3)))
    assert verdict(right, [np.eye(2), [[1, 1, 1]]]) is None
    assert "In part 1" in verdict(right, [np.eye(2), [[1, 1, 2]]])
    assert "A list of 2 parts" in verdict(right, [np.eye(2)])


def test_dots_mean_no_answer_yet(capsys):
    dl.check("preface/loss-at-zero", ...)
    assert "no answer yet" in capsys.readouterr().out


def test_an_unknown_exercise_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'preface/loss-at-zero'"):
        dl.check("preface/loss-at-zro", 1)
