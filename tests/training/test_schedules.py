"""The factors that schedules put on the learning rate, in the shape of the losses they are given."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.training.schedules import Constant, CosineDecay, PowerOfLoss, Recorded, Schedule, WarmUp

LOSSES = np.array([4.0, 1.0])
ALL = [Constant(), WarmUp(10), PowerOfLoss(-0.5), CosineDecay(10, end=0.2), Recorded((0.5, 2.0))]
each = pytest.mark.parametrize("schedule", ALL, ids=repr)


@each
@pytest.mark.parametrize("loss", [3.0, LOSSES, np.ones((0,))], ids=["one run", "two runs", "none"])
def test_there_is_one_factor_for_each_run(schedule, loss):
    assert np.shape(schedule(3, loss)) == np.shape(loss)


@each
def test_a_schedule_looks_at_the_loss_only_if_it_says_so(schedule):
    factors = [schedule(step, LOSSES) for step in range(20)]
    assert schedule.needs_loss or all(pair[0] == pair[1] for pair in factors)
    assert schedule.needs_loss is any(pair[0] != pair[1] for pair in factors)


@each
def test_equal_settings_are_equal_schedules_and_can_be_looked_up(schedule):
    twin = type(schedule)(**vars(schedule))
    assert twin == schedule
    assert len({twin, schedule, *ALL}) == len(ALL)


def test_the_constant_is_one():
    assert [Constant()(step, LOSSES).tolist() for step in (0, 10**9)] == [[1.0, 1.0]] * 2


def test_a_warm_up_rises_by_equal_parts_and_stays():
    factors = [float(WarmUp(steps=10)(step, 1.0)) for step in range(13)]
    assert_allclose(factors, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0, 1.0])
    assert float(WarmUp(steps=1)(0, 1.0)) == 1.0


def test_a_power_of_the_loss_is_relative_to_its_reference():
    assert PowerOfLoss(-0.5)(0, LOSSES).tolist() == [0.5, 1.0]
    assert PowerOfLoss(-0.5, reference=4.0)(0, LOSSES).tolist() == [1.0, 2.0]
    assert PowerOfLoss(2.0)(7, LOSSES).tolist() == [16.0, 1.0]
    assert PowerOfLoss(-0.5)(0, 0.0) == np.inf


def test_a_cosine_falls_from_one_to_its_end_is_halfway_in_the_middle_and_stays():
    schedule = CosineDecay(steps=100, end=0.2)
    factors = np.array([float(schedule(step, 1.0)) for step in range(200)])
    assert factors[0] == 1.0
    assert_allclose(factors[50], 0.6)
    assert_allclose(factors[:101] + factors[100::-1], 1.2)  # symmetric about the middle
    assert (np.diff(factors[:101]) < 0).all()
    assert_allclose(factors[100:], 0.2)


def test_recorded_factors_are_replayed_and_the_last_one_stays():
    factors = [float(Recorded([0.5, 0.0, 2.0])(step, 1.0)) for step in range(5)]
    assert factors == [0.5, 0.0, 2.0, 2.0, 2.0]


@each
def test_a_schedule_has_its_factor_at_every_step_of_a_run(schedule):
    """On |w|²/2 a step takes off η times the factor."""
    run, steps = dl.Run(learning_rate=0.1, start=dl.networks.Balanced((2.0,)), schedule=schedule), 25
    losses = dl.advance(dl.TwoPoint([0.0]), [run], np.arange(steps + 1)).loss[0]
    w = [2.0]
    for step in range(steps):
        w.append(w[-1] * (1 - 0.1 * float(schedule(step, w[-1] ** 2 / 2))))
    assert_allclose(losses, np.square(w) / 2, rtol=1e-12)


def test_a_replayed_run_is_the_run():
    """The factors of a schedule that follows the loss, written down, give the same run without looking at it."""
    problem, followed = dl.TwoPoint((3.0, 1.0), p=4), PowerOfLoss(-0.25)
    run, marks = dl.Run(dl.networks.Chain(2), 1e-2, start=dl.networks.Identity(0.0), schedule=followed), np.arange(101)
    losses = dl.advance(problem, [run], marks).loss
    again = dl.Run(
        run.network, 1e-2, start=run.start, schedule=Recorded([float(followed(0, loss)) for loss in losses[0]])
    )
    assert_allclose(dl.advance(problem, [again], marks).loss, losses, rtol=1e-12)


def test_a_schedule_of_one_s_own_is_a_frozen_dataclass_with_a_call():
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Halved(Schedule):
        def __call__(self, step, loss):
            return 0.5

    runs = [dl.Run(learning_rate=0.2, schedule=Halved()), dl.Run(learning_rate=0.1)]
    assert_allclose(*dl.advance(dl.TwoPoint([1.0]), runs, [0, 1, 10]).loss)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WarmUp(0), "steps is 0, it must be 1 or more"),
        (lambda: PowerOfLoss(float("nan")), "exponent is nan, it must be finite"),
        (lambda: PowerOfLoss(-0.5, reference=0.0), "reference is 0.0, it must be greater than 0"),
        (lambda: CosineDecay(0), "steps is 0, it must be 1 or more"),
        (lambda: CosineDecay(10, end=-1.0), "end is -1.0, it must be 0 or more"),
        (lambda: Recorded([]), "give at least one"),
        (lambda: Recorded([1.0, -0.5]), "factors holds -0.5"),
        (lambda: Recorded([[1.0]]), "factors has 2 dimensions"),
    ],
)
def test_what_cannot_be_is_refused_with_the_value_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
