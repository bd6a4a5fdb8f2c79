"""The preconditioner and the update rule: worked cases, agreement of the forms, edges, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import deeplinear as dl

cases = st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 6), st.integers(0, 10_000))


def draw(case):
    k, d, depth, seed = case
    rng = np.random.default_rng(seed)
    return rng.standard_normal((k, d)), rng.standard_normal((k, d)), depth


def power(S, exponent):
    """A fractional power of a positive definite matrix, the textbook way."""
    values, vectors = np.linalg.eigh(S)
    return (vectors * values**exponent) @ vectors.T


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_preconditioning_is_the_sum_of_theorem_1(depth):
    rng = np.random.default_rng(depth)
    W, G = rng.standard_normal((3, 3)), rng.standard_normal((3, 3))  # square, so both Gram matrices are definite
    expected = sum(
        power(W @ W.T, (j - 1) / depth) @ G @ power(W.T @ W, (depth - j) / depth) for j in range(1, depth + 1)
    )
    assert_allclose(dl.precondition(W, G, depth), expected, rtol=1e-9, atol=1e-11)


def test_the_order_of_the_two_powers_is_that_of_the_theorem():
    # At depth 2: ∇ [WᵀW]^{1/2} + [WWᵀ]^{1/2} ∇; with W of one row the two Gram matrices differ in size.
    W, G = np.array([[3.0, 4.0]]), np.array([[1.0, 0.0]])
    assert_allclose(dl.precondition(W, G, 2), 5 * G + G @ (W.T @ W) / 5, rtol=1e-12)


@given(cases)
@settings(max_examples=80, deadline=None)
def test_the_preconditioner_matrix_acts_as_the_formula(case):
    W, G, depth = draw(case)
    acted = dl.preconditioner(W, depth) @ G.ravel(order="F")
    assert_allclose(acted, dl.precondition(W, G, depth).ravel(order="F"), rtol=1e-9, atol=1e-11)


@given(cases)
@settings(max_examples=80, deadline=None)
def test_eigenvalues_belong_to_products_of_singular_vectors(case):
    W, _, depth = draw(case)
    P, values = dl.preconditioner(W, depth), dl.preconditioner_eigenvalues(W, depth)
    U, _, Vt = np.linalg.svd(W, full_matrices=True)
    for r in range(W.shape[0]):
        for s in range(W.shape[1]):
            vector = np.outer(U[:, r], Vt[s]).ravel(order="F")
            assert_allclose(P @ vector, values[r, s] * vector, rtol=1e-8, atol=1e-10)


@given(cases, st.floats(1.0, 9.0))
@settings(max_examples=60, deadline=None)
def test_real_depths_interpolate_whole_ones(case, depth):
    W, _, _ = draw(case)
    below, at, above = (dl.preconditioner_eigenvalues(W, N) for N in (np.floor(depth), depth, np.floor(depth) + 1))
    near = dl.preconditioner_eigenvalues(W, np.floor(depth) + 1e-9)
    assert_allclose(near, below, rtol=1e-5, atol=1e-7 + (1e-2 if np.floor(depth) == 1 else 0))
    assert np.isfinite(at).all()
    assert np.isfinite(above).all()


def test_equal_singular_values_take_the_limit():
    assert_allclose(dl.preconditioner_eigenvalues(4 * np.eye(2), 2.5), np.full((2, 2), 2.5 * 4 ** (2 - 2 / 2.5)))


@given(st.integers(1, 6), st.floats(1.0, 8.0), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_one_output_agrees_with_the_vector_form(d, depth, seed):
    rng = np.random.default_rng(seed)
    w, g = rng.standard_normal((2, d))
    whole = int(depth)
    assert_allclose(dl.precondition_vector(w, g, whole), dl.precondition(w, g, whole), rtol=1e-9, atol=1e-12)
    values = dl.preconditioner_eigenvalues(w, depth)
    assert_allclose(dl.precondition_vector(w, w, depth), values[0, 0] * w, rtol=1e-9)


def test_vector_form_takes_batches_and_depths_that_broadcast():
    rng = np.random.default_rng(0)
    w, g, depth = rng.standard_normal((4, 3)), rng.standard_normal((4, 3)), np.array([1, 2, 3, 4])
    batch = dl.precondition_vector(w, g, depth)
    for i in range(4):
        assert_allclose(batch[i], dl.precondition_vector(w[i], g[i], depth[i]), rtol=1e-14)


def test_at_zero_weights_depth_stops_the_update_and_depth_one_does_not():
    G = np.ones((2, 3))
    assert_allclose(dl.precondition(np.zeros((2, 3)), G, 1), G)
    assert_allclose(dl.precondition(np.zeros((2, 3)), G, 3), 0)
    assert_allclose(dl.precondition_vector(np.zeros(3), np.ones(3), 3), 0)
    assert_allclose(dl.preconditioner_eigenvalues(np.zeros((2, 3)), 2.5), 0)


def test_rounding_noise_in_the_null_space_is_not_amplified():
    rng = np.random.default_rng(0)
    W = rng.standard_normal((4, 2)) @ rng.standard_normal((2, 5))  # rank 2
    U, _, Vt = np.linalg.svd(W)
    G = np.outer(U[:, 3], Vt[4])  # lives in both null spaces
    assert np.abs(dl.precondition(W, G, 5)).max() < 1e-14


def test_what_counts_as_rounding_noise_is_relative_to_the_largest_singular_value():
    noise = 50 * np.finfo(float).eps
    for scale in (1e-3, 1.0, 1e3):
        W = np.zeros((2, 50))
        W[0, 0], W[1, 1] = scale, 0.5 * noise * scale
        assert dl.preconditioner_eigenvalues(W, 2)[1, 1] == 0
        W[1, 1] = 2 * noise * scale
        assert_allclose(dl.preconditioner_eigenvalues(W, 2)[1, 1], 4 * noise * scale, rtol=1e-6)


@given(cases, st.floats(1.5, 9.0))
@settings(max_examples=60, deadline=None)
def test_real_depths_take_the_closed_form(case, depth):
    W, _, _ = draw(case)
    sigma = np.linalg.svd(W, compute_uv=False)
    a, b = sigma[:, None], sigma[None, :]
    values = dl.preconditioner_eigenvalues(W, depth)[: len(sigma), : len(sigma)]
    apart = np.abs(a - b) > 1e-3
    with np.errstate(invalid="ignore", divide="ignore"):
        closed = (a**2 - b**2) / (a ** (2 / depth) - b ** (2 / depth))
    assert_allclose(values[apart], closed[apart], rtol=1e-7)
    assert_allclose(np.diagonal(values), depth * sigma ** (2 - 2 / depth), rtol=1e-9)


def test_a_direction_that_is_absent_counts_as_zero_at_real_depths_too():
    values = dl.preconditioner_eigenvalues([[3.0, 0.0, 0.0], [0.0, 0.0, 0.0]], 2.5)
    cross = 3.0 ** (2 - 2 / 2.5)
    assert_allclose(values, [[2.5 * cross, cross, cross], [cross, 0.0, 0.0]], rtol=1e-12)


def test_no_weight_decay_unless_asked():
    assert_allclose(dl.end_to_end_step([[4.0]], [[0.0]], 0.5, 3), [[4.0]])


def test_weight_decay_acts_depth_times_on_the_product():
    stepped = dl.end_to_end_step(np.ones((2, 2)), np.zeros((2, 2)), learning_rate=0.1, depth=3, weight_decay=0.2)
    assert_allclose(stepped, 1 - 0.1 * 0.2 * 3)


@given(cases, st.floats(1.0, 9.0), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_real_depths_act_by_their_eigenvalues_whatever_the_rank(case, depth, rank):
    W, G, _ = draw(case)
    U, sigma, Vt = np.linalg.svd(W, full_matrices=True)
    sigma[rank:] = 0
    W = (U[:, : len(sigma)] * sigma) @ Vt[: len(sigma)]
    expected = U @ (dl.preconditioner_eigenvalues(W, depth) * (U.T @ G @ Vt.T)) @ Vt
    assert_allclose(dl.precondition(W, G, depth), expected, rtol=1e-8, atol=1e-10)


def test_a_stack_of_matrices_with_depths_of_their_own_gives_what_each_gives_alone():
    rng = np.random.default_rng(3)
    W, G, depth = rng.standard_normal((5, 2, 3)), rng.standard_normal((5, 2, 3)), np.array([1, 2, 2.5, 4, 7])
    W[1], W[2, 1] = 0.0, 2 * W[2, 0]
    stack = dl.precondition(W, G, depth)
    for i in range(5):
        assert_allclose(stack[i], dl.precondition(W[i], G[i], depth[i]), rtol=1e-12, atol=1e-14)


def test_the_root_of_the_preconditioner_taken_twice_is_the_preconditioner():
    rng = np.random.default_rng(4)
    W, G = rng.standard_normal((3, 4)), rng.standard_normal((3, 4))
    half = dl.precondition(W, G, 3, power=0.5)
    assert_allclose(dl.precondition(W, half, 3, power=0.5), dl.precondition(W, G, 3), rtol=1e-11, atol=1e-12)


def test_lengths_whose_squares_underflow_are_not_lost():
    assert_allclose(dl.precondition_vector([1e-200, 0], [1, 1], 2), [2e-200, 1e-200], rtol=1e-12)
    assert_allclose(dl.precondition([[1e-200, 0]], [[1, 1]], 2), [[2e-200, 1e-200]], rtol=1e-12)


@pytest.mark.parametrize("size", [1e-310, 1e-300, 1e-200, 1e-100, 1.0, 1e100, 1e150])
@pytest.mark.parametrize("depth", [1, 2, 3, 2.5])
def test_the_two_forms_agree_at_every_size_of_the_weights(size, depth):
    w, g = size * np.array([0.6, -0.8]), np.array([1.0, 2.0])
    law = size ** (2 - 2 / depth) * (g + (depth - 1) * np.array([-0.6, 0.8]))  # ⟨g, w⟩ = −‖w‖
    assert_allclose(dl.precondition_vector(w, g, depth), law, rtol=1e-8)
    assert_allclose(dl.precondition(w, g, depth), law, rtol=1e-8)
    assert_allclose(dl.precondition(w[None], g[None], depth)[0], law, rtol=1e-8)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: dl.precondition([[1.0]], [[1.0, 2.0]], 2), ValueError, "they must agree"),
        (lambda: dl.precondition([[1.0]], [[np.nan]], 2), ValueError, "gradient holds nan"),
        (lambda: dl.precondition([[1.0]], [[1.0]], 0), ValueError, "depth is 0"),
        (lambda: dl.precondition([[1.0]], [[1.0]], 0.5), ValueError, "depth is 0.5, it must be 1 or more"),
        (lambda: dl.precondition_vector([1.0], [1.0], 0.5), ValueError, "1 or more"),
        (lambda: dl.preconditioner_eigenvalues([[1.0]], 0.9), ValueError, "depth is 0.9"),
        (lambda: dl.end_to_end_step([[1.0]], [[1.0]], -0.1, 2), ValueError, "learning_rate is -0.1"),
        (lambda: dl.end_to_end_step([[1.0]], [[1.0]], 0.1, 2, weight_decay=-1), ValueError, "weight_decay is -1"),
    ],
)
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
