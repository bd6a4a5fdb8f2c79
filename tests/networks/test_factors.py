"""Deep linear networks as tuples of matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import deeplinear as dl

shapes = st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 6), st.integers(0, 3), st.integers(0, 10_000))


@given(shapes)
@settings(max_examples=80, deadline=None)
def test_balanced_factors_multiply_to_the_matrix_and_have_no_imbalance(case):
    k, d, depth, extra, seed = case
    W = np.random.default_rng(seed).standard_normal((k, d))
    factors = dl.balanced(W, depth, width=min(k, d) + extra, rng=seed)
    assert len(factors) == depth
    assert_allclose(dl.end_to_end(factors), W, atol=1e-12)
    for D in dl.imbalance(factors):
        assert_allclose(D, 0, atol=1e-12)


def test_a_vector_is_a_matrix_with_one_output():
    factors = dl.balanced([3.0, 4.0], depth=3)
    assert [factor.shape for factor in factors] == [(1, 2), (1, 1), (1, 1)]
    assert_allclose(dl.end_to_end(factors), [[3.0, 4.0]], rtol=1e-14)


def test_a_rank_one_matrix_fits_through_a_hidden_layer_of_width_one():
    W = np.outer([1.0, 2.0, -1.0], [3.0, 1.0])
    assert_allclose(dl.end_to_end(dl.balanced(W, depth=4, width=1)), W, atol=1e-12)


def test_a_hidden_layer_narrower_than_the_rank_is_refused():
    with pytest.raises(ValueError, match="width is 1 and the matrix has rank 2"):
        dl.balanced(np.eye(2), depth=2, width=1)


def test_the_zero_matrix_has_balanced_factors():
    assert all((factor == 0).all() for factor in dl.balanced(np.zeros((2, 3)), depth=3))


@given(st.integers(1, 5), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_layer_gradients_are_derivatives_of_the_loss_of_the_product(depth, seed):
    rng = np.random.default_rng(seed)
    factors = [rng.standard_normal((3, 3)) for _ in range(depth)]
    C = rng.standard_normal((3, 3))  # the loss is ⟨C, W_N ⋯ W_1⟩, whose gradient at the product is C
    for j, slope in enumerate(dl.layer_gradients(factors, C)):
        direction = rng.standard_normal((3, 3))
        moved = [factor + direction if i == j else factor for i, factor in enumerate(factors)]  # linear in each factor
        change = np.sum(C * (dl.end_to_end(moved) - dl.end_to_end(factors)))
        assert_allclose(np.sum(slope * direction), change, rtol=1e-9, atol=1e-9)


def test_gradients_keep_the_shapes_of_unequal_layers():
    factors = dl.near_zero((4, 5, 6, 3), rng=0)
    slopes = dl.layer_gradients(factors, np.ones((3, 4)))
    assert [slope.shape for slope in slopes] == [(5, 4), (6, 5), (3, 6)]


def test_batches_of_networks_are_networks():
    rng = np.random.default_rng(0)
    factors = [rng.standard_normal((7, 3, 4)), rng.standard_normal((7, 2, 3))]
    gradient = rng.standard_normal((7, 2, 4))
    one = dl.gradient_step([factor[5] for factor in factors], gradient[5], 0.1, weight_decay=0.3)
    for batch, single in zip(dl.gradient_step(factors, gradient, 0.1, weight_decay=0.3), one, strict=True):
        assert_allclose(batch[5], single, rtol=1e-14)


def test_weight_decay_shrinks_every_factor():
    for factor in dl.gradient_step([[[2.0]], [[3.0]]], [[0.0]], learning_rate=0.1, weight_decay=0.5):
        assert factor.item() in (pytest.approx(1.9), pytest.approx(2.85))


def test_an_identity_start_is_balanced_only_at_width_one_or_when_square():
    assert all((D == 0).all() for D in dl.imbalance(dl.identity((5, 1, 1, 1))))
    assert all((D == 0).all() for D in dl.imbalance(dl.identity((4, 4, 4))))
    narrowing = dl.imbalance(dl.identity((5, 3, 1)))
    assert np.abs(narrowing[0]).max() == 1


def test_the_same_seed_gives_the_same_start_and_the_first_layer_is_drawn_first():
    assert_allclose(dl.near_zero((4, 1), rng=3)[0], dl.near_zero((4, 1, 1), rng=3)[0])
    noisy = dl.identity((3, 3), scale=0.1, rng=0)[0]
    assert_allclose(noisy - np.eye(3), dl.near_zero((3, 3), 0.1, rng=0)[0], atol=1e-15)


def test_the_rank_is_counted_to_rounding_error_of_the_largest_singular_value():
    noise = 50 * np.finfo(float).eps  # a 2 × 50 matrix is accurate to this, relative to its largest singular value
    for scale in (1e-3, 1.0, 1e3):
        W = np.zeros((2, 50))
        W[0, 0], W[1, 1] = scale, 0.5 * noise * scale
        assert len(dl.balanced(W, depth=2, width=1)) == 2
        W[1, 1] = 2 * noise * scale
        with pytest.raises(ValueError, match="rank 2"):
            dl.balanced(W, depth=2, width=1)


def test_the_zero_matrix_has_rank_zero_and_fits_through_any_width():
    assert [factor.shape for factor in dl.balanced(np.zeros((2, 3)), depth=3, width=1)] == [(1, 3), (1, 1), (2, 1)]


def test_imbalance_and_gradients_take_batches():
    rng = np.random.default_rng(1)
    factors, gradient = [rng.standard_normal((7, 3, 4)), rng.standard_normal((7, 2, 3))], rng.standard_normal((7, 2, 4))
    one = [factor[5] for factor in factors]
    assert_allclose(dl.imbalance(factors)[0][5], dl.imbalance(one)[0], rtol=1e-13)
    for batch, single in zip(dl.layer_gradients(factors, gradient), dl.layer_gradients(one, gradient[5]), strict=True):
        assert_allclose(batch[5], single, rtol=1e-13)


def test_a_gradient_with_one_row_and_its_vector_are_the_same():
    factors, row = dl.near_zero((4, 3, 1), 1.0, rng=0), np.arange(4.0)
    for a, b in zip(dl.layer_gradients(factors, row), dl.layer_gradients(factors, row[None]), strict=True):
        assert a.shape == b.shape
        assert_allclose(a, b)


def test_random_rotations_are_the_q_of_normal_matrices_whose_r_has_a_positive_diagonal():
    """Which makes them uniform; the signs of LAPACK's own Q are not random."""
    aligned = set()
    for seed in range(30):
        drawn = np.random.default_rng(seed).standard_normal((3, 1))
        first = dl.balanced([[1.0]], depth=2, width=3, rng=seed)[0]
        assert_allclose(np.abs(first), np.abs(drawn) / np.linalg.norm(drawn), rtol=1e-12)
        aligned.add(bool(first[0, 0] * drawn[0, 0] > 0))
    assert len(aligned) == 1


