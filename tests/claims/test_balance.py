"""Conservation under the flow, the exact drift law of a step, what weight decay does, and which starts are balanced."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.conservation import imbalance_after_flow, imbalance_after_step, relative_imbalance

sizes = st.lists(st.integers(1, 5), min_size=3, max_size=6)


def task(inputs, outputs, p, seed):
    rng = np.random.default_rng(seed)
    return dl.LpRegression(rng.standard_normal((20, inputs)), rng.standard_normal((20, outputs)), p=p)


@pytest.mark.claim("exchange", "W_{j+1}ᵀ G_{j+1} = G_j W_jᵀ", tolerance=1e-10)
@given(sizes, st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_the_identity_behind_conservation(tolerance, shape, seed):
    rng = np.random.default_rng(seed)
    factors = dl.near_zero(shape, 1.0, rng)
    slopes = dl.layer_gradients(factors, rng.standard_normal((shape[-1], shape[0])))
    for lower, upper, G, H in zip(factors, factors[1:], slopes, slopes[1:], strict=False):
        assert_allclose(upper.T @ H, G @ lower.T, rtol=tolerance, atol=tolerance)


@pytest.mark.claim("conservation", "D_j(t) = e^{−2λt} D_j(0) under gradient flow, whatever the loss", tolerance=1e-10)
@pytest.mark.parametrize("p", [2, 4])
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_balance_is_conserved_by_the_flow_and_restored_by_weight_decay(p, decay, tolerance):
    factors = dl.near_zero((3, 4, 2, 2), 0.6, rng=1)
    end = dl.network_flow(task(3, 2, p, 0), factors, [0.0, 0.7], weight_decay=decay)[-1]
    assert any(np.abs(a - b).max() > 0.1 for a, b in zip(end, factors, strict=True))
    for measured, law in zip(dl.imbalance(end), imbalance_after_flow(factors, 0.7, decay), strict=True):
        assert_allclose(measured, law, atol=tolerance)


@pytest.mark.claim("drift-law", "D_j⁺ = (1−ηλ)² D_j + η²(G_{j+1}ᵀG_{j+1} − G_jG_jᵀ), exactly", tolerance=1e-13)
@given(sizes, st.floats(0, 0.5), st.floats(0, 2), st.integers(0, 10_000))
@settings(max_examples=80, deadline=None)
def test_the_drift_law_is_exact(tolerance, shape, eta, decay, seed):
    rng = np.random.default_rng(seed)
    factors, nabla = dl.near_zero(shape, 1.0, rng), rng.standard_normal((shape[-1], shape[0]))
    predicted = imbalance_after_step(factors, dl.layer_gradients(factors, nabla), eta, decay)
    stepped = dl.gradient_step(factors, nabla, eta, decay)
    scale = max(float(np.linalg.norm(W)) ** 2 for W in (*factors, *stepped))
    for law, measured in zip(predicted, dl.imbalance(stepped), strict=True):
        assert_allclose(law, measured, atol=tolerance * scale)


@pytest.mark.claim("drift-law", "the drift law for symbolic layers, learning rate and weight decay", kind="symbolic")
def test_the_drift_law_for_symbolic_entries():
    eta, lam = sp.symbols("eta lambda")
    W1, W2, nabla = (sp.Matrix(2, 2, sp.symbols(f"{name}1:5")) for name in "abg")
    G1, G2 = W2.T * nabla, nabla * W1.T
    low, up = (1 - eta * lam) * W1 - eta * G1, (1 - eta * lam) * W2 - eta * G2
    law = (1 - eta * lam) ** 2 * (W2.T * W2 - W1 * W1.T) + eta**2 * (G2.T * G2 - G1 * G1.T)
    assert (up.T * up - low * low.T - law).expand().is_zero_matrix


@pytest.mark.claim("drift-law", "over a fixed time gradient descent drifts by O(η)", kind="order", tolerance=0.1)
def test_the_drift_over_a_fixed_time_is_of_first_order(tolerance):
    problem, start = task(4, 3, 2, 0), dl.balanced(np.random.default_rng(0).standard_normal((3, 4)), 3, width=4, rng=0)
    drifts, rates = [], 0.01 / 2.0 ** np.arange(4)
    for eta in rates:
        factors = start
        for _ in range(round(1 / eta)):
            factors = dl.gradient_step(factors, problem.gradient(dl.end_to_end(factors)), eta)
        drifts.append(max(np.linalg.norm(D) for D in dl.imbalance(factors)))
    assert_allclose(np.polyfit(np.log(rates), np.log(drifts), 1)[0], 1.0, atol=tolerance)


@pytest.mark.claim(
    "balanced-starts",
    "small independent weights are unbalanced relative to their size; the identity narrows with an imbalance of 1",
    tolerance=1e-12,
)
def test_which_starts_are_balanced(tolerance):
    small = dl.near_zero((128, 1, 1), 0.01, rng=0)
    assert max(np.abs(D).max() for D in dl.imbalance(small)) < 0.05
    assert relative_imbalance(small) > 0.5
    assert relative_imbalance(dl.balanced(np.ones((2, 3)), 3)) < tolerance
    assert relative_imbalance(dl.identity((4, 4, 4))) == 0
    assert np.abs(dl.imbalance([np.eye(6, 8), np.eye(1, 6)])[0]).max() == 1
    assert relative_imbalance([np.zeros((1, 1))]) == 0
