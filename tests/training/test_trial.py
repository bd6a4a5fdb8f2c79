"""What classes of one's own return is looked at before the first step, and named with what is wanted."""

from dataclasses import InitVar, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deeplinear as dl
from deeplinear._door import checked_file
from deeplinear.networks import AllEqual, Balanced, Chain, Diagonal

POINTS = dl.TwoPoint((2.0, 1.0))


@dataclass(frozen=True)
class Step(dl.optimizers.Optimizer):
    """An optimizer that returns what it is told."""

    answer: Any = field(compare=False)
    acts_on: str = "entries"
    memory: Any = field(default=(), compare=False)

    def initial_state(self, parameters):
        return self.memory

    def step(self, parameters, gradient, state, learning_rate):
        return self.answer(parameters, state)

    def step_network(self, network, layers, slopes, gradients, state, learning_rate):
        return self.answer(layers, state)


@dataclass(frozen=True)
class Net(dl.networks.Network):
    back: Any = field(compare=False)
    forth: Any = field(default=lambda layers: layers[0], compare=False)

    def layer_shapes(self, shape):
        return (shape, shape)

    def weights(self, layers):
        return self.forth(layers)

    def pullback(self, layers, slopes):
        return self.back(slopes)


@dataclass(frozen=True)
class Factor(dl.schedules.Schedule):
    answer: Any

    def __call__(self, step, loss):
        return self.answer


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        (
            {"optimizer": Step(lambda p, s: p)},
            TypeError,
            r"Step.step returns an array of shape \(1, 3\): it must return a pair",
        ),
        ({"optimizer": Step(lambda p, s: None)}, TypeError, "Step.step returns None: it must return a pair"),
        ({"optimizer": Step(lambda p, s: (p, s, s))}, TypeError, "returns a tuple of 3"),
        ({"optimizer": Step(lambda p, s: (p[0], s))}, ValueError, r"of shape \(3,\) for those of shape \(1, 3\)"),
        ({"optimizer": Step(lambda p, s: (p, (p,)))}, TypeError, "the state a tuple of 1: it must be a tuple of 0"),
        (
            {"optimizer": Step(lambda p, s: (p, s), memory=0.0)},
            TypeError,
            "initial_state returns 0.0: .* a tuple of arrays",
        ),
        (
            {"optimizer": Step(lambda p, s: p, "layers")},
            TypeError,
            r"an array of shape \(1, 1, 2\): it must return a pair",
        ),
        ({"optimizer": Step(lambda p, s: (p[:1], s), "network")}, ValueError, "it must return the next layers"),
        (
            {"network": Net(lambda g: (g,))},
            ValueError,
            r"Net.pullback returns shapes \[\(1, 1, 2\)\]: .*gradient of every layer",
        ),
        ({"network": Net(lambda g: g)}, TypeError, "Net.pullback returns an array of shape .* in a tuple"),
        (
            {"network": Net(lambda g: (g, g), lambda layers: layers[0][0])},
            ValueError,
            r"Net.weights returns shape \(1, 2\)",
        ),
        ({"schedule": Factor("fast")}, TypeError, "Factor.__call__ returns 'fast' .*the factor on the learning rate"),
        ({"schedule": Factor(None)}, TypeError, "Factor.__call__ returns None"),
        ({"schedule": Factor((1.0, 2.0, 3.0))}, TypeError, "Factor.__call__ returns a tuple of 3"),
    ],
)
def test_what_is_returned_in_another_form_is_named(settings, error, words):
    settings = {"network": Chain(2)} | settings
    with pytest.raises(error, match=words):
        dl.advance(POINTS, [dl.Run(), dl.Run(**settings)], [1])


