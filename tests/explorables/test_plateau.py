"""PlateauLab: its runs against the rest of the package, its two laws against the flow, and what each start does."""

import math
import re

import numpy as np
import pytest
from domains import over
from scipy.integrate import solve_ivp

import deeplinear as dl
from deeplinear.explorables import PlateauLab
from deeplinear.explorables.plateau.lab import TARGETS
from deeplinear.explorables.plateau.wait import wait_as_it_is, wait_if_balanced

CHAINS = {
    "positive": [0.1, 0.2, 0.05],
    "negative": [0.1, -0.2, 0.05, 0.3],
    "negative, the first smallest": [-0.02, 0.1, 0.1],
    "one at zero": [0.0, 0.1, 0.3],
    "two": [-0.2, 0.1],
    "nearly equal": [0.1, -0.1000001, 0.3, 0.2],
    "large": [-1.0, 1.02, 0.97, 1.01],
}


def along(lab):
    """The chain of N numbers of a start: the part of the vector along the target, and the numbers."""
    vector, *numbers = lab.start
    return [float(vector[0] @ TARGETS[lab.target]), *(float(number[0, 0]) for number in numbers)]


@pytest.mark.parametrize("depth", [1, 2, 4, 16])
@pytest.mark.parametrize(("identity", "target"), [(0, "ahead"), (0.4, "behind"), (1, "opposite")])
def test_a_run_is_what_the_core_computes_step_by_step(depth, identity, target):
    lab = PlateauLab(depth=depth, identity=identity, target=target, scale=0.3, learning_rate=0.02, steps=120)
    run, layers, y = lab.compute(), lab.start, np.array(TARGETS[target])
    losses, sizes = [], []
    for _ in range(121):
        residual = dl.end_to_end(layers)[0] - y
        losses.append(residual @ residual / 2)
        sizes.append([np.linalg.norm(layer) for layer in layers])
        layers = dl.gradient_step(layers, residual, lab.learning_rate)
    np.testing.assert_allclose(run.loss, np.array(losses)[run.steps], rtol=1e-10)
    np.testing.assert_allclose(run.layers.T, np.array(sizes)[run.steps], rtol=1e-10)


@pytest.mark.claim("plateau-wait", "T = ∫ dz / Π_j √(g_j + z²) is when the flow of the chain arrives", tolerance=2e-6)
@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_the_law_is_the_flow_of_a_chain_under_a_constant_gradient(chain):
    def rate(_, x):
        return [math.prod(x[:j]) * math.prod(x[j + 1 :]) for j in range(len(x))]

    def reached(_, x):
        return math.prod(x) - 0.3

    reached.terminal = True
    flow = solve_ivp(rate, (0, 1e6), chain, events=reached, rtol=1e-11, atol=1e-13, method="DOP853")
    assert wait_as_it_is(chain, 0.3) == pytest.approx(flow.t_events[0][0], rel=2e-6)


def arrival(chain, until, size):
    """When the flow of the chain under a gradient of this size has made its product `until`; infinite if it rests.

    The path is followed along its length, with the time beside it: a start near zero waits for 10²⁴ units of time.
    """

    def velocity(x):
        return np.array([size * math.prod(x[:j]) * math.prod(x[j + 1 :]) for j in range(len(x))])

    def rate(_, state):
        speed = velocity(state[:-1])
        norm = np.linalg.norm(speed)
        return np.append(speed / norm, 1 / norm)

    def reached(_, state):
        return math.prod(state[:-1]) - until

    reached.terminal = True
    if not velocity(chain).any():
        return math.inf
    smallest = 1e-12 * max(map(abs, chain))
    tolerances = {"rtol": 1e-11, "atol": smallest, "first_step": smallest}
    flow = solve_ivp(rate, (0, 1e6), [*chain, 0.0], events=reached, method="DOP853", **tolerances)
    return flow.y_events[0][0][-1]


@pytest.mark.claim("plateau-wait", "the same over all depths, signs and sizes, the edges included", tolerance=1e-5)
@over("plateau-wait", examples=60)
def test_the_law_holds_over_its_domain(case):
    chain = case.x.tolist()
    law = wait_as_it_is(chain, case.r)
    if math.prod(chain) >= case.r:
        assert law is None
        return
    sizes = sorted(map(abs, chain))
    barred = math.prod(chain) <= 0 and sizes[0] == sizes[1]
    assert math.isinf(law) == barred
    if not barred:
        assert law / case.c == pytest.approx(arrival(chain, case.r, case.c), rel=1e-5)


