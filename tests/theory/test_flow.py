"""The two flows against closed forms, and their refusals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl


def test_depth_one_on_the_square_loss_decays_exponentially():
    times = np.linspace(0, 3, 7)
    path = dl.end_to_end_flow(dl.TwoPoint((2.0, -1.0)), [[0.0, 0.0]], depth=1, times=times)
    assert_allclose(path[:, 0], np.outer(1 - np.exp(-times), [2.0, -1.0]), rtol=1e-10)


def test_two_scalar_factors_follow_the_logistic_curve():
    # w' = 2 w (s − w) at depth 2: w = s e^{2st} / (e^{2st} − 1 + s/w₀)
    s, start, times = 3.0, 0.01, np.linspace(0, 2, 9)
    path = dl.end_to_end_flow(dl.TwoPoint([s]), [[start]], depth=2, times=times).ravel()
    growth = np.exp(2 * s * times)
    assert_allclose(path, s * growth / (growth - 1 + s / start), rtol=1e-9)


def test_the_network_flow_needs_no_balance_and_conserves_what_there_is():
    factors = [[[1.0]], [[3.0]]]
    end = dl.network_flow(dl.TwoPoint([5.0]), factors, times=[0.0, 1.0])[-1]
    assert_allclose(dl.imbalance(end)[0], dl.imbalance(factors)[0], rtol=1e-10)
    assert abs(dl.end_to_end(end).item() - 3.0) > 0.5


def test_weight_decay_alone_shrinks_the_product_at_depth_times_its_rate():
    flat = dl.LpRegression([[0.0]], [0.0])
    assert_allclose(dl.end_to_end_flow(flat, [[2.0]], 3, [1.0], weight_decay=0.1).item(), 2 * np.exp(-0.3), rtol=1e-9)
    end = dl.network_flow(flat, dl.balanced([[2.0]], 3), [1.0], weight_decay=0.1)[-1]
    assert_allclose(dl.end_to_end(end).item(), 2 * np.exp(-0.3), rtol=1e-9)


@pytest.mark.parametrize("times", [[-1.0, 0.0], [0.0, 0.0], [1.0, 0.5]])
def test_times_must_increase_from_zero(times):
    with pytest.raises(ValueError, match="times must start at 0"):
        dl.end_to_end_flow(dl.TwoPoint([1.0]), [[0.1]], 2, times)


@pytest.mark.parametrize(("tiny", "grows"), [(1e-17, False), (1e-15, True)])
def test_a_direction_below_the_rank_cut_off_moves_in_the_network_alone(tiny, grows):
    identity = dl.LpRegression(2**0.5 * np.eye(2), 2**0.5 * np.eye(2))  # L = ½‖W − I‖²
    start = np.diag([0.5, tiny])
    network = dl.network_flow(identity, [np.sqrt(start)] * 2, [0.0, 30.0])[-1]
    assert_allclose(dl.end_to_end(network), np.eye(2), atol=1e-8)
    rule = dl.end_to_end_flow(identity, start, 2, [0.0, 30.0])[-1]
    assert_allclose(rule, np.diag([1.0, 1.0 if grows else tiny]), rtol=1e-8)
    assert_allclose(dl.end_to_end(dl.balanced(start, 2)), np.diag([0.5, tiny if grows else 0.0]), rtol=1e-12)
