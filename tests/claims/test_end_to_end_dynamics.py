"""Theorem 1: the flow of a balanced network and the flow of its product are one; gradient descent follows to O(η)."""

from itertools import pairwise

import numpy as np
import pytest
from domains import over
from numpy.testing import assert_allclose

import deeplinear as dl


def task(inputs, outputs, p, seed=0):
    rng = np.random.default_rng(seed)
    return dl.LpRegression(rng.standard_normal((25, inputs)), rng.standard_normal((25, outputs)), p=p)


def power(matrix, exponent):
    """[WᵀW]^exponent, from the singular values of W; those that are rounding errors are 0."""
    _, sigma, Vt = np.linalg.svd(matrix)
    values = np.zeros(matrix.shape[1])
    values[: len(sigma)] = np.where(sigma > 1e-12 * sigma[0], sigma, 0.0)
    return np.eye(len(values)) if exponent == 0 else (Vt.T * values ** (2 * exponent)) @ Vt


def gap_after(layers, gradient, eta, depth, time, decay=0.0):
    """How far apart network and rule are after the time, from the same product."""
    W = dl.end_to_end(layers)
    for _ in range(round(time / eta)):
        layers = dl.gradient_step(layers, gradient(dl.end_to_end(layers)), eta, decay)
        W = dl.end_to_end_step(W, gradient(W), eta, depth, decay)
    return np.linalg.norm(dl.end_to_end(layers) - W)


def order(rates, gaps):
    return np.polyfit(np.log(rates), np.log(gaps), 1)[0]


@pytest.mark.claim(
    "products-are-powers", "(W_j⋯W_1)ᵀ(W_j⋯W_1) = [W_eᵀW_e]^{j/N}, and the same from above", tolerance=1e-10
)
@over("products-are-powers")
def test_partial_products_of_a_balanced_network_are_powers_of_the_whole(tolerance, case):
    W = dl.end_to_end(case.layers)
    largest = np.linalg.norm(W, 2) if W.any() else 1.0
    for j in range(1, case.N + 1):
        lower, upper = dl.end_to_end(case.layers[:j]), dl.end_to_end(case.layers[j - 1 :])
        scales = [largest ** (2 * exponent / case.N) for exponent in (j, case.N - j + 1)]
        assert_allclose(lower.T @ lower, power(W, j / case.N), atol=tolerance * scales[0])
        assert_allclose(upper @ upper.T, power(W.T, (case.N - j + 1) / case.N), atol=tolerance * scales[1])


@pytest.mark.claim(
    "products-are-powers",
    "without balance: layers 2 and 1/2 have the product 1, and the square of the first is 4",
    kind="counterexample",
    without="balanced",
)
def test_partial_products_of_an_unbalanced_network_are_no_powers():
    layers = (np.array([[2.0]]), np.array([[0.5]]))
    assert_allclose(power(dl.end_to_end(layers), 1 / 2), 1.0)
    assert_allclose(layers[0].T @ layers[0], 4.0)


@pytest.mark.claim(
    "end-to-end-dynamics",
    "Ẇ_e = −λN W_e − Σ_j [W_eW_eᵀ]^{(j−1)/N} ∇ [W_eᵀW_e]^{(N−j)/N} for the velocities of balanced layers",
    assumes="differentiable",
    tolerance=1e-9,
)
@over("end-to-end-dynamics")
def test_the_velocities_of_balanced_layers_add_up_to_the_theorem(tolerance, case):
    W, N = dl.end_to_end(case.layers), case.N
    velocity, scale = np.zeros_like(W), 0.0
    for j, G in enumerate(dl.layer_gradients(case.layers, case.gradient)):
        chain = [*case.layers[:j], -case.λ * case.layers[j] - G, *case.layers[j + 1 :]]
        velocity, scale = velocity + dl.end_to_end(chain), scale + np.prod([np.linalg.norm(V) for V in chain])
    formula = -case.λ * N * W
    for j in range(1, N + 1):
        formula = formula - power(W.T, (j - 1) / N) @ case.gradient @ power(W, (N - j) / N)
    assert_allclose(velocity, formula, atol=tolerance * scale + 1e-300)
    assert_allclose(-case.λ * N * W - dl.precondition(W, case.gradient, N), formula, atol=tolerance * scale + 1e-300)