def test_what_is_returned_in_the_right_form_is_let_in():
    moves = Step(lambda p, s: (p, s), memory=(np.zeros(1),))
    runs = [dl.Run(optimizer=moves), dl.Run(network=Net(lambda g: (g, 0 * g))), dl.Run(schedule=Factor(0.5))]
    runs += [dl.Run(optimizer=Step(lambda p, s: (p, s), kind)) for kind in ("layers", "network")]
    assert np.isfinite(dl.advance(POINTS, runs, [3]).loss).all()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: dl.advance(POINTS, dl.Run(), [1]),
            TypeError,
            r"runs is Run\(.*give a list of dl.Run\(…\), \[run\] for one",
        ),
        (lambda: dl.advance(POINTS, [dl.Run()], [1], checkpoint=3), TypeError, "checkpoint is 3, it must be the path"),
        (
            lambda: dl.Run(optimizer=Step(None, "layer")),
            ValueError,
            "acts_on is 'layer', it must be one of 'entries', 'layers'",
        ),
        (lambda: AllEqual("x"), TypeError, "value is 'x', it must be a real number"),
        (lambda: AllEqual(float("nan")), ValueError, "value is nan, it must be finite"),
    ],
)
def test_what_cannot_be_used_is_refused_where_it_comes_in(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_checkpoint_may_be_named_by_a_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert checked_file("runs", "checkpoint") == Path("runs")
    here, there = (dl.advance(POINTS, [dl.Run()], [0, 9], checkpoint=name) for name in ("runs", Path("runs")))
    np.testing.assert_array_equal(here.loss, there.loss)


def test_a_balanced_start_of_a_network_that_is_no_chain_has_weights_of_its_own():
    u, v = dl.Run(network=Diagonal(2), start=Balanced(scale=0.1)).layers((2, 3))
    near_u, near_v = dl.Run(network=Diagonal(2), start=dl.networks.NearZero(0.1)).layers((2, 3))
    np.testing.assert_allclose(u**2 - v**2, near_u**2 - near_v**2, rtol=1e-12)
    assert (u * v == 0).all()


class Clip(dl.optimizers.GradientDescent):
    def __init__(self, limit):
        object.__setattr__(self, "limit", limit)

    def step(self, parameters, gradient, state, learning_rate):
        return parameters - learning_rate * np.clip(gradient, -self.limit, self.limit), state


class Gain(dl.networks.Dense):
    def __init__(self, gain):
        super().__init__(2, 3)
        object.__setattr__(self, "gain", gain)


@dataclass(frozen=True, eq=False)
class Late(dl.schedules.CosineDecay):
    wait: int = 0


@dataclass(frozen=True)
class Passed(dl.optimizers.GradientDescent):
    limit: InitVar[float] = 1.0

    def __post_init__(self, limit):
        object.__setattr__(self, "_limit", limit)


class Marked(dl.networks.Given):
    def __init__(self, layers, mark):
        super().__init__(layers)
        self.mark = mark


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"optimizer": Clip(1e-3)}, "optimizer is a Clip that holds limit, .* an equal Clip: write @dataclass"),
        ({"network": Gain(2.0)}, "network is a Gain that holds gain"),
        ({"schedule": Late(3, wait=2)}, "schedule is a Late that holds wait"),
        ({"optimizer": Passed(2.0)}, "optimizer is a Passed that holds _limit"),
        ({"start": Marked([[[1.0, 2.0]]], 3)}, "start is a Marked that holds mark"),
    ],
)
def test_a_setting_that_no_comparison_sees_is_refused(settings, words):
    with pytest.raises(TypeError, match=words):
        dl.Run(**settings)


@dataclass(frozen=True)
class Field(dl.optimizers.GradientDescent):
    limit: float = 1.0

    def __post_init__(self):
        object.__setattr__(self, "squared", self.limit**2)

    @cached_property
    def cubed(self):
        return self.limit**3


class Named(Field):
    """No settings of its own, so its parent's comparison is right for it."""

    def step(self, parameters, gradient, state, learning_rate):
        return parameters - learning_rate * np.clip(gradient, -self.cubed, self.squared), state


class Keyed(dl.optimizers.NaturalGradient):
    def __init__(self, covariance, gain):
        super().__init__(covariance)
        object.__setattr__(self, "gain", gain)

    @property
    def _key(self):
        return (*super()._key, self.gain)


