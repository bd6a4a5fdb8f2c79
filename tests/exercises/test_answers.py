"""Every exercise of every chapter: asked in the book, answered by its own right value in any form, its slips told
apart, and nonsense refused.

All tests go over the table of answers, so a new exercise is covered without a change here.
"""

import json
import re
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import deeplinear as dl
from deeplinear.exercises._judge import judge
from deeplinear.exercises._registry import ANSWERS

ROOT = Path(__file__).parents[2]
CHAPTERS = ROOT / "chapters"

# An answer is right on the stand-in too, and only what is printed differs there.
pytestmark = pytest.mark.filterwarnings("ignore::deeplinear.datasets.StandInWarning")


def chapters():
    """All but the preface and the appendix."""
    return sorted(path for path in CHAPTERS.glob("*/*.ipynb") if path.parent.name != "appendix")


def cells_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def code_of(path):
    return "\n".join("".join(cell["source"]) for cell in cells_of(path) if cell["cell_type"] == "code")


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_a_chapter_has_four_exercises_each_with_hint_solution_and_self_check(path):
    prose = "\n".join("".join(cell["source"]) for cell in cells_of(path) if cell["cell_type"] == "markdown")
    asked = re.findall(rf":label: ex-{path.stem}-([\w-]+)", prose)
    assert len(asked) >= 4
    assert len(re.findall(r"\{admonition\} Hint", prose)) == len(asked)
    for slug in asked:
        assert f"{{solution-start}} ex-{path.stem}-{slug}" in prose
        checks = re.findall(rf'dl\.check\("{path.stem}/{slug}"', code_of(path))
        assert len(checks) == 2, f"{slug} needs one self-check for the reader and one in its solution"


def test_every_answer_is_asked_for_and_every_question_has_one():
    asked = {name for path in CHAPTERS.rglob("*.ipynb") for name in re.findall(r'dl\.check\("([^"]+)"', code_of(path))}
    assert asked == set(ANSWERS)


def numbers(right):
    """The right value as an array, or None if it is of another kind."""
    if (
        isinstance(right, (str, bool, np.bool_, tuple))
        or callable(right)
        or isinstance(right, (sp.Basic, sp.MatrixBase))
    ):
        return None
    return np.asarray(right, dtype=float)


def forms_of_a_number(x):
    """One number in all types that a reader may come to; exact ones of the very value of the float."""
    exact = Fraction(x)
    yield from (
        x,
        np.float64(x),
        np.array(x),
        [x],
        (x,),
        np.array([[x]]),
        Decimal(x),
        exact,
        complex(x),
        np.complex64(0) + x,
    )
    yield from (
        sp.Rational(exact.numerator, exact.denominator),
        sp.Float(x),
        sp.Matrix([x]),
        np.ma.array(x, mask=False),
    )
    yield from (np.longdouble(x), np.array(exact, dtype=object), sp.sqrt(sp.Rational(x) ** 2) * (1 if x >= 0 else -1))
    if x.is_integer():
        yield from (int(x), np.int64(x), sp.Integer(int(x)), np.float32(x))


def forms_of_an_array(X):
    yield from (X, X.tolist(), tuple(map(tuple, X.tolist())) if X.ndim > 1 else tuple(X.tolist()), X.astype(object))
    yield from (X.astype(complex), np.ma.array(X, mask=False), np.asfortranarray(X), np.vectorize(Fraction)(X).tolist())
    if X.ndim == 1:  # a row or a column is as good
        yield from (X[None], X[:, None], sp.Matrix(X), sp.Matrix([X.tolist()]), [[x] for x in X.tolist()])
    if X.ndim == 2:
        yield from (sp.Matrix(X), sp.ImmutableMatrix(X))
    yield np.array([float(f"{x:.6g}") for x in X.ravel()]).reshape(X.shape)


def as_asked(x, digits):
    """A number rounded to the digits asked for, as one reads it off a print."""
    return float(f"{x:.{digits - 1}e}")


