"""Losses: values, derivatives and optima against finite differences, SciPy and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime, minimize

import deeplinear as dl

POWERS = (1.3, 2.0, 2.5, 3.0, 4.0, 6.0)


def regression(p, outputs=None, seed=0, examples=30, features=4):
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((examples, features))
    targets = rng.standard_normal(examples if outputs is None else (examples, outputs))
    return dl.LpRegression(inputs, targets, p=p)


@pytest.mark.parametrize("p", POWERS)
def test_the_loss_is_the_mean_power_of_the_residuals_over_p(p):
    problem = regression(p)
    w = np.array([0.3, -1.0, 2.0, 0.5])
    by_hand = np.mean([abs(w @ x - y) ** p for x, y in zip(problem.inputs, problem.targets, strict=True)]) / p
    assert_allclose(problem.loss(w), by_hand, rtol=1e-14)


@pytest.mark.parametrize("p", POWERS)
@pytest.mark.parametrize("outputs", [None, 3])
def test_the_gradient_is_the_derivative_of_the_loss(p, outputs):
    problem = regression(p, outputs)
    W = np.random.default_rng(1).standard_normal(problem.shape)
    numerical = approx_fprime(W.ravel(), lambda flat: problem.loss(flat.reshape(W.shape)), 1e-7)
    assert_allclose(problem.gradient(W).ravel(), numerical, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("p", POWERS)
@pytest.mark.parametrize("outputs", [None, 3])
def test_the_hessian_is_the_derivative_of_the_gradient_in_column_stacked_order(p, outputs):
    problem = regression(p, outputs)
    W = np.random.default_rng(1).standard_normal(problem.shape)

    def gradient(flat):
        here = flat.reshape(W.shape, order="F")
        return problem.gradient(here).ravel(order="F")

    numerical = approx_fprime(W.ravel(order="F"), gradient, 1e-7)
    assert_allclose(problem.hessian(W), numerical, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("p", POWERS)
def test_the_hessian_of_two_points_is_the_derivative_of_its_gradient(p):
    problem = dl.TwoPoint((3.0, -2.0), p=p)
    w = np.array([0.5, 0.7])
    assert_allclose(problem.hessian(w), approx_fprime(w, problem.gradient, 1e-7), rtol=1e-4, atol=1e-5)
    assert_allclose(problem.gradient(w), approx_fprime(w, problem.loss, 1e-7), rtol=1e-4)


def test_batches_of_weights_give_batches_of_results():
    problem = regression(4.0)
    weights = np.random.default_rng(2).standard_normal((2, 5, 4))
    for name in ("loss", "gradient", "hessian"):
        batch = getattr(problem, name)(weights)
        assert_allclose(batch[1, 3], getattr(problem, name)(weights[1, 3]), rtol=1e-12)


def test_a_one_row_matrix_is_a_batch_of_one():
    problem = regression(4.0)
    assert problem.gradient(np.ones((1, 4))).shape == (1, 4)
    assert problem.loss(np.ones(4)).shape == ()


@given(
    p=st.floats(1.15, 8.0),
    seed=st.integers(0, 10_000),
    examples=st.integers(1, 40),
    features=st.integers(1, 8),
    outputs=st.sampled_from([None, 1, 2]),
)
@settings(max_examples=60, deadline=None)
def test_no_other_point_is_better_than_the_optimum(p, seed, examples, features, outputs):
    problem = regression(p, outputs, seed, examples, features)
    best = problem.optimum
    rng = np.random.default_rng(seed)
    for size in (1e-5, 1e-2, 1.0):
        assert problem.loss(best.weights + size * rng.standard_normal(problem.shape)) >= best.loss * (1 - 1e-9) - 1e-15


@pytest.mark.parametrize("p", POWERS)
def test_the_optimum_is_where_a_general_minimiser_ends(p):
    problem = regression(p)
    other = minimize(problem.loss, np.zeros(4), jac=problem.gradient, method="BFGS", options={"gtol": 1e-10})
    assert_allclose(problem.optimum.loss, other.fun, rtol=1e-7)
    assert problem.optimum.loss <= other.fun * (1 + 1e-12)


def test_the_optimum_of_a_rank_deficient_problem_has_least_norm():
    inputs = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    for p in (2.0, 4.0):
        assert_allclose(dl.LpRegression(inputs, [2.0, 4.0, 6.0], p=p).optimum.weights, [1.0, 1.0], rtol=1e-12)


def test_the_optimum_survives_a_condition_number_of_a_hundred_million():
    rng = np.random.default_rng(3)
    inputs = rng.standard_normal((200, 6)) * 10.0 ** np.arange(0, -12, -2)
    problem = dl.LpRegression(inputs, rng.standard_normal(200), p=4)
    slope = problem.gradient(problem.optimum.weights) / np.linalg.norm(inputs, axis=0)
    assert np.abs(slope).max() < 1e-12


def test_curvature_below_p_2_is_infinite_at_a_zero_residual():
    assert dl.TwoPoint((1.0, 2.0), p=1.5).hessian([1.0, 0.0])[0, 0] == np.inf


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0]], [1.0, 2.0], 2), "1 rows and targets has 2"),
        (([[1.0, np.nan]], [1.0], 2), r"inputs holds nan at index \(0, 1\)"),
        (([[1.0]], [np.inf], 2), "targets holds inf"),
        (([1.0], [1.0], 2), "inputs has 1 dimensions"),
        (([[1.0]], [1.0], 1), "p is 1, it must be greater than 1"),
        (([[1.0]], [1.0], float("nan")), "p is nan"),
        ((np.zeros((0, 2)), np.zeros(0), 2), "at least one example"),
    ],
)
def test_bad_data_are_refused_with_the_value_and_the_remedy(arguments, message):
    with pytest.raises(ValueError, match=message):
        dl.LpRegression(*arguments)


def test_a_wrong_type_is_a_type_error():
    with pytest.raises(TypeError, match="p is 'four'"):
        dl.LpRegression([[1.0]], [1.0], p="four")
    with pytest.raises(TypeError, match="targets must be an array of real numbers"):
        dl.LpRegression([[1.0]], ["a"])


def test_weights_of_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"weights has shape \(3,\), this problem needs \(..., 4\)"):
        regression(2.0).loss(np.zeros(3))
    with pytest.raises(ValueError, match=r"needs \(..., 2\)"):
        dl.TwoPoint((1.0, 2.0)).gradient([1.0])


@pytest.mark.parametrize("p", [1.5, 2, 3, 4, 5, 6])
def test_the_gradient_of_every_power_is_the_signed_power_of_the_residuals(p):
    problem = dl.TwoPoint((1.0, 2.0, 4.0), p=p)
    assert_allclose(problem.gradient([3.0, 2.0, 1.0]), [2.0 ** (p - 1), 0.0, -(3.0 ** (p - 1))], rtol=1e-14)
    assert problem.optimum.loss == 0
    assert_allclose(problem.optimum.weights, problem.targets)


def test_batches_work_for_several_outputs_and_for_two_points_too():
    rng = np.random.default_rng(2)
    several = dl.LpRegression(rng.standard_normal((9, 3)), rng.standard_normal((9, 2)), p=4)
    two = dl.TwoPoint((1.0, -2.0, 0.5), p=4)
    for problem, shape in ((several, (2, 3)), (two, (3,))):
        W = rng.standard_normal((5, 4, *shape))
        for name in ("loss", "gradient", "hessian"):
            method = getattr(problem, name)
            batch = method(W)
            for i, j in ((0, 0), (4, 3)):
                assert_allclose(batch[i, j], method(W[i, j]), rtol=1e-12)
