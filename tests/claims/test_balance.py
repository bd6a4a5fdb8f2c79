"""Conservation under the flow, the exact drift law of a step, what weight decay does, and which starts are balanced."""

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from domains import over
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.theory.conservation import imbalance_after_flow, imbalance_after_step, relative_imbalance


def task(inputs, outputs, p, seed):
    rng = np.random.default_rng(seed)
    return dl.LpRegression(rng.standard_normal((20, inputs)), rng.standard_normal((20, outputs)), p=p)


@pytest.mark.claim("exchange", "W_{j+1}ᵀ G_{j+1} = G_j W_jᵀ", tolerance=1e-10)
@over("exchange")
def test_the_identity_behind_conservation(tolerance, case):
    slopes = dl.layer_gradients(case.layers, case.gradient)
    for lower, upper, G, H in zip(case.layers, case.layers[1:], slopes, slopes[1:], strict=False):
        scale = np.linalg.norm(upper) * np.linalg.norm(H)
        assert_allclose(upper.T @ H, G @ lower.T, rtol=tolerance, atol=tolerance * (scale + 1e-300))


@pytest.mark.claim(
    "conservation",
    "Ḋ_j = −2λ D_j for the velocities −λW_j − G_j, whatever the gradient at the product",
    assumes="differentiable",
    tolerance=1e-12,
)
@over("conservation")
def test_the_flow_changes_the_imbalance_by_the_decay_alone(tolerance, case):
    slopes = dl.layer_gradients(case.layers, case.gradient)
    moves = [-case.λ * W - G for W, G in zip(case.layers, slopes, strict=True)]
    for (low, up), (v, u), D in zip(pairwise(case.layers), pairwise(moves), dl.imbalance(case.layers), strict=True):
        rate = u.T @ up + up.T @ u - v @ low.T - low @ v.T
        scale = np.linalg.norm(u) * np.linalg.norm(up) + np.linalg.norm(v) * np.linalg.norm(low)
        assert_allclose(rate, -2 * case.λ * D, atol=tolerance * (scale + 1e-300))


@pytest.mark.claim(
    "conservation", "D_j(t) = e^{−2λt} D_j(0) along the flow of a network, on ℓ2 and ℓ4", tolerance=1e-10
)
@pytest.mark.parametrize("p", [2, 4])
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_balance_is_conserved_by_the_flow_and_restored_by_weight_decay(p, decay, tolerance):
    factors = dl.near_zero((3, 4, 2, 2), 0.6, rng=1)
    end = dl.network_flow(task(3, 2, p, 0), factors, [0.0, 0.7], weight_decay=decay)[-1]
    assert any(np.abs(a - b).max() > 0.1 for a, b in zip(end, factors, strict=True))
    for measured, law in zip(dl.imbalance(end), imbalance_after_flow(factors, 0.7, decay), strict=True):
        assert_allclose(measured, law, atol=tolerance)


@pytest.mark.claim(
    "conservation",
    "decay balances in absolute terms: eight layers that collapse stay as unbalanced, relative to their size",
    kind="counterexample",
)
def test_layers_that_collapse_do_not_become_balanced_relative_to_their_size():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((200, 5))
    problem = dl.LpRegression(inputs, inputs @ rng.standard_normal((5, 4)), p=2)

    def path(depth, decay):
        return dl.network_flow(problem, dl.near_zero((5, *[5] * (depth - 1), 4), 5**-0.5, rng=3), [0, 3, 6], decay)

    _, middle, end = path(8, 2.0)
    assert max(np.linalg.norm(D) for D in dl.imbalance(end)) < 1e-9
    assert relative_imbalance(end) > 0.2
    assert_allclose(relative_imbalance(end), relative_imbalance(middle), rtol=1e-6)
    assert relative_imbalance(path(3, 0.5)[-1]) < 0.05  # where the layers stay alive it is balanced in both senses


@pytest.mark.claim(
    "conservation",
    "two equal products, one loss: an orthogonal A between the layers leaves the product's step, a stretch does not",
    kind="counterexample",
)
def test_what_lies_between_two_layers_matters_unless_it_is_orthogonal():
    rng = np.random.default_rng(0)
    W1, W2, slope = rng.standard_normal((3, 3, 3))
    turned = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    step = dl.end_to_end(dl.gradient_step((W1, W2), slope, 0.1))
    assert_allclose(dl.end_to_end(dl.gradient_step((turned @ W1, W2 @ turned.T), slope, 0.1)), step, atol=1e-12)
    stretched = dl.gradient_step((np.diag([2.0, 1, 1]) @ W1, W2 @ np.diag([0.5, 1, 1])), slope, 0.1)
    assert np.abs(dl.end_to_end(stretched) - step).max() > 0.01


