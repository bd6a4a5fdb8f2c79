"""What depth leaves alone and what it changes: functions, layer gradients, saddles, the way out of them."""

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from domains import over
from numpy.testing import assert_allclose

import deeplinear as dl


def through(widths, W):
    """Layers of the given hidden widths whose product is W, as the proof of `same-functions` builds them."""
    U, sigma, Vt = np.linalg.svd(W, full_matrices=False)
    r = int((sigma > 1e-12 * sigma[0]).sum())
    sizes = [W.shape[1], *widths, W.shape[0]]
    made = [np.eye(n, m) * np.less.outer(np.arange(n), [r] * m) for m, n in pairwise(sizes)]
    made[0], made[-1] = np.zeros_like(made[0]), np.zeros_like(made[-1])
    made[0][:r], made[-1][:, :r] = Vt[:r], U[:, :r] * sigma[:r]
    return made if widths else [W]


@pytest.mark.claim(
    "same-functions", "every matrix that no layer is too narrow for is a product, and no other is", tolerance=1e-9
)
@over("same-functions", most={"k": 4, "d": 4, "m": 4, "N": 5})
def test_a_network_expresses_what_its_narrowest_layer_lets_through(tolerance, case):
    rng = np.random.default_rng(case.N + case.m)
    widths = [case.m, *(case.m + rng.integers(0, 3, max(case.N - 2, 0)))][: case.N - 1]
    narrowest = min([case.k, case.d, *widths])
    if np.linalg.matrix_rank(case.W, tol=1e-10 * np.linalg.norm(case.W)) <= narrowest:
        product = dl.end_to_end(through(widths, case.W))
        assert_allclose(product, case.W, rtol=0, atol=tolerance * np.linalg.norm(case.W))
    sigma = np.linalg.svd(dl.end_to_end(dl.near_zero((case.d, *widths, case.k), 1.0, rng)), compute_uv=False)
    assert (sigma[narrowest:] <= tolerance * sigma[0]).all()


@pytest.mark.claim(
    "same-functions",
    "through a layer of width 1 the loss ½‖W − diag(3, 2, 1)‖² cannot be brought below 5/2",
    kind="counterexample",
    without="wide",
    tolerance=1e-9,
)
def test_a_narrow_layer_keeps_the_loss_up(tolerance):
    A = np.diag([3.0, 2.0, 1.0])
    best = dl.end_to_end(through([1], np.diag([3.0, 0.0, 0.0])))
    assert_allclose(((best - A) ** 2).sum() / 2, 2.5, rtol=tolerance)
    rng = np.random.default_rng(0)
    for scale in (0.1, 1.0, 3.0):
        for _ in range(200):
            near = [W + scale * rng.standard_normal(W.shape) for W in through([1], best)]
            assert ((dl.end_to_end(near) - A) ** 2).sum() / 2 >= 2.5


@pytest.mark.claim(
    "layer-gradients", "∂L/∂W_j = (W_N⋯W_{j+1})ᵀ ∇ (W_{j−1}⋯W_1)ᵀ, for symbolic entries", kind="symbolic"
)
def test_layer_gradients_for_symbolic_entries():
    W1, W2, W3 = (sp.Matrix(2, 2, sp.symbols(f"{name}1:5")) for name in "abc")
    C = sp.Matrix(2, 2, sp.symbols("g1:5"))
    loss = (C.T * (W3 * W2 * W1)).trace()
    for W, formula in ((W1, (W3 * W2).T * C), (W2, W3.T * C * W1.T), (W3, C * (W2 * W1).T)):
        assert (W.applyfunc(lambda entry: sp.diff(loss, entry)) - formula).expand().is_zero_matrix


@pytest.mark.claim(
    "layer-gradients",
    "a quadratic loss of the product is quadratic in each layer, and changes from W_j − V to W_j + V by twice ⟨∂L/∂W_j, V⟩",
    tolerance=1e-10,
)
@over("layer-gradients")
def test_layer_gradients_are_the_slopes(tolerance, case):
    def loss(layers):
        product = dl.end_to_end(layers)
        return (case.gradient * product).sum() + (product * product).sum() / 2

    rng = np.random.default_rng(case.N)
    slopes = dl.layer_gradients(case.layers, case.gradient + dl.end_to_end(case.layers))
    for j, W in enumerate(case.layers):
        V = rng.standard_normal(W.shape) * (np.linalg.norm(W) or 1.0)
        up, down = (loss([*case.layers[:j], W + sign * V, *case.layers[j + 1 :]]) for sign in (1, -1))
        expected = 2 * (slopes[j] * V).sum()
        assert_allclose(up - down, expected, rtol=tolerance, atol=tolerance * (abs(up) + abs(down)))