@pytest.mark.claim(
    "plateau-wait",
    "without a constant gradient: from 0.9 to 0.99 of the target it takes more than twice as long as the law says",
    kind="counterexample",
    without="constant",
)
def test_where_the_gradient_shrinks_on_the_way_the_wait_is_longer():
    chain, target = np.full(2, 0.9**0.5), 0.99
    flow = solve_ivp(
        lambda _, x: (1 - x[0] * x[1]) * x[::-1], (0, 9), chain, events=lambda _, x: x[0] * x[1] - target, rtol=1e-9
    )
    assert flow.t_events[0][0] > 2 * wait_as_it_is(chain.tolist(), target) / (1 - 0.9)


@pytest.mark.parametrize("depth", [2, 3, 5, 16])
def test_for_equal_layers_the_law_is_that_of_a_balanced_network(depth):
    size = 0.5**depth
    assert wait_as_it_is([0.5] * depth, 0.9) == pytest.approx(wait_if_balanced(size, 0.9, depth), rel=1e-6)


def test_each_further_balanced_layer_multiplies_the_wait_by_one_over_sigma():
    waits = [wait_if_balanced(0.01**depth, 1.0, depth) * (depth - 2) for depth in (3, 4, 5)]
    assert waits[1] / waits[0] == pytest.approx(100, rel=0.02)
    assert waits[2] / waits[1] == pytest.approx(100, rel=0.02)


def test_without_a_plateau_there_is_no_wait_and_with_no_way_out_it_never_ends():
    assert wait_as_it_is([0.9, 0.9], 0.3) is wait_if_balanced(0.9, 0.3, 4) is None
    assert wait_as_it_is([0.1], 0.3) is wait_if_balanced(0.1, 0.3, 1) is None
    assert wait_as_it_is([0.0, 0.0, 0.5], 0.3) == wait_if_balanced(0.0, 0.3, 3) == math.inf
    assert wait_as_it_is([-0.1, 0.1, 0.5], 0.3) == math.inf


@pytest.mark.claim("plateau-wait", "descent on ½‖w − y‖² from near zero leaves its plateau then", tolerance=3e-2)
@pytest.mark.parametrize("seed", [3, 4, 6, 8, 62])
@pytest.mark.parametrize("depth", [3, 4])
def test_networks_near_zero_leave_when_the_law_says_signs_right_or_wrong(depth, seed):
    run = PlateauLab(depth=depth, seed=seed, learning_rate=0.1).compute()
    assert run.left == pytest.approx(run.wait, rel=0.03, abs=8)


def test_balanced_layers_would_wait_for_another_time():
    runs = [PlateauLab(depth=4, seed=seed, learning_rate=0.1).compute() for seed in (2, 3, 6)]
    assert all(abs(run.wait - run.left) < 0.1 * abs(run.wait_balanced - run.left) for run in runs)


@pytest.mark.claim("plateau-wait", "from a negative product the smallest number changes its sign, it alone")
@pytest.mark.parametrize(("depth", "seed"), [(4, 3), (4, 4), (4, 6), (4, 8), (3, 4)])
def test_where_the_sign_is_wrong_the_smallest_number_is_the_one_that_changes_it(depth, seed):
    lab = PlateauLab(depth=depth, seed=seed)
    chain, run = along(lab), lab.compute()
    assert math.prod(chain) < 0
    assert run.flipped == 1 + int(np.argmin(np.abs(chain)))
    assert 0 < run.flip < run.left


def test_a_vector_that_is_smallest_turns_and_no_number_changes_its_sign():
    lab = PlateauLab(depth=4, identity=1, scale=0.01, target="opposite", seed=3)
    assert np.argmin(np.abs(along(lab))) == 0
    run = lab.compute()
    assert run.flip is None
    assert run.left is not None


@pytest.mark.claim("plateau-wait", "through two numbers of one size there is no way", kind="counterexample")
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_from_the_identity_without_noise_the_opposite_target_is_out_of_reach(depth):
    run = PlateauLab(depth=depth, identity=1, scale=0, target="opposite").compute()
    assert run.wait == math.inf
    assert run.left is None
    assert run.loss[-1] == pytest.approx(0.5, abs=1e-3)
    assert PlateauLab(depth=1, identity=1, scale=0, target="opposite").compute().left is not None


@pytest.mark.parametrize("depth", [1, 2, 8, 16])
def test_the_identity_start_is_as_far_from_the_target_as_zero_and_leaves_at_once(depth):
    run = PlateauLab(depth=depth, identity=1, scale=0, learning_rate=0.05).compute()
    assert run.loss[0] == 0.5
    assert run.wait is run.wait_balanced is None
    assert run.left < 20
    assert run.loss[-1] <= 1e-8


