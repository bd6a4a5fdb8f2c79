"""The scalar factor: the exact step, the memory form, and the sign of the memory."""

import numpy as np
import pytest
import sympy as sp
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
def test_the_step_is_that_of_the_package(tolerance):
    rng = np.random.default_rng(0)
    w1, w2, nabla, eta = rng.standard_normal(4), 0.7, rng.standard_normal(4), 0.3
    stepped = dl.end_to_end(dl.gradient_step([w1[None, :], [[w2]]], nabla, eta))[0]
    rho, gamma = eta * w2**2, eta * (w1 @ nabla) / w2
    w = w1 * w2
    assert_allclose(stepped, w - rho * nabla - gamma * w + eta**2 * (w2 * nabla) * (w1 @ nabla), rtol=tolerance)


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


@pytest.mark.claim("memory-sign", "γ < 0, so that the memory is momentum, exactly while |w_2| grows", kind="inequality")
def test_the_memory_is_momentum_while_the_extra_number_grows():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((200, 10)) * np.geomspace(2, 0.2, 10)
    problem = dl.LpRegression(inputs, inputs @ (2 * rng.standard_normal(10)) + 0.1 * rng.standard_normal(200), p=4)
    w1, w2, eta = 0.01 * np.random.default_rng(1).standard_normal(11)[:10], 0.1, 6e-3
    signs = set()
    for _ in range(100):
        nabla = problem.gradient(w1 * w2)
        gamma = eta * (w1 @ nabla) / w2
        w1, before, w2 = w1 - eta * w2 * nabla, w2, w2 - eta * (w1 @ nabla)
        assert (gamma < 0) == (abs(w2) > abs(before))
        signs.add(bool(gamma < 0))
    assert signs == {True, False}
