"""What every problem promises, put to each of them; and what is particular to each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.problems import LogisticRegression, LpRegression, MatrixCompletion, MatrixSensing, TwoPoint

rng = np.random.default_rng(0)
X = rng.standard_normal((20, 4))
PROBLEMS = {
    **{
        f"l{p}, {k} outputs": LpRegression(X, rng.standard_normal((20, k)) if k else X[:, 0] + 1, p)
        for p in (1.5, 2, 3, 4)
        for k in (0, 1, 3)
    },
    "two points": TwoPoint((3.0, -1.0, 2.0), p=4),
    "logistic": LogisticRegression(X, [0, 1] * 10),
    **{
        f"completion, l{p}": MatrixCompletion(rng.standard_normal((3, 4)), rng.random((3, 4)) > 0.3, p)
        for p in (1.5, 2, 3, 4)
    },
    **{f"sensing, l{p}": MatrixSensing(rng.standard_normal((8, 2, 3)), rng.standard_normal(8), p) for p in (2, 3)},
}


@pytest.mark.parametrize("name", PROBLEMS)
@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_gradient_and_hessian_product_are_the_derivatives_of_the_loss(name, seed):
    problem, here = PROBLEMS[name], np.random.default_rng(seed)
    w, v = here.standard_normal(problem.shape), here.standard_normal(problem.shape)
    h = 1e-6
    slope = (problem.loss(w + h * v) - problem.loss(w - h * v)) / (2 * h)
    assert_allclose((problem.gradient(w) * v).sum(), slope, rtol=1e-6, atol=1e-7)
    curved = (problem.gradient(w + h * v) - problem.gradient(w - h * v)) / (2 * h)
    if "1.5" not in name:  # there the curvature is infinite at a zero residual, and large beside it
        assert_allclose(problem.hessian_product(w, v), curved, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_stack_of_weights_gives_what_each_gives_alone(name):
    problem = PROBLEMS[name]
    w, v = rng.standard_normal((2, 5, *problem.shape))
    for stacked, alone in (
        (problem.loss(w), [problem.loss(one) for one in w]),
        (problem.gradient(w), [problem.gradient(one) for one in w]),
        (problem.hessian_product(w, v), [problem.hessian_product(one, way) for one, way in zip(w, v, strict=True)]),
    ):
        assert_allclose(stacked, alone, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", PROBLEMS)
def test_no_point_beside_the_optimum_is_lower_and_its_gradient_vanishes(name):
    problem = PROBLEMS[name]
    best = problem.optimum
    assert best.weights.shape == problem.shape
    assert_allclose(problem.loss(best.weights), best.loss, rtol=1e-12, atol=1e-15)
    assert np.abs(problem.gradient(best.weights)).max() < 1e-6
    for _ in range(20):
        assert problem.loss(best.weights + 0.01 * rng.standard_normal(problem.shape)) >= best.loss


@pytest.mark.parametrize("name", PROBLEMS)
def test_weights_of_another_shape_are_refused(name):
    problem = PROBLEMS[name]
    for call in (problem.loss, problem.gradient):
        with pytest.raises(ValueError, match="this problem needs"):
            call(np.zeros((*problem.shape[:-1], problem.shape[-1] + 1)))


def test_logistic_labels_may_be_0_and_1_or_minus_1_and_1():
    one, other = LogisticRegression(X, [0, 1] * 10), LogisticRegression(X, [-1, 1] * 10)
    w = rng.standard_normal(4)
    assert one.loss(w) == other.loss(w)
    assert np.isfinite(one.loss(1e4 * w))  # no overflow far out
    assert np.isfinite(one.gradient(1e4 * w)).all()


def test_separable_classes_have_no_optimum_and_say_so():
    with pytest.raises(ValueError, match="can be separated: its loss tends to 0"):
        _ = LogisticRegression(X, X[:, 0] > 0).optimum


def test_what_is_not_observed_does_not_matter():
    matrix, mask = rng.standard_normal((3, 4)), rng.random((3, 4)) > 0.4
    other = np.where(mask, matrix, np.nan)
    w = rng.standard_normal((3, 4))
    one, two = MatrixCompletion(matrix, mask), MatrixCompletion(other, mask)
    assert one.loss(w) == two.loss(w)
    assert one.fingerprint() == two.fingerprint()
    assert (two.gradient(w)[~mask] == 0).all()
    assert (two.optimum.weights == np.where(mask, matrix, 0)).all(), "of all that fit, the one of least norm"


def test_the_identity_as_measurements_makes_sensing_a_completion_of_everything():
    matrix = rng.standard_normal((2, 3))
    sensing = MatrixSensing(np.eye(6).reshape(6, 2, 3), matrix.ravel(), p=4)
    completion = MatrixCompletion(matrix, np.ones((2, 3), dtype=bool), p=4)
    w = rng.standard_normal((2, 3))
    assert_allclose(6 * sensing.gradient(w), completion.gradient(w), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: LogisticRegression(X, [0, 1, 2] * 6 + [0, 1]), ValueError, "labels holds 0, 1, 2"),
        (lambda: LogisticRegression(X, [0, 1]), ValueError, "one label per example"),
        (lambda: MatrixCompletion(np.eye(2), np.eye(3)), ValueError, "two tables of one shape"),
        (lambda: MatrixCompletion(np.eye(2), np.eye(2)), TypeError, "it must be bool"),
        (lambda: MatrixCompletion(np.eye(2), np.eye(2) > 2), ValueError, "False everywhere"),
        (lambda: MatrixCompletion([[np.nan, 1.0]], [[True, True]]), ValueError, r"nan at the observed entry \[0, 0\]"),
        (lambda: MatrixCompletion([[1.0, np.inf, np.nan]], np.ones((1, 3)) > 0), ValueError, r"inf at .* \[0, 1\]"),
        (lambda: MatrixCompletion(np.eye(2), np.eye(2) > 0, p=1), ValueError, "p is 1"),
        (lambda: MatrixSensing(np.eye(2), [1.0, 2.0]), ValueError, "measurements has 2 dimensions"),
        (lambda: MatrixSensing(np.zeros((3, 2, 2)), [1.0, 2.0]), ValueError, "give one target per matrix"),
    ],
)
def test_bad_data_are_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_problem_that_states_no_optimum_says_so():
    class Own(dl.problems.Problem):
        shape = (1,)

        def loss(self, weights):
            return np.asarray(weights)[..., 0] ** 2

        def gradient(self, weights):
            return 2 * np.asarray(weights)

    with pytest.raises(NotImplementedError, match="Own states no optimum"):
        _ = Own().optimum


class Steep(dl.problems.Problem):
    """``Σ w³|w|/4``, which states its gradient alone."""

    shape = (2,)

    def loss(self, weights):
        raise AssertionError("not needed")

    def gradient(self, weights):
        return weights * np.abs(weights) * weights


class Bowl(Steep):
    """``|w|²/2``."""

    def gradient(self, weights):
        return weights


@pytest.mark.parametrize("size", [1.0, 1e4, 1e9])
def test_a_hessian_by_differences_has_eight_digits_far_out_and_for_directions_of_all_sizes_at_once(size):
    w = size * np.array([[-1.0, 0.0], [0.6, 0.8], [0.6, 0.8], [1.0, 1.0]])
    v = np.array([[-1e-8, 1e-9], [3e7, -4e7], [0.0, 0.0], [1.0, -2.0]])
    assert_allclose(Steep().hessian_product(w, v), 3 * w * np.abs(w) * v, rtol=1e-8)
    assert_allclose(Bowl().hessian_product(0 * w, v), v, rtol=1e-8)
