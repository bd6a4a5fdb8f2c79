"""The scalar factor: the exact step, the memory form, what is left of the start, and the sign of the memory."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from domains import over
from hypothesis import assume
from numpy.testing import assert_allclose

import deeplinear as dl


@pytest.mark.claim("one-step", "w⁺ = w − ρ∇ − γw + η²∇_{w1}∇_{w2}, exactly", kind="symbolic")
def test_the_step_is_exact_for_symbolic_factors():
    eta, w2 = sp.symbols("eta w_2", real=True, nonzero=True)
    w1, nabla = sp.Matrix(sp.symbols("a1:4")), sp.Matrix(sp.symbols("g1:4"))
    slope = w1.dot(nabla)
    stepped = (w1 - eta * w2 * nabla) * (w2 - eta * slope)
    claimed = w1 * w2 - eta * w2**2 * nabla - eta * slope / w2 * w1 * w2 + eta**2 * w2 * nabla * slope
    assert (stepped - claimed).applyfunc(sp.simplify).is_zero_matrix


@pytest.mark.claim("one-step", "the package's step on two factors is the step of the proposition", tolerance=1e-13)
@over("one-step")
def test_the_step_is_that_of_the_package(tolerance, case):
    assume(case.w2 != 0)
    stepped = dl.end_to_end(dl.gradient_step([case.w1[None, :], [[case.w2]]], case.gradient, case.η))[0]
    slope = case.w1 @ case.gradient
    rho, gamma, w = case.η * case.w2**2, case.η * slope / case.w2, case.w1 * case.w2
    terms = [w, -rho * case.gradient, -gamma * w, case.η**2 * case.w2 * case.gradient * slope]
    scale = max(np.linalg.norm(term) for term in terms) + np.abs(case.w1).max() * case.η * np.linalg.norm(
        case.w1
    ) * np.linalg.norm(case.gradient)
    assert_allclose(stepped, sum(terms), rtol=0, atol=tolerance * scale)


@pytest.mark.claim(
    "one-step",
    "at w_2 = 0 the step leaves 0, and the form is 0 for every ρ and γ",
    kind="counterexample",
    without="nonzero",
)
def test_at_zero_there_is_a_step_and_no_gamma_for_it():
    w1, nabla = np.array([1.0, 2.0]), np.array([3.0, 1.0])
    stepped = dl.end_to_end(dl.gradient_step([w1[None, :], [[0.0]]], nabla, 0.1))[0]
    assert_allclose(stepped, [-0.5, -1.0])
    w, rho = 0 * w1, 0.1 * 0.0**2
    for gamma in (-1e6, 0.0, 1e6):
        assert not (w - rho * nabla - gamma * w + 0.1**2 * (0 * nabla) * (w1 @ nabla)).any()


@pytest.mark.claim(
    "one-step",
    "with η = λ = 0.5 and ∇ = 0 the product shrinks, and the form leaves it",
    kind="counterexample",
    without="no-decay",
)
def test_weight_decay_adds_to_the_step():
    w1, w2, nabla = np.array([1.0, 2.0]), 3.0, np.zeros(2)
    stepped = dl.end_to_end(dl.gradient_step([w1[None, :], [[w2]]], nabla, 0.5, weight_decay=0.5))[0]
    assert_allclose(stepped, 0.75**2 * w1 * w2)


@pytest.mark.claim(
    "memory-form", "the recursion w ← (1−γ)w − ρ∇ unrolls to weights μ^{(t,τ)} = −γ^t ρ^τ ∏(1−γ^j)", kind="symbolic"
)
@pytest.mark.parametrize("steps", [1, 2, 4, 6])
def test_the_memory_form_for_symbolic_rates_and_gradients(steps):
    rho, gamma, g = (sp.symbols(f"{name}0:{steps}") for name in ("rho", "gamma", "g"))
    start = sp.Symbol("w0")
    w = [start]
    for t in range(steps):
        w.append((1 - gamma[t]) * w[t] - rho[t] * g[t])
    t = steps - 1
    memory = sum(-gamma[t] * rho[tau] * sp.prod([1 - gamma[j] for j in range(tau + 1, t)]) * g[tau] for tau in range(t))
    first = gamma[t] * sp.prod([1 - gamma[j] for j in range(t)]) * start
    assert sp.expand(w[t + 1] - (w[t] - rho[t] * g[t] - memory - first)) == 0


def exact(values):
    """Fractions, so that a sign or an equality is not a matter of rounding."""
    return np.vectorize(Fraction, otypes=[object])(np.asarray(values, dtype=float))


def weight(gamma, rho, t, tau):
    """μ^{(t,τ)} of the memory form."""
    product = Fraction(1)
    for j in range(tau + 1, t):
        product *= 1 - gamma[j]
    return -gamma[t] * rho[tau] * product


@pytest.mark.claim("memory-form", "for any rates, in fractions: γ = 1, zeros and both signs among them", tolerance=0)
@over("memory-form", most={"T": 6, "d": 3})
def test_the_memory_form_for_any_rates(tolerance, case):
    gamma, rho, w, nabla = exact(case.γ), exact(case.ρ), exact(case.w0), exact(case.gradients)
    start, left = w, Fraction(1)
    for t in range(case.T):
        memory = sum((weight(gamma, rho, t, tau) * nabla[tau] for tau in range(t)), start=0 * w)
        stepped = (1 - gamma[t]) * w - rho[t] * nabla[t]
        claimed = w - rho[t] * nabla[t] - memory - gamma[t] * left * start
        assert np.abs(stepped - claimed).max() == tolerance
        w, left = stepped, left * (1 - gamma[t])


def run_of(case, *, keep_sign=False):
    """Descent on w_1 and w_2 in fractions, one tuple a step: t, w_1, w_2, w_2⁺, γ, ρ, gradient."""
    w1, w2, eta, decay = exact(case.w1), Fraction(case.w2), Fraction(case.η), Fraction(getattr(case, "ηλ", 0))
    for t, nabla in enumerate(exact(case.gradients)):
        slope = (w1 * nabla).sum()
        turn = eta * slope / w2
        if keep_sign and turn >= 1 - decay:  # shorten a gradient that would turn the sign of w_2
            short = Fraction(1, 2) * (1 - decay) / turn
            nabla, slope = short * nabla, short * slope
        after = (1 - decay) * w2 - eta * slope
        yield t, w1, w2, after, 1 - (1 - decay) * after / w2, eta * w2 * after, nabla
        if after == 0:
            return
        w1, w2 = (1 - decay) * w1 - eta * w2 * nabla, after


@pytest.mark.claim(
    "start-term",
    "the start's term is (w_2^{t+1} − w_2^t) w_1^0 and the memory (w_2^{t+1} − w_2^t)(w_1^t − w_1^0), in fractions",
    tolerance=0,
)
@over("start-term", most={"T": 5, "d": 3})
def test_what_is_left_of_the_start(tolerance, case):
    assume(case.w2 != 0)
    gammas, rhos, gradients, left, start = [], [], [], Fraction(1), exact(case.w1)
    for t, w1, w2, after, gamma, rho, nabla in run_of(case):
        gammas, rhos, gradients = [*gammas, gamma], [*rhos, rho], [*gradients, nabla]
        first = -gamma * left * Fraction(case.w2) * start
        memory = sum((-weight(gammas, rhos, t, tau) * gradients[tau] for tau in range(t)), start=0 * start)
        assert np.abs(first - (after - w2) * start).max() == tolerance
        assert np.abs(memory - (after - w2) * (w1 - start)).max() == tolerance
        stepped = (w1 - Fraction(case.η) * w2 * nabla) * after
        assert np.abs(stepped - (w1 * w2 - rho * nabla + memory + first)).max() == tolerance
        left *= 1 - gamma


@pytest.mark.claim(
    "start-term",
    "from w_1 = 1, w_2 = 1e-6 the product starts near 0, and the start's term moves it more than all gradients together",
    kind="counterexample",
)
def test_a_small_product_does_not_make_the_term_of_the_start_small():
    w1, w2, eta = 1.0, 1e-6, 0.1
    for t in range(5):
        nabla = w1 * w2 - 1
        after = w2 - eta * w1 * nabla
        of_start, moved = (after - w2) * 1.0, (w1 - eta * w2 * nabla) * after - w1 * w2
        assert of_start > 0.8 * moved, t
        w1, w2 = w1 - eta * w2 * nabla, after


@pytest.mark.claim(
    "start-term",
    "at w_2^t = 0 no γ^t takes w_2 to its next value, which is not 0",
    kind="counterexample",
    without="nonzero",
)
def test_where_the_extra_number_is_zero_there_is_no_gamma():
    w1, w2, nabla, eta = 1.0, 0.0, -1.0, 0.1
    after = w2 - eta * w1 * nabla
    assert after != 0
    assert all((1 - gamma) * w2 == 0 for gamma in (-1e9, 0.0, 1e9))


@pytest.mark.claim(
    "start-term",
    "with η = λ = 0.5, w_1 = w_2 = 1 and ∇ = 0, −1 the start's term of step 1 is not (w_2² − w_2¹) w_1^0",
    kind="counterexample",
    without="no-decay",
)
def test_weight_decay_shrinks_what_is_left_of_the_start():
    w1, w2 = [1.0, 0.75], [1.0, 0.75]
    w2.append(0.75 * w2[1] + 0.5 * w1[1])
    kept = [0.75 * w2[t + 1] / w2[t] for t in range(2)]  # 1 − γ
    of_start = -(1 - kept[1]) * kept[0] * w1[0] * 1.0
    assert_allclose(of_start, 0.75 * (0.75 * w2[2] - w2[1]) * w1[0])
    assert abs(of_start - (w2[2] - w2[1]) * w1[0]) > 0.1


@pytest.mark.claim(
    "memory-sign",
    "all weights of a step are positive, zero or negative as (1−ηλ)|w_2^{t+1}| is above, at or below |w_2^t|, in fractions",
    kind="inequality",
)
@over("memory-sign", most={"T": 5, "d": 3})
def test_the_sign_of_the_memory(case):
    assume(case.w2 != 0)
    gammas, rhos = [], []
    for t, _, w2, after, gamma, rho, _ in run_of(case, keep_sign=True):
        gammas, rhos = [*gammas, gamma], [*rhos, rho]
        growth = (1 - Fraction(case.ηλ)) * abs(after) - abs(w2)
        for tau in range(t):
            assert np.sign(weight(gammas, rhos, t, tau)) == np.sign(growth)


@pytest.mark.claim("memory-sign", "both signs occur in a run that overshoots, and follow |w_2|", kind="inequality")
def test_the_memory_is_momentum_while_the_extra_number_grows():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((200, 10)) * np.geomspace(2, 0.2, 10)
    problem = dl.LpRegression(inputs, inputs @ (2 * rng.standard_normal(10)) + 0.1 * rng.standard_normal(200), p=4)
    w1, w2, eta = 0.01 * np.random.default_rng(1).standard_normal(11)[:10], 0.1, 6e-3
    signs = set()
    for _ in range(100):
        nabla = problem.gradient(w1 * w2)
        gamma = eta * (w1 @ nabla) / w2
        assert (gamma > 0) == ((w1 * w2) @ nabla > 0)
        w1, before, w2 = w1 - eta * w2 * nabla, w2, w2 - eta * (w1 @ nabla)
        assert (gamma < 0) == (abs(w2) > abs(before))
        signs.add(bool(gamma < 0))
    assert signs == {True, False}


@pytest.mark.claim(
    "memory-sign",
    "with ηλ = 0.1, |w_2| grows from 1 to 1.05 and every past gradient is taken back: growth alone does not decide",
    kind="counterexample",
)
def test_with_weight_decay_growth_is_not_enough():
    decay, w2, after = 0.1, 1.0, 1.05
    gamma = 1 - (1 - decay) * after / w2
    assert after > w2
    assert weight([0.0, gamma], [1.0, 1.0], 1, 0) < 0


@pytest.mark.claim(
    "memory-sign",
    "w_2 goes 1, 2, −4: |w_2| grows in the second step, and its memory is negative",
    kind="counterexample",
    without="same-sign",
)
def test_a_change_of_sign_turns_the_memory():
    gammas = [1 - 2 / 1, 1 - (-4) / 2]
    rhos = [1 * 2, 2 * -4]
    assert weight(gammas, rhos, 1, 0) < 0


@pytest.mark.claim(
    "memory-sign",
    "with ηλ = 3 and w_2 = 1, 1, 1 past gradients come with both signs in one step",
    kind="counterexample",
    without="mild-decay",
)
def test_a_decay_beyond_one_alternates():
    gamma = 1 - (1 - 3)
    weights = [weight([gamma] * 4, [1] * 4, 3, tau) for tau in range(3)]
    assert {np.sign(mu) for mu in weights} == {-1, 1}