@pytest.mark.claim(
    "layer-gradients",
    "without a gradient of L at the product: L = |w| at w_1 = 0, w_2 = 1 has the slopes −1 and 1, so no gradient",
    kind="counterexample",
    without="differentiable",
)
def test_no_layer_gradient_at_a_kink():
    t = 1e-6
    right, left = ((abs((0 + step) * 1.0) - 0) / step for step in (t, -t))
    assert (right, left) == (1, -1)


@pytest.mark.claim(
    "origin", "at depth 2 the origin is a strict saddle, from depth 3 on its Hessian is zero", kind="symbolic"
)
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_hessian_at_the_origin(depth):
    scalars = sp.symbols(f"s1:{depth + 1}", real=True)
    slope, bend = sp.symbols("slope bend", real=True)
    w = sp.prod(scalars)
    hessian = sp.hessian(slope * w + bend * w**2 / 2, scalars).subs(dict.fromkeys(scalars, 0))
    assert hessian == (sp.Matrix([[0, slope], [slope, 0]]) if depth == 2 else sp.zeros(depth))


@pytest.mark.claim(
    "origin",
    "along balanced layers of ∓∇L(0)'s leading direction the loss falls, and rises, at the rate t^N",
    tolerance=1e-3,
)
@over("origin", most={"k": 4, "d": 4, "m": 3, "N": 5})
def test_the_origin_is_a_saddle_for_matrices(tolerance, case):
    assert all(not G.any() for G in dl.layer_gradients([0 * A for A in widened(case, case.C)], case.C))
    U, sigma, Vt = np.linalg.svd(case.C)
    for sign in (-1, 1):
        direction = widened(case, sign * np.outer(U[:, 0], Vt[0]))
        t = min(1.0, 1e-3 * sigma[0]) ** (1 / case.N)  # where a curvature of 1 is a thousandth of the slope
        product = dl.end_to_end([t * A for A in direction])
        change = (case.C * product).sum() + (product * product).sum() / 2
        assert_allclose(change, sign * t**case.N * sigma[0], rtol=tolerance)
        assert sign * change > 0, "the loss falls in one direction and rises in the other"


@pytest.mark.claim(
    "origin",
    "the Hessian at 0: ± the singular values of ∇L(0), each once per hidden unit, at depth 2; zero beyond",
    tolerance=1e-9,
)
@over("origin", examples=40, most={"k": 3, "d": 3, "m": 3, "N": 5})
def test_the_eigenvalues_of_the_hessian_at_the_origin(tolerance, case):
    if case.N > 2:  # with a linear loss the gradients are homogeneous of degree N − 1 ≥ 2
        layers = dl.near_zero((case.d, *[case.m] * (case.N - 1), case.k), 1.0, rng=0)
        whole, small = (dl.layer_gradients([t * W for W in layers], case.C) for t in (1.0, 1e-3))
        for G, g in zip(whole, small, strict=True):
            assert_allclose(g, 1e-3 ** (case.N - 1) * G, rtol=tolerance)
        return
    shapes = [(case.m, case.d), (case.k, case.m)]
    columns = []
    for column in np.eye(case.m * (case.d + case.k)):
        layers = [column[: case.m * case.d].reshape(shapes[0]), column[case.m * case.d :].reshape(shapes[1])]
        columns.append(np.concatenate([G.ravel() for G in dl.layer_gradients(layers, case.C)]))
    sigma = np.linalg.svd(case.C, compute_uv=False)
    expected = np.zeros(len(columns))
    expected[: 2 * case.m * len(sigma)] = np.repeat([*sigma, *-sigma], case.m)
    found = np.linalg.eigvalsh(np.array(columns))
    assert_allclose(found, np.sort(expected), rtol=0, atol=tolerance * sigma[0])


def widened(case, W):
    """Layers with the product W, of rank one, through hidden layers of width m."""
    return dl.balanced(W, case.N, width=max(case.m, np.linalg.matrix_rank(W)))


