"""Each optimizer against Keras's, step by step in float64, and the laws of the schedules."""

import numpy as np
import pytest

from deeplinear.optimizers import (
    AdaDelta,
    AdaGrad,
    Adam,
    Constant,
    GradientDescent,
    HeavyBall,
    Nesterov,
    PowerOfLoss,
    RMSProp,
    WarmUp,
)

ALL = [GradientDescent(), HeavyBall(), Nesterov(), AdaGrad(), AdaDelta(), RMSProp(), Adam()]


def gradient(w):
    """Of a loss with unequal curvatures and a quartic term, so that no two coordinates see the same history."""
    return np.array([5.0, 0.3, 1.0]) * (w - [1.0, -2.0, 0.0]) + w**3


def run(method, w, rate, steps=12):
    state = method.initial_state(w)
    path = []
    for _ in range(steps):
        w, state = method.step(w, gradient(w), state, rate)
        path.append(w)
    return np.array(path)


def in_keras(method, rate):
    import keras

    classes = {
        GradientDescent: lambda: keras.optimizers.SGD(rate),
        HeavyBall: lambda: keras.optimizers.SGD(rate, momentum=0.9),
        Nesterov: lambda: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
        AdaGrad: lambda: keras.optimizers.Adagrad(rate),
        AdaDelta: lambda: keras.optimizers.Adadelta(rate),
        RMSProp: lambda: keras.optimizers.RMSprop(rate),
        Adam: lambda: keras.optimizers.Adam(rate),
    }
    return classes[type(method)]()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", ALL, ids=lambda method: type(method).__name__)
def test_every_optimizer_takes_the_steps_that_keras_takes(method):
    import keras

    rate, start = 0.03, np.array([0.4, 0.1, -0.7])
    # Keras holds learning rates and coefficients in single precision, whatever the precision of the weights.
    reference = in_keras(method, rate)
    variable = keras.Variable(start, dtype="float64")
    path = []
    for _ in range(12):
        reference.apply([keras.ops.convert_to_tensor(gradient(np.asarray(variable)), dtype="float64")], [variable])
        path.append(np.array(variable))
    tolerance = 3e-6 if isinstance(method, Adam) else 3e-7  # 1 − β₂ᵗ starts at 0.001 and keeps four digits in single precision
    np.testing.assert_allclose(run(method, start, float(np.float32(rate))), path, rtol=0, atol=tolerance)


@pytest.mark.parametrize("method", ALL, ids=lambda method: type(method).__name__)
def test_a_batch_of_runs_is_the_runs_one_by_one(method):
    starts = np.random.default_rng(0).normal(size=(4, 3))
    rates = np.array([1e-3, 1e-2, 3e-2, 5e-2])
    together = run(method, starts, rates[:, None])
    for i, (start, rate) in enumerate(zip(starts, rates, strict=True)):
        np.testing.assert_array_equal(together[:, i], run(method, start, rate))


@pytest.mark.parametrize("method", ALL, ids=lambda method: type(method).__name__)
def test_a_step_changes_neither_the_parameters_nor_the_state_it_was_given(method):
    w = np.array([1.0, 2.0, 3.0])
    state = method.initial_state(w)
    kept = [np.array(part) for part in state]
    method.step(w, gradient(w), state, 0.1)
    assert w.tolist() == [1.0, 2.0, 3.0]
    assert all(np.array_equal(part, before) for part, before in zip(state, kept, strict=True))


def test_without_momentum_the_heavy_ball_is_gradient_descent():
    start = np.array([0.4, 0.1, -0.7])
    np.testing.assert_allclose(run(HeavyBall(0.0), start, 0.03), run(GradientDescent(), start, 0.03), rtol=1e-14)


def test_adam_s_first_step_is_the_learning_rate_whatever_the_gradient():
    method = Adam(epsilon=0.0)
    w = np.array([0.0, 0.0])
    moved, _ = method.step(w, np.array([1e-6, -1e6]), method.initial_state(w), 0.01)
    np.testing.assert_allclose(moved, [-0.01, 0.01], rtol=1e-12)


def test_the_schedules_are_what_they_say():
    loss = np.array([4.0, 1.0])
    assert Constant()(3, loss).tolist() == [1.0, 1.0]
    assert WarmUp(steps=10)(4, loss).tolist() == [0.5, 0.5]
    assert WarmUp(steps=10)(99, loss).tolist() == [1.0, 1.0]
    assert PowerOfLoss(-0.5)(0, loss).tolist() == [0.5, 1.0]
    assert PowerOfLoss(-0.5)(0, 0.0) == np.inf


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HeavyBall(1.0), "momentum is 1.0, it must be at least 0 and below 1"),
        (lambda: Adam(beta_2=-0.1), "beta_2 is -0.1"),
        (lambda: AdaDelta(epsilon=0.0), "epsilon is 0.0, it must be greater than 0"),
        (lambda: AdaGrad(initial_accumulator=-1.0), "initial_accumulator is -1.0"),
        (lambda: WarmUp(0), "steps is 0, it must be 1 or more"),
        (lambda: PowerOfLoss(float("nan")), "exponent is nan"),
        (lambda: GradientDescent().step([1.0], [1.0, 2.0], (), 0.1), r"shape \(1,\) and the gradient \(2,\)"),
    ],
)
def test_what_cannot_be_is_refused_with_the_value_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