def test_zero_is_a_saddle_that_only_depth_one_leaves():
    assert PlateauLab(depth=1, scale=0).compute().left == 2
    run = PlateauLab(depth=3, scale=0).compute()
    assert run.wait == run.wait_balanced == math.inf
    assert set(run.loss) == {0.5}


def test_at_depth_8_a_rate_that_ends_the_wait_is_too_large_for_what_comes_after():
    runs = {rate: PlateauLab(depth=8, learning_rate=rate).compute() for rate in (0.2, 100, 1000)}
    assert runs[0.2].left is runs[0.2].diverged is runs[100].left is runs[100].diverged is None
    assert runs[1000].diverged == pytest.approx(runs[1000].wait, rel=0.01)


def test_a_step_too_large_can_throw_the_network_back_into_the_saddle():
    run = PlateauLab(depth=5, learning_rate=1).compute()
    assert (run.left, run.diverged) == (1179, None)
    assert run.loss[-1] == pytest.approx(0.5, abs=1e-5)


def test_depth_one_shrinks_the_residual_by_one_factor():
    run = PlateauLab(depth=1, learning_rate=0.3, steps=20).compute()
    np.testing.assert_allclose(run.loss, run.loss[0] * 0.49**run.steps, rtol=1e-9)


def test_a_deeper_network_has_the_noise_of_a_shallower_one():
    shallow, deep = PlateauLab(depth=3).start, PlateauLab(depth=7).start
    for a, b in zip(shallow, deep, strict=False):
        np.testing.assert_array_equal(a, b)


def test_records_are_in_order_and_end_where_the_run_does():
    for state in ({}, {"depth": 16, "identity": 1}, {"learning_rate": 50.0, "identity": 1}, {"steps": 1}):
        lab = PlateauLab(**state)
        run = lab.compute()
        assert (np.diff(run.steps) > 0).all()
        assert run.layers.shape == (lab.depth, len(run.steps))
        assert run.steps[-1] == lab.steps or run.loss[-1] <= 1e-8 or run.steps[-1] == run.diverged


@pytest.mark.parametrize(
    ("control", "value", "error", "message"),
    [
        ("depth", 0, ValueError, "depth is 0, it must be 1 or more"),
        ("depth", 17, ValueError, "depth is 17, it must be 16 or less"),
        ("learning_rate", 0, ValueError, "learning_rate is 0, it must be greater than 0"),
        ("scale", -0.1, ValueError, "scale is -0.1, it must be 0 or more"),
        ("scale", 2, ValueError, "scale is 2, it must be 1 or less"),
        ("identity", 1.5, ValueError, "identity is 1.5, it must be 1 or less"),
        ("target", "up", ValueError, "target is 'up', it must be one of 'ahead', 'behind', 'opposite'"),
        ("seed", 1.0, TypeError, "seed is 1.0, it must be a whole number"),
        ("steps", 10**6, ValueError, r"steps is 1e\+06, it must be 100000 or less"),
    ],
)
def test_a_value_out_of_place_is_refused_by_name(control, value, error, message):
    with pytest.raises(error, match=message):
        PlateauLab(**{control: value})


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, "leaves its plateau at step 696; the law says 690 for these layers and"),
        ({"depth": 8}, "is still on its plateau after 10,000 steps; the law says that it leaves at step 3.1·10⁷"),
        ({"depth": 8, "learning_rate": 1000}, "diverges as it leaves it, at step 6,146"),
        ({"scale": 0}, "will never leave: all layers are zero"),
        ({"depth": 8, "identity": 1, "learning_rate": 0.1}, "starts at once and has halved its loss after 6 steps"),
    ],
)
def test_the_summary_says_what_happens(state, words):
    assert words in PlateauLab(**state).summary()


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"depth": 16, "identity": 1},
        {"depth": 16, "scale": 1, "seed": 7},
        {"depth": 1, "learning_rate": 1e9},
        {"depth": 8, "learning_rate": 1e300, "identity": 1},
        {"scale": 0},
        {"identity": 1, "scale": 1e-3, "target": "opposite"},
        {"steps": 1},
    ],
)
def test_a_poster_can_be_drawn_of_any_state_and_is_light(state):
    poster = PlateauLab(**state).poster(standalone=True)
    assert poster.startswith("<svg ")
    assert not re.search("nan|inf", poster)
    assert len(poster.encode()) < 12_000


def test_the_page_is_light():
    assert len(PlateauLab()._repr_mimebundle_()[0]["text/html"].encode()) <= 56_500