def test_one_layer_is_the_matrix_itself_to_the_last_digit():
    W = np.random.default_rng(0).standard_normal((3, 4))
    assert (dl.balanced(W, depth=1)[0] == W).all()


def test_defaults_are_those_of_the_documentation():
    assert_allclose(np.std(dl.near_zero((20_000, 1), rng=0)[0]), 0.01, rtol=0.02)
    assert (dl.identity((3, 2), rng=0)[0] == np.eye(2, 3)).all()
    assert_allclose(dl.gradient_step([[[2.0]]], [[3.0]], 0.1)[0], [[1.7]])
    W = np.ones((2, 3))
    same = dl.balanced(W, depth=1)[0]
    same[0, 0] = 5.0
    assert W[0, 0] == 1.0, "a copy, not a view"


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ([], "empty"),
        ([[1.0, 2.0]], "W_1 has shape"),
        ([np.ones((2, 3)), np.ones((1, 3))], r"W_2 \(1, 3\) does not follow W_1 \(2, 3\): it must have 2 columns"),
    ],
)
def test_factors_that_are_no_network_are_refused(factors, message):
    with pytest.raises(ValueError, match=message):
        dl.end_to_end(factors)


def test_a_gradient_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"gradient has shape \(3, 2\), the end-to-end matrix is \(2, 3\)"):
        dl.layer_gradients([np.ones((2, 3))], np.ones((3, 2)))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: dl.balanced(np.eye(2), depth=0), ValueError),
        (lambda: dl.balanced(np.eye(2), depth=2.0), TypeError),
        (lambda: dl.near_zero((3,)), ValueError),
        (lambda: dl.near_zero((3, 0)), ValueError),
        (lambda: dl.near_zero((3, 1), scale=0.0), ValueError),
        (lambda: dl.identity((3, 1), scale=-1.0), ValueError),
    ],
)
def test_bad_sizes_are_refused(call, error):
    with pytest.raises(error):
        call()