@pytest.mark.claim(
    "end-to-end-dynamics",
    "the flow of a network with balanced layers of unequal widths, and the flow of the theorem, are one",
    tolerance=1e-9,
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


@pytest.mark.claim("end-to-end-dynamics", "without balance: another flow", kind="counterexample", without="balanced")
def test_an_unbalanced_network_does_not_follow_the_theorem():
    W = np.random.default_rng(0).standard_normal((3, 4))
    network = dl.network_flow(task(4, 3, 4), [2.0 * W, 0.5 * np.eye(3)], [0.0, 0.5])
    product = dl.end_to_end_flow(task(4, 3, 4), W, 2, [0.0, 0.5])
    assert np.abs(dl.end_to_end(network[-1]) - product[-1]).max() > 0.01


@pytest.mark.claim(
    "rule-and-network",
    "one step: the difference is at most the sum of the products with two or more increments, which is of order η²",
    kind="inequality",
)
@over("rule-and-network")
def test_one_step_of_the_network_is_that_of_the_rule_up_to_second_order(case):
    layers = dl.balanced(case.W, case.N, width=min(case.k, case.d) + 1, rng=0)
    η, λ = case.η, case.λ
    network = dl.end_to_end(dl.gradient_step(layers, case.gradient, η, λ))
    rule = dl.end_to_end_step(case.W, case.gradient, η, case.N, λ)
    sizes = [np.linalg.norm(W, 2) for W in layers]
    moves = [
        η * np.linalg.norm(λ * W + G) for W, G in zip(layers, dl.layer_gradients(layers, case.gradient), strict=True)
    ]
    products = np.polynomial.polynomial.polyfromroots([])  # coefficients by the number of increments
    for size, move in zip(sizes, moves, strict=True):
        products = np.convolve(products, [size, move])
    rounding = 1e-10 * (products.sum() + η * np.linalg.norm(case.gradient) * products[0])
    assert np.linalg.norm(network - rule) <= products[2:].sum() * (1 + 1e-9) + rounding


@pytest.mark.claim(
    "rule-and-network",
    "[WᵀW]^{1/2} changes by at most √2 times as much as W, whatever the rank: why depth 2 needs none",
    kind="inequality",
)
@over("rule-and-network")
def test_the_absolute_value_of_a_matrix_is_lipschitz(case):
    V = case.gradient
    apart = np.linalg.norm(power(case.W, 0.5) - power(V, 0.5))
    assert apart <= np.sqrt(2) * np.linalg.norm(case.W - V) * (1 + 1e-9) + 1e-10 * np.linalg.norm(V)


@pytest.mark.claim(
    "rule-and-network",
    "over a fixed time the gap is of order η: wide, tall, square, one output, one input, with decay, at depth 2 of any rank",
    kind="order",
    assumes=("smooth", "exists"),
    tolerance=0.15,
)
@pytest.mark.parametrize(
    ("k", "d", "rank", "depth", "decay"),
    [
        (3, 4, 3, 2, 0.0),
        (3, 4, 3, 3, 0.3),
        (4, 2, 2, 3, 0.0),
        (3, 3, 3, 4, 0.0),
        (1, 5, 1, 3, 0.1),
        (5, 1, 1, 4, 0.0),
        (3, 3, 1, 2, 0.0),
        (3, 4, 2, 2, 0.3),
    ],
)
def test_the_gap_between_network_and_rule_is_of_first_order(k, d, rank, depth, decay, tolerance):
    rng = np.random.default_rng(1)
    target = rng.standard_normal((k, d))
    U, V = (np.linalg.qr(rng.standard_normal((n, rank)))[0] for n in (k, d))
    layers = dl.balanced((U * np.linspace(1, 0.7, rank)) @ V.T, depth, width=min(k, d) + 1, rng=0)
    rates = 0.01 / 2.0 ** np.arange(4)
    gaps = [gap_after(layers, lambda W: W - target, eta, depth, 0.5, decay) for eta in rates]
    assert gaps[0] > 1e-6
    assert_allclose(order(rates, gaps), 1.0, atol=tolerance)


@pytest.mark.claim("rule-and-network", "at depth 1, and from zero at depth 2 or more, there is no gap", tolerance=1e-14)
@pytest.mark.parametrize(("scale", "depth"), [(1.0, 1), (0.0, 2), (0.0, 5)])
def test_one_layer_is_the_rule_and_zero_does_not_move(scale, depth, tolerance):
    target = np.random.default_rng(0).standard_normal((1, 4))
    layers = dl.balanced(scale * np.ones((1, 4)), depth)
    assert gap_after(layers, lambda W: W - target, 0.01, depth, 1.0) <= tolerance


@pytest.mark.claim(
    "rule-and-network",
    "without full rank: from a 3 × 3 start of rank 1 the order falls to about 0.8, 0.6, 0.4 at depth 3, 4, 6; 1 at depth 2",
    kind="counterexample",
    without="full-rank",
)
def test_from_a_start_of_low_rank_the_first_order_is_lost_from_depth_three_on():
    rng = np.random.default_rng(0)
    target, (u, v) = rng.standard_normal((3, 3)), rng.standard_normal((2, 3))
    start = np.outer(u, v) / np.linalg.norm(u) / np.linalg.norm(v)
    rates, orders = 0.02 / 2.0 ** np.arange(5), []
    for depth in (2, 3, 4, 6):
        layers = dl.balanced(start, depth)
        gaps = [gap_after(layers, lambda W: W - target, eta, depth, 1.0) for eta in rates]
        orders.append(order(rates, gaps))
    assert orders[0] > 0.95
    assert orders[1] < 0.87
    assert orders[2] < 0.65
    assert orders[3] < 0.45


@pytest.mark.claim(
    "rule-and-network",
    "without a Lipschitz gradient: network and rule leave a branching flow on two sides, however small the step",
    kind="counterexample",
    without="smooth",
)
def test_where_the_flow_branches_network_and_rule_part():
    # −w₁ flows along s = 0, where s = w₂²/‖w‖ − c; the second term of L drives away from there, on either side.
    def gradient(W):
        (w,) = W
        r = np.linalg.norm(w)
        s = w[1] ** 2 / r - 2**-0.5
        of_s = np.array([-(w[1] ** 2) * w[0] / r**3, 2 * w[1] / r - w[1] ** 3 / r**3])
        return np.array([[-1.0, 0.0] - np.sign(s) * np.sqrt(np.abs(s)) * of_s])

    layers = dl.balanced([[1.0, 1.0]], 2)
    gaps = [gap_after(layers, gradient, eta, 2, 0.3) for eta in (1e-2, 1e-3, 2e-4)]
    assert min(gaps) > 0.15


@pytest.mark.claim(
    "rule-and-network",
    "without a flow up to the time: beyond the blow-up of L = −w² the gap grows as the step shrinks",
    kind="counterexample",
    without="exists",
)
def test_beyond_a_blow_up_the_gap_does_not_close():
    layers = dl.balanced([[1.0]], 2)  # ẇ = 4w², which is infinite at the time 1/4
    gaps = [gap_after(layers, lambda W: -2 * W, eta, 2, 0.26) for eta in (0.01, 0.005)]
    assert gaps[1] > 2 * gaps[0] > 1


@pytest.mark.claim(
    "rule-and-network", "without balance: the gap does not close", kind="counterexample", without="balanced"
)
def test_an_unbalanced_network_leaves_the_rule_however_small_the_step():
    layers = (np.array([[4.0]]), np.array([[0.25]]))
    gaps = [gap_after(layers, lambda W: W - 2.0, eta, 2, 0.1) for eta in (1e-3, 1e-4)]
    assert min(gaps) > 0.1


@pytest.mark.claim(
    "widths",
    "steps of gradient descent, small and large, leave the products of balanced networks of different widths equal",
    tolerance=1e-9,
)
@over("widths")
def test_steps_of_any_size_leave_the_products_of_all_widths_equal(tolerance, case):
    scale, slope = np.linalg.norm(case.W) or 1.0, np.random.default_rng(0).standard_normal((case.k, case.d))
    networks = [
        dl.balanced(case.W, case.N, width=min(case.k, case.d) + extra, rng=extra) if case.N > 1 else (case.W,)
        for extra in (0, 1, 4)
    ]
    for _ in range(3):
        layers = networks[0]
        moves = [case.λ * W + G for W, G in zip(layers, dl.layer_gradients(layers, slope), strict=True)]
        # No layer changes by more than η times its size, which goes up to nine times.
        limits = [np.linalg.norm(W) / np.linalg.norm(V) for W, V in zip(layers, moves, strict=True) if V.any()]
        networks = [dl.gradient_step(layers, slope, case.η * min(limits, default=1.0), case.λ) for layers in networks]
        size = np.prod([np.linalg.norm(W) for W in networks[0]])
        for layers in networks[1:]:
            assert_allclose(dl.end_to_end(layers), dl.end_to_end(networks[0]), atol=tolerance * (size + scale))


@pytest.mark.claim("widths", "networks of different widths flow with one product", assumes="lipschitz", tolerance=1e-8)
@over("widths", examples=8, most={"N": 4, "k": 3, "d": 3, "λ": 2})
def test_all_widths_give_the_same_product(tolerance, case):
    scale = np.linalg.norm(case.W) or 1.0
    target = scale * np.ones((case.k, case.d))
    problem = dl.LpRegression(np.eye(case.d), target.T, p=2)
    time = 0.3 / (1 + scale ** (2 - 2 / case.N))  # on the scale of the flow, which is fast where W is large
    ends = []
    for extra in (0, 1, 4):
        factors = dl.balanced(case.W, case.N, width=min(case.k, case.d) + extra, rng=extra)
        ends.append(dl.end_to_end(dl.network_flow(problem, factors, [0.0, time], weight_decay=case.λ)[-1]))
    for end in ends[1:]:
        assert_allclose(end, ends[0], atol=tolerance * scale)


@pytest.mark.claim("widths", "widths 3, 8 and 40 on ℓ4 data", tolerance=1e-9)
def test_widths_from_three_to_forty(tolerance):
    problem, W = task(4, 3, 4), 0.5 * np.random.default_rng(2).standard_normal((3, 4))
    ends = []
    for width in (3, 8, 40):
        factors = dl.balanced(W, 3, width=width, rng=width)
        ends.append(dl.end_to_end(dl.network_flow(problem, factors, [0.0, 0.3])[-1]))
    assert_allclose(ends[1], ends[0], atol=tolerance)
    assert_allclose(ends[2], ends[0], atol=tolerance)


@pytest.mark.claim("widths", "the flow keeps the rank", tolerance=1e-8)
@pytest.mark.parametrize("depth", [2, 3, 5])
def test_the_flow_keeps_the_rank(depth, tolerance):
    rng = np.random.default_rng(0)
    start = rng.standard_normal((3, 1)) @ rng.standard_normal((1, 4))
    end = dl.end_to_end(dl.network_flow(task(4, 3, 2), dl.balanced(start, depth, width=4, rng=1), [0.0, 1.0])[-1])
    sigma = np.linalg.svd(end)[1]
    assert np.linalg.norm(end - start) > 0.1
    assert sigma[0] > 0.01
    assert sigma[1] < tolerance


@pytest.mark.claim(
    "widths",
    "without balance: one product, two splits, two flows",
    kind="counterexample",
    without="balanced",
)
def test_unbalanced_splits_of_one_product_flow_apart():
    ends = [
        dl.end_to_end(dl.network_flow(dl.TwoPoint([2.0]), ([[1 / s]], [[s]]), [0.0, 0.1])[-1]).item()
        for s in (1.0, 0.25)
    ]
    assert abs(ends[0] - ends[1]) > 0.1


@pytest.mark.claim(
    "widths",
    "without a Lipschitz gradient: balanced scalar layers with two flows from one start, w = 1 and w = 1 + t²",
    kind="counterexample",
    without="lipschitz",
)
def test_without_a_lipschitz_gradient_a_flow_may_branch():
    def slope(w):  # L′, continuous
        return -np.sqrt(w - 1) / w if w > 1 else 0.0

    assert slope(1.0) == 0.0  # the layers u = 1 rest
    for t in np.linspace(0.0, 2.0, 21):
        u = np.sqrt(1 + t**2)
        assert_allclose(t / u, -slope(u**2) * u, atol=1e-12)  # u̇ = −L′(u²) u along u = √(1 + t²), from the same start