def forms_of_an_expression(right):
    yield from (right, sp.expand(right), sp.simplify(right), sp.factor(right), right + 0)
    anew = {symbol: sp.Symbol(symbol.name) for symbol in right.free_symbols}  # made without assumptions
    yield right.xreplace(anew)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_right_answer_is_right_in_every_form(name, settled):
    answer = settled(name)
    right = answer.right()
    if answer.measure is not None:
        return  # what is right is not one value; the chapter's solution is tried when the notebook runs
    assert judge(answer, right) is None
    want = numbers(right)
    if isinstance(right, (sp.Basic, sp.MatrixBase)):
        forms = list(forms_of_an_expression(right))
    elif want is None:
        forms = [right]
    elif want.size == 1:
        forms = list(forms_of_a_number(want.item()))
    else:
        forms = list(forms_of_an_array(want))
    if want is not None and not (want == np.rint(want)).all():
        forms.append(np.vectorize(as_asked)(want, answer.digits))
    for form in forms:
        assert judge(answer, form) is None, f"{type(form).__name__}: {form!r}"


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_what_the_solution_prints_is_right(name, settled):
    printed = printed_by_solution(name)
    answer = settled(name)
    want = None if answer.cases else numbers(answer.right())
    if want is None or not printed:
        return
    if dl.load_ethanol().source != "uci" and name.split("/")[0] in {
        path.stem for path in CHAPTERS.glob("exp*/*.ipynb")
    }:
        pytest.skip("the book's numbers are those of the real data")
    nearest = np.vectorize(lambda x: min(printed, key=lambda number: abs(number - x)))(want)
    if (np.abs(nearest - want) > 0.02 * np.abs(want)).any():
        return  # the solution prints other things
    assert judge(answer, nearest) is None, f"{nearest} is printed"


def printed_by_solution(name):
    """The numbers in what the cell of a solution prints before its verdict."""
    for path in CHAPTERS.rglob(f"{name.split('/')[0]}.ipynb"):
        for cell in cells_of(path):
            if cell["cell_type"] == "code" and f'dl.check("{name}"' in "".join(cell["source"]):
                text = "".join("".join(output.get("text", "")) for output in cell["outputs"])
                lines = [line for line in text.splitlines() if not line.startswith(f"{name}:")]
                found = re.findall(r"-?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?%?", "\n".join(lines))
                if found:
                    clean = [number.replace(",", "") for number in found]
                    return [float(n[:-1]) / 100 if n.endswith("%") else float(n) for n in clean]
    return []


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_slip_gets_its_advice_in_every_form_and_rounded(name, settled):
    answer = settled(name)
    for advice, slip in answer.slips.items():
        assert judge(answer, slip()) == advice
        wrong = None if answer.cases else numbers(slip())
        if wrong is None:
            continue
        for form in forms_of_a_number(wrong.item()) if wrong.size == 1 else forms_of_an_array(wrong):
            assert judge(answer, form) == advice, f"{type(form).__name__}: {form!r}"
        if not (wrong == np.rint(wrong)).all():
            assert judge(answer, np.vectorize(as_asked)(wrong, answer.digits)) == advice


class Stubborn:
    """An object whose every method fails in its own way."""

    def __array__(self, *args, **kwargs):
        raise SystemExit("no")

    def __float__(self):
        raise MemoryError

    def __eq__(self, other):
        raise ZeroDivisionError

    def __repr__(self):
        raise KeyError("no")

    __hash__ = None


class Masked:
    """An object that will not say what it is."""

    @property
    def __class__(self):
        raise RuntimeError


def endless():
    inner = []
    inner.append(inner)
    return inner


def raises(*arguments):
    raise ValueError("dtype('<f8') could not be cast by a ufunc")


def recurses(*arguments):
    return recurses(*arguments)


def leaves(*arguments):
    raise SystemExit


