"""The gain law: closed forms against a search for the start that goes farthest, over real depths and powers."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.theory.gain import gain, monotone_rate

TABLE = {  # p: G and G_f at N = 2, 3, 4, 8
    3: ((2, 1.640, 1.345, 0.758), (1.614, 1.309, 1.069, 0.600)),
    4: ((3.375, 3.142, 2.729, 1.668), (2.370, 2.148, 1.847, 1.115)),
    6: ((6.104, 6.689, 6.274, 4.280), (3.555, 3.684, 3.380, 2.243)),
}
powers = st.floats(2, 8)
targets = st.floats(-2, 2).map(lambda power: 10.0**power)
STARTS = np.concatenate([np.geomspace(1e-9, 0.5, 4000), 1 - np.geomspace(0.5, 1e-9, 4000)])


@pytest.mark.parametrize("p", TABLE)
def test_the_table_of_gains(p):
    rule, layers = TABLE[p]
    assert_allclose([gain(N, p) for N in (2, 3, 4, 8)], rule, atol=6e-4)
    assert_allclose([gain(N, p, "factors") for N in (2, 3, 4, 8)], layers, atol=6e-4)


def steps(depth, p, y, eta, method):
    """From all STARTS (in units of the target) at once, one step."""
    w = STARTS * y
    if method == "rule":
        return w + eta * depth * w ** (2 - 2 / depth) * (y - w) ** (p - 1)
    u = w ** (1 / depth)
    return (u + eta * u ** (depth - 1) * (y - w) ** (p - 1)) ** depth


@pytest.mark.parametrize("method", ["rule", "factors"])
@given(st.floats(1, 12), powers, targets)
@example(1.0, 2.0, 1.0)
@example(1.0, 4.0, 100.0)
@example(2.0, 2.0, 1.0)
@example(8.0, 3.0, 0.01)
@settings(max_examples=150, deadline=None)
def test_the_monotone_rate_is_the_largest_at_which_no_start_is_taken_beyond_the_target(method, depth, p, y):
    depth = depth if method == "rule" else round(depth)
    eta = monotone_rate(depth, p, y, method)
    assert (steps(depth, p, y, eta, method) <= y * (1 + 1e-12)).all()
    assert (steps(depth, p, y, 1.01 * eta, method) > y).any()


@given(st.integers(1, 12), powers)
@example(2, 2.0000000000000004)
@example(3, 2.0)
def test_layers_gain_at_most_what_the_rule_gains(depth, p):
    assert gain(depth, p, "factors") <= gain(depth, p) * (1 + 1e-12)


@given(st.floats(1, 50))
def test_on_a_quadratic_depth_costs_a_factor_of_its_own(depth):
    assert_allclose(gain(depth, 2), 1 / depth)


def test_two_closed_values_and_the_public_name():
    assert_allclose(dl.gain(2, 4), 27 / 8, rtol=1e-14)
    assert_allclose(dl.gain(2, 4, method="factors"), 64 / 27, rtol=1e-14)
    assert dl.gain(1, 5) == dl.gain(1, 5, method="factors") == 1


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ((0.5, 4), ValueError, "depth is 0.5, it must be 1 or more"),
        ((2, 1.5), ValueError, "p is 1.5, it must be 2 or more"),
        ((2.5, 4, "factors"), TypeError, "depth is 2.5, it must be a whole number"),
        ((2, 4, "layers"), ValueError, "method is 'layers', it must be 'rule' or 'factors'"),
        ((float("nan"), 4), ValueError, "depth is nan"),
    ],
)
def test_what_has_no_gain_is_refused(arguments, error, said):
    with pytest.raises(error, match=said):
        gain(*arguments)
