"""Theorem 1: the flow of a balanced network and the flow of its product are one; gradient descent follows to O(η)."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import deeplinear as dl

cases = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(2, 5), st.integers(0, 2), st.integers(0, 10_000))


def task(inputs, outputs, p, seed=0):
    rng = np.random.default_rng(seed)
    return dl.LpRegression(rng.standard_normal((25, inputs)), rng.standard_normal((25, outputs)), p=p)


def power(S, exponent):
    values, vectors = np.linalg.eigh(S)
    values = np.where(values > 1e-12 * values[-1], values, 0.0)
    return np.eye(len(S)) if exponent == 0 else (vectors * values**exponent) @ vectors.T


@pytest.mark.claim("products-are-powers", "(W_j⋯W_1)ᵀ(W_j⋯W_1) = [W_eᵀW_e]^{j/N}, and the same from above", tolerance=1e-5)
@given(cases)
@settings(max_examples=50, deadline=None)
def test_partial_products_of_a_balanced_network_are_powers_of_the_whole(tolerance, case):
    k, d, depth, extra, seed = case
    W = np.random.default_rng(seed).standard_normal((k, d))
    factors = dl.balanced(W, depth, width=min(k, d) + extra, rng=seed)
    for j in range(1, depth + 1):
        lower, upper = dl.end_to_end(factors[:j]), dl.end_to_end(factors[j - 1 :])
        assert_allclose(lower.T @ lower, power(W.T @ W, j / depth), atol=tolerance)
        assert_allclose(upper @ upper.T, power(W @ W.T, (depth - j + 1) / depth), atol=tolerance)


@pytest.mark.claim(
    "end-to-end-dynamics", "Ẇ_e = −λN W_e − Σ_j [W_eW_eᵀ]^{(j−1)/N} ∇ [W_eᵀW_e]^{(N−j)/N} from a balanced start", tolerance=1e-9
)
@pytest.mark.parametrize(
    ("sizes", "p", "decay"),
    [((4, 5, 6, 3), 4, 0.05), ((4, 3, 3), 2, 0.0), ((3, 3, 3, 3, 2), 4, 0.1), ((5, 1, 1), 4, 0.0), ((3, 4, 4), 3, 0.2)],
)
def test_network_and_product_flow_as_one(sizes, p, decay, tolerance):
    d, k, depth = sizes[0], sizes[-1], len(sizes) - 1
    rng = np.random.default_rng(depth)
    W = 0.9 * rng.standard_normal((k, d))
    bases = [np.linalg.qr(rng.standard_normal((n, n)))[0] for n in sizes[1:-1]]
    U, sigma, Vt = np.linalg.svd(W, full_matrices=False)
    r = len(sigma)
    ends = [Vt.T, *(Q[:, :r] for Q in bases), U]
    factors = [(upper * sigma ** (1 / depth)) @ lower.T for lower, upper in pairwise(ends)]
    times = np.linspace(0, 0.8, 5)
    problem = task(d, k, p)
    network = dl.network_flow(problem, factors, times, weight_decay=decay)
    product = dl.end_to_end_flow(problem, W, depth, times, weight_decay=decay)
    assert np.linalg.norm(product[-1] - product[0]) > 0.5
    for layers, theorem in zip(network, product, strict=True):
        assert_allclose(dl.end_to_end(layers), theorem, atol=tolerance)


@pytest.mark.claim("end-to-end-dynamics", "balance at the start is needed", kind="counterexample")
def test_an_unbalanced_network_does_not_follow_the_theorem():
    W = np.random.default_rng(0).standard_normal((3, 4))
    network = dl.network_flow(task(4, 3, 4), [2.0 * W, 0.5 * np.eye(3)], [0.0, 0.5])
    product = dl.end_to_end_flow(task(4, 3, 4), W, 2, [0.0, 0.5])
    assert np.abs(dl.end_to_end(network[-1]) - product[-1]).max() > 0.01


@pytest.mark.claim(
    "rule-and-network",
    "over a fixed time gradient descent on the layers is within O(η) of the end-to-end update rule",
    kind="order",
    tolerance=0.15,
)
@pytest.mark.parametrize("depth", [2, 3])
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_the_gap_between_network_and_rule_is_of_first_order(depth, decay, tolerance):
    problem, W0 = task(4, 3, 4), 0.4 * np.random.default_rng(1).standard_normal((3, 4))
    gaps, rates = [], 2e-3 / 2.0 ** np.arange(4)
    for eta in rates:
        factors, W = dl.balanced(W0, depth, width=5, rng=0), W0
        for _ in range(round(0.4 / eta)):
            factors = dl.gradient_step(factors, problem.gradient(dl.end_to_end(factors)), eta, decay)
            W = dl.end_to_end_step(W, problem.gradient(W), eta, depth, decay)
        gaps.append(np.linalg.norm(dl.end_to_end(factors) - W))
    assert gaps[0] > 1e-6
    assert_allclose(np.polyfit(np.log(rates), np.log(gaps), 1)[0], 1.0, atol=tolerance)


@pytest.mark.claim("rule-and-network", "one step of a balanced network is the rule's step up to O(η²)", kind="inequality")
@given(cases, st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_one_step_agrees_to_second_order(case, decay):
    k, d, depth, extra, seed = case
    rng = np.random.default_rng(seed)
    W, nabla = rng.standard_normal((2, k, d))
    factors = dl.balanced(W, depth, width=min(k, d) + extra, rng=seed)
    gaps = [
        np.linalg.norm(
            dl.end_to_end(dl.gradient_step(factors, nabla, eta, decay)) - dl.end_to_end_step(W, nabla, eta, depth, decay)
        )
        for eta in (1e-3, 1e-4)
    ]
    assert gaps[1] <= gaps[0] / 50 + 1e-11


@pytest.mark.claim("widths", "hidden widths do not matter from balanced starts", tolerance=1e-9)
def test_all_widths_give_the_same_product(tolerance):
    problem, W = task(4, 3, 4), 0.5 * np.random.default_rng(2).standard_normal((3, 4))
    ends = []
    for width in (3, 8, 40):
        factors = dl.balanced(W, 3, width=width, rng=width)
        ends.append(dl.end_to_end(dl.network_flow(problem, factors, [0.0, 0.3])[-1]))
    assert_allclose(ends[1], ends[0], atol=tolerance)
    assert_allclose(ends[2], ends[0], atol=tolerance)
