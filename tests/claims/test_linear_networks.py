"""What depth leaves alone and what it changes: functions, layer gradients, saddles, the way out of them."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import deeplinear as dl


@pytest.mark.claim("same-functions", "the products are the matrices whose rank is at most the narrowest width", tolerance=1e-9)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(2, 5), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_a_network_expresses_what_its_narrowest_layer_lets_through(tolerance, k, d, width, depth, seed):
    rng = np.random.default_rng(seed)
    rank = min(k, d, width)
    W = rng.standard_normal((k, rank)) @ rng.standard_normal((rank, d))
    assert_allclose(dl.end_to_end(dl.balanced(W, depth, width=width, rng=seed)), W, atol=tolerance)
    random = dl.end_to_end(dl.near_zero((d, *[width] * (depth - 1), k), 1.0, seed))
    assert np.linalg.matrix_rank(random, tol=tolerance) <= rank


@pytest.mark.claim("layer-gradients", "∂L/∂W_j = (W_N⋯W_{j+1})ᵀ ∇ (W_{j−1}⋯W_1)ᵀ, for symbolic entries", kind="symbolic")
def test_layer_gradients_for_symbolic_entries():
    W1, W2, W3 = (sp.Matrix(2, 2, sp.symbols(f"{name}1:5")) for name in "abc")
    C = sp.Matrix(2, 2, sp.symbols("g1:5"))
    loss = (C.T * (W3 * W2 * W1)).trace()
    for W, formula in ((W1, (W3 * W2).T * C), (W2, W3.T * C * W1.T), (W3, C * (W2 * W1).T)):
        assert (W.applyfunc(lambda entry: sp.diff(loss, entry)) - formula).expand().is_zero_matrix


@pytest.mark.claim("origin", "at depth 2 the origin is a strict saddle, from depth 3 on its Hessian is zero", kind="symbolic")
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_hessian_at_the_origin(depth):
    scalars = sp.symbols(f"s1:{depth + 1}", real=True)
    slope, bend = sp.symbols("slope bend", real=True)
    w = sp.prod(scalars)
    hessian = sp.hessian(slope * w + bend * w**2 / 2, scalars).subs(dict.fromkeys(scalars, 0))
    assert hessian == (sp.Matrix([[0, slope], [slope, 0]]) if depth == 2 else sp.zeros(depth))


@pytest.mark.claim(
    "origin",
    "the loss falls from the origin at the rate t^N along balanced factors of −∇L(0)'s leading direction",
    tolerance=0.15,
)
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_origin_is_no_local_minimum_for_matrices(depth, tolerance):
    rng = np.random.default_rng(depth)
    problem = dl.LpRegression(rng.standard_normal((20, 4)), rng.standard_normal((20, 3)), p=4)
    U, sigma, Vt = np.linalg.svd(problem.gradient(np.zeros((3, 4))))
    direction = dl.balanced(-np.outer(U[:, 0], Vt[0]), depth, width=2)
    for t in (1e-1, 3e-2):
        change = problem.loss(dl.end_to_end([t * A for A in direction])) - problem.loss(np.zeros((3, 4)))
        assert_allclose(change, -(t**depth) * sigma[0], rtol=tolerance)


@pytest.mark.claim(
    "no-bad-minima",
    "with one output and width 1, a critical point with a nonzero gradient can be left downhill",
    kind="inequality",
)
@given(st.integers(2, 4), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_every_bad_critical_point_is_a_saddle(depth, seed):
    rng = np.random.default_rng(seed)
    problem = dl.LpRegression(rng.standard_normal((10, 3)), rng.standard_normal(10), p=4)
    slope = problem.gradient(np.zeros(3))
    v, scalars = np.cross(slope, rng.standard_normal(3)), rng.standard_normal(depth - 1)
    scalars[rng.integers(depth - 1)] = 0.0  # ⟨v, ∇⟩ = 0 and a zero scalar: critical
    here = [v[None, :], *(np.array([[s]]) for s in scalars)]
    assert all(np.abs(G).max() < 1e-9 * np.abs(slope).max() * (1 + np.abs(v).max()) for G in dl.layer_gradients(here, slope))
    flat = problem.loss(np.zeros(3))
    epsilon = 1e-3
    moves = []
    for sign in (1, -1):
        moved = np.where(scalars == 0, sign * epsilon**2, scalars)
        moves.append(problem.loss(moved.prod() * (v - epsilon * slope)) - flat)
    assert min(moves) < 0 < max(moves)


@pytest.mark.claim(
    "escape-time",
    "leaving the saddle from size ε takes log(1/ε) at depth 2 and ε^{2−N}/(N−2) beyond, to leading order",
    tolerance=0.02,
)
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_time_to_leave_the_saddle(depth, tolerance):
    def leave(epsilon):
        end = np.log(1 / epsilon) if depth == 2 else epsilon ** (2 - depth) / (depth - 2)
        times = np.linspace(0, 3 * end + 6, 3000)
        path = dl.end_to_end_flow(dl.TwoPoint([1.0]), [[epsilon**depth]], depth, times)[:, 0, 0]
        return np.interp(0.5, path, times)

    large, small = leave(0.1), leave(0.02)
    expected = np.log(5) if depth == 2 else (0.02 ** (2 - depth) - 0.1 ** (2 - depth)) / (depth - 2)
    assert_allclose(small - large, expected, rtol=tolerance)