class Apart(dl.optimizers.GradientDescent):
    def __init__(self, limit):
        object.__setattr__(self, "limit", limit)

    def __eq__(self, other):
        return type(other) is Apart and self.limit == other.limit

    def __hash__(self):
        return hash(self.limit)


@pytest.mark.parametrize("method", [Field(0.1), Named(0.1), Keyed(np.eye(2), 2.0), Apart(0.1)], ids=type)
def test_settings_that_are_compared_and_what_follows_from_them_are_let_in(method):
    getattr(method, "cubed", None)
    assert np.isfinite(dl.advance(POINTS, [dl.Run(optimizer=method)] * 2, [3]).loss).all()


PROBLEM = dl.LpRegression(np.diag([3.0, 2.0, 1.0, 0.5]), [1.0, -2.0, 0.5, 1.0], p=4)


@dataclass(frozen=True)
class Normed(dl.optimizers.GradientDescent):
    def step(self, parameters, gradient, state, learning_rate):
        return parameters - learning_rate * gradient / np.linalg.norm(gradient), state


@dataclass(frozen=True)
class Directions(dl.networks.Chain):
    def weights(self, layers):
        return super().weights(layers) / np.linalg.norm(layers[0])


@pytest.mark.parametrize(
    ("settings", "what"), [({"optimizer": Normed()}, "Normed.step"), ({"network": Directions(2)}, "Directions.weights")]
)
def test_what_mixes_the_runs_of_an_array_is_refused(settings, what):
    with pytest.raises(ValueError, match=f"{what} mixes the runs"):
        dl.advance(PROBLEM, [dl.Run(learning_rate=1e-3, **settings)], [0, 5])


@dataclass(frozen=True)
class Drop(dl.schedules.Schedule):
    def __call__(self, step, loss):
        return np.where(np.asarray(loss) < 0.5, 0.01, 1.0)


class Seeing(Drop):
    needs_loss = True


def test_a_schedule_that_looks_at_the_loss_has_to_say_so():
    with pytest.raises(ValueError, match="needs_loss = True"):
        dl.advance(PROBLEM, [dl.Run(learning_rate=1e-3, schedule=Drop())], [0, 5])
    dl.advance(PROBLEM, [dl.Run(learning_rate=1e-3, schedule=Seeing())], [0, 5])


@dataclass(frozen=True, eq=False)
class Layered(dl.networks.Start):
    made: tuple

    def layers(self, network, shape, seed):
        return self.made if len(self.made) != 1 else self.made[0]


@pytest.mark.parametrize(
    ("made", "kind", "said"),
    [
        ((np.ones((1, 4)), np.ones((1, 1)), np.ones((1, 1))), ValueError, "returns layers of shapes"),
        ((np.ones((3, 4)), np.ones((1, 3))), ValueError, "returns layers of shapes"),
        ((np.ones(4), np.ones(1)), ValueError, "returns layers of shapes"),
        ((np.ones((1, 4)),), TypeError, "a tuple of arrays"),
        ((np.full((1, 4), np.nan), np.ones((1, 1))), ValueError, "finite numbers"),
    ],
)
def test_a_start_gives_the_layers_of_the_network(made, kind, said):
    with pytest.raises(kind, match=said):
        dl.advance(PROBLEM, [dl.Run(dl.networks.Chain(2), 1e-3, start=Layered(made))], [0, 5])


@dataclass(frozen=True)
class Remembering(dl.optimizers.GradientDescent):
    kind: str = "mapping"

    def initial_state(self, parameters):
        return ({"mapping": {"m": parameters}, "list": [], "rows": np.zeros(7), "one": np.zeros(1)}[self.kind],)


@pytest.mark.parametrize(("kind", "said"), [("mapping", "a tuple of arrays"), ("list", ""), ("rows", "of the runs")])
def test_a_state_is_made_of_numbers_with_a_row_a_run(kind, said):
    with pytest.raises((TypeError, ValueError), match=said or "initial_state holds"):
        dl.advance(PROBLEM, [dl.Run(learning_rate=1e-3, optimizer=Remembering(kind))], [0, 5])