NONSENSE = {
    "none": lambda: None,
    "text": lambda: "0.5",
    "bytes": lambda: b"0.5",
    "dictionary": lambda: {"a": 1.0},
    "set": lambda: {1.5, 2.5},
    "generator": lambda: (x for x in [1.0]),
    "class": lambda: complex,
    "module": lambda: np,
    "object": object,
    "nan": lambda: float("nan"),
    "infinite": lambda: -np.inf,
    "complex": lambda: 1.25 + 1j,
    "complex array": lambda: np.array([[1.25 + 1e-9j]]),
    "masked array": lambda: np.ma.array([1.25, 2.5], mask=[False, True]),
    "all masked": lambda: np.ma.masked,
    "dots inside": lambda: [..., 2.5],
    "text inside": lambda: np.array(["1.25"]),
    "ragged": lambda: [[1.25, 2.5], [3.75]],
    "empty": list,
    "endless list": endless,
    "huge array": lambda: np.broadcast_to(1.25, (10**6, 10**6)),
    "huge range": lambda: range(10**12),
    "huge number": lambda: 10**400,
    "symbol": lambda: sp.Symbol("q"),
    "symbolic matrix": lambda: sp.Matrix([sp.Symbol("q"), 1]),
    "symbolic nan": lambda: sp.nan,
    "symbolic infinity": lambda: sp.zoo,
    "imaginary": lambda: sp.I,
    "equation": lambda: sp.Eq(sp.Symbol("q"), 1),
    "stubborn": Stubborn,
    "no class": Masked,
    "a date": lambda: np.datetime64("2020-01-01"),
    "a table": lambda: np.zeros(2, dtype=[("a", float), ("b", int)]),
    "no arguments": lambda: lambda: 1.25,
    "too many arguments": lambda: lambda a, b, c, d, e, f, g, h: 1.25,
    "returns none": lambda: lambda *arguments: None,
    "returns text": lambda: lambda *arguments: "1.25",
    "returns nan": lambda: lambda *arguments: np.nan,
    "returns itself": lambda: lambda *arguments: recurses,
    "returns stubborn": lambda: lambda *arguments: Stubborn(),
    "yields": lambda: lambda *arguments: (x for x in arguments),
    "raises": lambda: raises,
    "recurses": lambda: recurses,
    "leaves": lambda: leaves,
    "prints": lambda: print,
}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_nonsense_is_refused_in_plain_words(name, settled, capsys):
    answer = settled(name)
    for what, make in NONSENSE.items():
        words = judge(answer, make())
        assert isinstance(words, str), f"{what} counts as right"
        assert words.endswith((".", "?")), f"{what}: {words}"
        for jargon in ("Traceback", "dtype", "ufunc", "float64", "object at 0x", "NoneType"):
            assert jargon not in words, f"{what}: {words}"
    assert capsys.readouterr().out == ""  # nothing but the verdict is printed, and that by `check`


def test_all_in_all_well_over_two_hundred_answers_are_tried():
    assert len(ANSWERS) * len(NONSENSE) > 2_000
    assert len(list(forms_of_a_number(2.0))) > 20 > len(list(forms_of_an_array(np.ones(3)))) > 10


@pytest.mark.parametrize("name", sorted(name for name, answer in ANSWERS.items() if answer.cases))
def test_a_function_is_judged_by_what_it_returns(name, settled):
    """It may spoil its arguments afterwards: neither the next case nor what is right is touched by that."""
    answer = settled(name)
    right = answer.right()

    def spoil(part):
        if isinstance(part, np.ndarray) and part.flags.writeable:
            part *= 0
        elif isinstance(part, list):
            for inner in part:
                spoil(inner)
            part.clear()
        elif hasattr(part, "__dict__"):
            for inner in vars(part).values():
                spoil(inner)

    def spoiling(*case):
        result = deepcopy(right(*case))
        for part in case:
            spoil(part)
        return result

    if answer.measure is None:
        assert judge(answer, spoiling) is None
