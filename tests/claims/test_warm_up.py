"""The hypothesis that depth is mainly a warm-up, on the records of long runs; and what p = 2 leaves a warm-up to gain."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from deeplinear.replication import records
from deeplinear.training.schedules import WarmUp


def last_losses(name):
    record = records.read(name)
    return {curve: record.median(curve)[-1] for curve in record.names}


@pytest.mark.claim(
    "warm-up",
    "on ℓ4, a warm-up without depth gains three quarters or more, in log loss, of what depth 2 gains",
    kind="record",
)
def test_a_schedule_without_depth_gains_most_of_it_on_the_quartic_loss():
    final = last_losses("baselines-l4")
    assert final["depth 2"] < 0.6 * final["depth 1"]
    assert np.log(final["depth 1"] / final["warm-up"]) > 0.75 * np.log(final["depth 1"] / final["depth 2"])
    assert final["step by loss"] < final["depth 2"]


@pytest.mark.claim(
    "warm-up",
    "mainly, not only: on ℓ4 the warm-up without depth stays behind depth 2, and before depth 3",
    kind="record",
)
def test_a_warm_up_does_not_gain_all_of_it():
    final = last_losses("baselines-l4")
    assert final["depth 2"] < final["warm-up"] < final["depth 3"] < final["depth 1"]


@pytest.mark.claim(
    "warm-up",
    "on ℓ4 under momentum, depth 2 and a warm-up both gain more than 30-fold, within 10 % of each other",
    kind="record",
)
def test_under_momentum_a_warm_up_does_what_depth_does():
    final = last_losses("baselines-l4")
    for name in ("heavy ball, depth 2", "heavy ball, depth 3", "warm-up, heavy ball"):
        assert final[name] < final["heavy ball"] / 30
        assert abs(np.log(final[name] / final["heavy ball, depth 2"])) < 0.1


@pytest.mark.claim("warm-up", "on ℓ2 neither a warm-up nor depth lowers the loss by more than a tenth", kind="record")
def test_neither_gains_on_the_square_loss():
    final = last_losses("baselines-l2")
    assert all(final[name] > 0.9 * final["depth 1"] for name in ("warm-up", "depth 2", "depth 3"))


@pytest.mark.claim(
    "warm-up",
    "p = 2: a warm-up shrinks every direction with ηλ ≤ 1 less than the constant step that it leads to",
    kind="inequality",
)
def test_on_the_square_loss_a_warm_up_only_delays_the_slow_directions():
    rates, steps = np.linspace(0.0, 1.0, 101), 300
    for length in (1, 10, 1_000):
        factors = np.array([float(WarmUp(length)(step, 1.0)) for step in range(steps)])
        left = np.prod(1 - rates[:, None] * factors, axis=1)
        assert (left >= (1 - rates) ** steps - 1e-15).all()


@pytest.mark.claim(
    "warm-up",
    "p = 2: a warm-up gains nothing, other schedules do: steps of Chebyshev beat the best constant one 100-fold",
    kind="counterexample",
)
def test_a_schedule_that_is_no_warm_up_gains_on_the_square_loss():
    curvature, steps = np.geomspace(1, 100, 200), 32
    constant = np.abs((1 - 2 / 101 * curvature) ** steps).max()
    roots = np.cos(np.pi * (np.arange(steps) + 0.5) / steps)
    chebyshev = np.abs(np.prod(1 - curvature[:, None] / (101 / 2 + 99 / 2 * roots), axis=1)).max()
    assert_allclose([constant, chebyshev], [0.527, 0.00325], rtol=0.01)


@pytest.mark.claim(
    "warm-up",
    "on ℓ4 the adaptive step alone gains most of what the rule of depth 3 gains, amplification alone next to nothing",
    kind="record",
)
def test_the_part_of_the_rule_that_is_a_schedule_gains_most():
    final = last_losses("ablation")
    gain = {name: np.log(final["depth 1"] / final[name]) for name in final}
    assert gain["adaptive-step, depth 3"] > 0.75 * gain["rule, depth 3"] > 0.4
    assert abs(gain["amplification, depth 3"]) < 0.02