def test_a_state_that_all_runs_share_outlives_those_that_diverge():
    runs = [
        dl.Run(learning_rate=rate, optimizer=Remembering("one"), seed=i) for i, rate in enumerate((1e-3, 1e3, 1e-3))
    ]
    found = dl.advance(PROBLEM, runs, [0, 50])
    assert (found.diverged_at >= 0).tolist() == [False, True, False]


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """A checkpoint: its file, and what it holds. The file is not there."""
    from deeplinear import _files

    kept = []
    monkeypatch.setattr(_files, "save_arrays", lambda path, **arrays: kept.append((path, arrays)))
    dl.advance(PROBLEM, [dl.Run(learning_rate=1e-3)], [0, 50], checkpoint=tmp_path / "state")
    monkeypatch.undo()
    return kept[-1]


def advance_from(tmp_path):
    return dl.advance(PROBLEM, [dl.Run(learning_rate=1e-3)], [0, 50], checkpoint=tmp_path / "state")


@pytest.mark.parametrize("spoiled", ["coordinates", "step", "0-parameters"])
def test_a_checkpoint_that_lacks_something_is_damaged(tmp_path, saved, spoiled):
    path, arrays = saved
    np.savez(path, **{name: array for name, array in arrays.items() if name != spoiled})
    with pytest.raises(ValueError, match="is damaged"):
        advance_from(tmp_path)


def test_a_single_array_is_no_checkpoint(tmp_path, saved):
    with saved[0].open("wb") as stream:
        np.save(stream, np.ones(3))
    with pytest.raises(ValueError, match="is damaged"):
        advance_from(tmp_path)


@dataclass(frozen=True)
class Masked(dl.networks.Network):
    mask: Any

    def layer_shapes(self, shape):
        return (shape,)

    def weights(self, layers):
        return layers[0] * np.asarray(self.mask)

    def pullback(self, layers, slopes):
        return (slopes * np.asarray(self.mask),)


@dataclass(frozen=True)
class From(dl.networks.Start):
    layer: Any = field(hash=False)

    def layers(self, network, shape, seed):
        return (np.asarray(self.layer),)


@dataclass(frozen=True)
class Scaled(dl.optimizers.Optimizer):
    scale: Any

    def step(self, parameters, gradient, state, learning_rate):
        return parameters - learning_rate * np.asarray(self.scale) * gradient, state


@dataclass(frozen=True)
class Listed(dl.schedules.Schedule):
    factors: Any

    def __call__(self, step, loss):
        return self.factors[step]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"network": Masked(np.ones(2))}, "network is a Masked whose mask is an array: make it a tuple of numbers, or"),
        ({"start": From(np.ones((1, 2)))}, "start is a From whose layer is an array"),
        ({"optimizer": Scaled((np.ones(2),))}, "optimizer is a Scaled whose scale is a tuple, which can change"),
        ({"schedule": Listed([1.0, 0.5])}, r"@dataclass\(frozen=True, eq=False\) above Listed; then no two of them"),
    ],
)
def test_a_field_that_cannot_be_compared_is_refused_with_what_to_write(settings, words):
    with pytest.raises(TypeError, match=words):
        dl.Run(**settings)


def test_an_array_may_be_a_setting_of_a_class_that_is_not_compared():
    @dataclass(frozen=True, eq=False)
    class Masking(dl.networks.Network):
        mask: Any
        layer_shapes, weights, pullback = Masked.layer_shapes, Masked.weights, Masked.pullback

    pair = [dl.Run(kind(mask), learning_rate=0.1) for kind, mask in ((Masking, np.ones(2)), (Masked, (1.0, 1.0)))]
    np.testing.assert_array_equal(*dl.advance(POINTS, pair, [0, 5]).loss)


def test_what_holds_arrays_and_is_compared_is_itself_alone():
    result, again = (dl.advance(POINTS, [dl.Run()], [0, 1]) for _ in range(2))
    assert result != again
    assert POINTS.optimum != POINTS.optimum
    assert len({POINTS.optimum}) == 1