@pytest.mark.claim("conservation", "entrywise scaled gradients, as Adam's, do not conserve D", kind="counterexample")
def test_entrywise_scaling_breaks_conservation_however_small_the_step():
    moved = []
    for eta in (1e-3, 1e-4):
        w = np.array([1.5, 0.1])
        for _ in range(round(0.2 / eta)):
            w = w - eta * np.sign((w[0] * w[1] - 1.0) * w[::-1])
        moved.append(w[1] ** 2 - w[0] ** 2 - (0.1**2 - 1.5**2))
    assert_allclose(moved, -0.56, atol=1e-3)  # 2(w₂ − w₁) times the time, not of order η


@pytest.mark.claim("drift-law", "D_j⁺ = (1−ηλ)² D_j + η²(G_{j+1}ᵀG_{j+1} − G_jG_jᵀ), exactly", tolerance=1e-13)
@over("drift-law", examples=80)
def test_the_drift_law_is_exact(tolerance, case):
    predicted = imbalance_after_step(case.layers, dl.layer_gradients(case.layers, case.gradient), case.η, case.λ)
    stepped = dl.gradient_step(case.layers, case.gradient, case.η, case.λ)
    scale = max(float(np.linalg.norm(W)) ** 2 for W in (*case.layers, *stepped))
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


@pytest.mark.claim("drift-law", "two scalar layers: D⁺ = (1 − η²∇²) D", tolerance=1e-12)
@pytest.mark.parametrize(
    ("w", "slope", "eta"), [((1.9, 0.15), -0.7, 0.5), ((0.0, 2.0), 3.0, 1.0), ((1.0, 1.0), 2.0, 0.3)]
)
def test_for_two_scalars_a_step_shrinks_the_imbalance(w, slope, eta, tolerance):
    layers = [np.array([[x]]) for x in w]
    (D,), (after,) = dl.imbalance(layers), dl.imbalance(dl.gradient_step(layers, [[slope]], eta))
    assert_allclose(after, (1 - eta**2 * slope**2) * D, atol=tolerance)


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


@pytest.mark.claim("balanced-starts", "equal shares of Σ are balanced, and their product is W", tolerance=1e-12)
@over("balanced-starts")
def test_equal_shares_are_balanced(tolerance, case):
    width = min(case.k, case.d) + case.m - 1
    factors = dl.balanced(case.W, case.N, width=width, rng=0)
    scale = max(float(np.linalg.norm(W)) ** 2 for W in factors)
    for D in dl.imbalance(factors):
        assert_allclose(D, 0, atol=tolerance * scale)
    assert_allclose(dl.end_to_end(factors), case.W, atol=tolerance * np.linalg.norm(case.W))


@pytest.mark.claim(
    "balanced-starts",
    "the imbalance of independent weights relative to the layers does not depend on their size, and is not 0",
    tolerance=1e-10,
)
@over("balanced-starts")
def test_independent_weights_are_as_unbalanced_at_any_size(tolerance, case):
    sizes = (case.d, *[case.m] * (case.N - 1), case.k)
    small, unit = dl.near_zero(sizes, case.ε, rng=1), dl.near_zero(sizes, 1.0, rng=1)
    for D, of_unit in zip(dl.imbalance(small), dl.imbalance(unit), strict=True):
        assert_allclose(D, case.ε**2 * of_unit, atol=tolerance * case.ε**2)
    assert_allclose(relative_imbalance(small), relative_imbalance(unit), rtol=tolerance)
    assert relative_imbalance(small) > 1e-6


@pytest.mark.claim("balanced-starts", "an entry of ±1 for every hidden unit that the identity connects on one side")
@over("balanced-starts")
def test_the_identity_is_off_by_one_where_a_unit_is_connected_on_one_side(case):
    widths = np.random.default_rng(case.m).integers(1, case.m + 1, size=case.N - 1)
    sizes = (case.d, *map(int, widths), case.k)
    for j, D in enumerate(dl.imbalance(dl.identity(sizes)), start=1):
        below, here, above = sizes[j - 1 : j + 2]
        assert np.count_nonzero(D) == np.count_nonzero(np.diag(D)) == abs(min(here, above) - min(below, here))
        assert set(np.unique(np.abs(D))) <= {0.0, 1.0}


@pytest.mark.claim("balanced-starts", "width m over one unit: m − 1 entries of D_1 are −1", tolerance=1e-12)
def test_which_starts_are_balanced(tolerance):
    (D,) = dl.imbalance([np.eye(6, 8), np.eye(1, 6)])
    assert_allclose(D, np.diag([0.0, -1, -1, -1, -1, -1]), atol=tolerance)
    small = dl.near_zero((128, 1, 1), 0.01, rng=0)
    assert max(np.abs(D).max() for D in dl.imbalance(small)) < 0.05
    assert relative_imbalance(small) > 0.5
    assert relative_imbalance(dl.identity((4, 4, 4))) == relative_imbalance(dl.identity((5, 1, 1, 3))) == 0
    assert relative_imbalance([np.zeros((1, 1))]) == 0