@pytest.mark.claim(
    "origin", "½‖W‖² has slope 0 at 0, and the origin is its minimum", kind="counterexample", without="slope"
)
def test_without_a_slope_the_origin_can_be_the_minimum():
    rng = np.random.default_rng(0)
    for _ in range(50):
        assert (dl.end_to_end(dl.near_zero((3, 2, 2), 1e-2, rng)) ** 2).sum() / 2 > 0


@pytest.mark.claim(
    "origin",
    "w + w² sin(1/w²) has slope 1 at 0, but its derivative is unbounded near 0: with two and three layers there is no Hessian",
    kind="counterexample",
    without="smooth",
)
@pytest.mark.parametrize("depth", [2, 3])
def test_without_a_continuous_gradient_there_need_be_no_hessian(depth):
    w = 1 / np.sqrt(2 * np.pi * np.arange(1, 2000, 400))  # where the cosine is 1
    derivative = 1 + 2 * w * np.sin(w**-2) - 2 / w * np.cos(w**-2)
    s = w ** (1 / depth)
    quotients = s ** (depth - 1) * derivative / s  # of the first layer's gradient along s(1, …, 1)
    if depth == 2:
        assert (np.diff(np.abs(quotients)) > 1).all()  # it grows without bound
    else:
        assert (np.abs(quotients) > 1).all()  # and does not go to 0


def bad_critical_point(case, rng):
    """A layer above the first is zero, and the first sees nothing of the gradient: every layer's gradient vanishes."""
    layers = [W.copy() for W in case.layers]
    layers[0] -= np.outer(layers[0] @ case.slope, case.slope) / (case.slope @ case.slope)
    layers[rng.integers(1, case.N)] *= 0
    return layers


@pytest.mark.claim(
    "no-bad-minima",
    "with one output, a critical point where the gradient of L is not zero has lower and higher points beside it",
    kind="inequality",
)
@over("no-bad-minima", most={"N": 5, "d": 4})
def test_every_bad_critical_point_is_a_saddle(case):
    rng = np.random.default_rng(case.N)
    here = bad_critical_point(case, rng)
    size = np.prod([1 + np.linalg.norm(W) for W in here]) * np.linalg.norm(case.slope)
    assert all(np.abs(G).max() <= 1e-12 * size for G in dl.layer_gradients(here, case.slope))
    epsilon = 1e-6 * min(1.0, np.linalg.norm(case.slope)) / np.prod([1 + np.linalg.norm(W) for W in here]) ** 2
    changes = []
    for _ in range(400):
        beside = [W + epsilon * rng.standard_normal(W.shape) for W in here]
        beside[0] = here[0] + 1e-3 * rng.standard_normal(here[0].shape)
        w = dl.end_to_end(beside)[0]
        changes.append(case.slope @ w + w @ w / 2)
    assert min(changes) < 0 < max(changes)


@pytest.mark.claim(
    "no-bad-minima",
    "with one output and a product that is not 0, the gradient of a convex loss vanishes where that of the first layer does",
    kind="inequality",
    tolerance=1e-12,
)
@over("no-bad-minima")
def test_a_critical_point_away_from_zero_is_a_minimum(case, tolerance):
    above = dl.end_to_end([*case.layers[1:]])  # a row; not 0 if the product is not
    first = dl.layer_gradients(case.layers, case.slope)[0]
    assert_allclose(np.linalg.norm(first), np.linalg.norm(above) * np.linalg.norm(case.slope), rtol=tolerance)


@pytest.mark.claim(
    "no-bad-minima", "the minimum of (w² − 1)² + w/2 at w > 0 is bad", kind="counterexample", without="convex"
)
def test_without_convexity_a_bad_minimum_stays_bad():
    def loss(w):
        return (w * w - 1) ** 2 + w / 2

    w = max(np.roots([4, 0, -4, 0.5]).real)
    rng = np.random.default_rng(0)
    assert loss(-1.0) < loss(w)
    for depth in (2, 3):
        beside = w ** (1 / depth) + 1e-3 * rng.standard_normal((500, depth))
        assert (loss(beside.prod(axis=1)) >= loss(w)).all()


@pytest.mark.claim(
    "no-bad-minima",
    "L = |w_1| + ½(w_2 + 1)² has a local minimum at v = (1, 0), s = 0, where the loss is ½ and not 0",
    kind="counterexample",
    without="differentiable",
)
def test_without_differentiability_a_kink_holds_a_bad_minimum():
    rng = np.random.default_rng(0)
    v, s = np.array([1.0, 0.0]) + 0.1 * rng.standard_normal((2000, 2)), 0.1 * rng.standard_normal((2000, 1))
    w = s * v
    assert (np.abs(w[:, 0]) + (w[:, 1] + 1) ** 2 / 2 >= 0.5).all()


@pytest.mark.claim(
    "no-bad-minima",
    "with two outputs W_1 = W_2 = diag(0, √2) is critical for the target diag(3, 2), with a product that is not 0",
    kind="counterexample",
    without="one-output",
    tolerance=1e-12,
)
def test_with_two_outputs_a_saddle_need_not_have_the_product_zero(tolerance):
    W, target = np.diag([0.0, np.sqrt(2)]), np.diag([3.0, 2.0])
    product = dl.end_to_end([W, W])
    assert product.any()
    assert_allclose(dl.layer_gradients([W, W], product - target), np.zeros((2, 2, 2)), atol=tolerance)
    for sign in (1, -1):  # a saddle, all the same
        beside = dl.end_to_end([W + np.diag([0.1, 0]), W + sign * np.diag([0.1, 0])])
        change = ((beside - target) ** 2).sum() / 2 - ((product - target) ** 2).sum() / 2
        assert sign * change < 0


@pytest.mark.claim(
    "escape-time",
    "from ε to the size z the flow takes log(1/ε)/g, or ε^{2−N}/((N−2)g), over which it is 1 in the limit",
    tolerance=1e-3,
)
@over("escape-time", examples=40)
def test_the_time_to_leave_the_saddle_in_the_limit(case, tolerance):
    from scipy.integrate import quad

    s = case.z ** (1 / case.N)

    def slope(w):  # −L′, positive up to the size
        return case.g * (1 + np.sin(3 * w / case.z)) * (1 - w / (2 * case.z))

    def time(epsilon):  # in x = log s, of ds = s^{N−1} · slope dt
        whole = quad(
            lambda x: np.exp((2 - case.N) * x) / slope(np.exp(case.N * x)), np.log(epsilon), np.log(s), limit=400
        )
        return whole[0]

    def law(epsilon):
        return (np.log(1 / epsilon) if case.N == 2 else epsilon ** (2 - case.N) / (case.N - 2)) / case.g

    short, shorter = s * 1e-4, s * 1e-5
    assert_allclose(time(shorter) - time(short), law(shorter) - law(short), rtol=tolerance)
    assert law(shorter) > law(short) > 0 or short >= 1, "a time, and the longer the smaller the start"


@pytest.mark.claim(
    "escape-time",
    "the flow of N equal numbers towards the target 1 leaves as the law says",
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


@pytest.mark.claim(
    "escape-time",
    "½(w − 1)² falls only up to 1: the size 2 is never reached, though L′(0) = −1",
    kind="counterexample",
    without="downhill",
)
@pytest.mark.parametrize("depth", [2, 3])
def test_a_size_beyond_the_minimum_is_never_reached(depth):
    path = dl.end_to_end_flow(dl.TwoPoint([1.0]), [[0.1**depth]], depth, np.linspace(0, 200, 50))
    assert path.max() <= 1 + 1e-9


@pytest.mark.claim(
    "escape-time",
    "−L′ = 1 + w sin(1/w) − ½cos(1/w), which is 1 at 0: at depth 3 the time is 2/√3 times what the law says",
    kind="counterexample",
    without="smooth",
)
def test_a_slope_that_is_not_continuous_at_zero_changes_the_law():
    x = np.linspace(1, 1e6, 4_000_001)  # 1/w = s^{−3}
    slope = 1 + np.sin(x) / x - np.cos(x) / 2
    assert slope.min() > 0
    pace = x ** (-2 / 3) / 3 / slope  # of s^{−2} ds / slope

    def time(epsilon):
        part = x <= epsilon**-3
        return np.trapezoid(pace[part], x[part])

    ratio = (time(0.011) - time(0.022)) / (1 / 0.011 - 1 / 0.022)
    assert abs(ratio - 2 / np.sqrt(3)) < 0.01
