"""The one rule for rates: what it chooses, what it refuses and says, and a search that gives it enough to go by."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import deeplinear as dl
from deeplinear.replication import records
from deeplinear.training.sweeps import best_rate
from deeplinear.training.tuning import Search, best_rates, choose, rate, search_together
from deeplinear.training.tuning.search import COARSE, PROBE

INF, NAN = math.inf, math.nan
LOSSES = st.sampled_from([1.0, 2.0, 3.0, INF, NAN])


@st.composite
def grids(draw):
    """Rates in any order, and final losses with ties, diverged runs and runs that were not made."""
    rates = draw(st.lists(st.sampled_from([rate(k) for k in range(-6, 6)]), min_size=1, max_size=7, unique=True))
    seeds = draw(st.integers(1, 5))
    row = st.lists(LOSSES, min_size=seeds, max_size=seeds)
    return rates, draw(st.lists(row, min_size=len(rates), max_size=len(rates)))


def by_the_docstring(rates, finals, survival, neighbours, edges):
    """The rule as its docstring states it, in plain Python."""
    tried = sorted((eta, [f for f in row if not math.isnan(f)]) for eta, row in zip(rates, finals, strict=True))
    tried = [(eta, row) for eta, row in tried if row]

    def survives(i):
        return sum(map(math.isfinite, tried[i][1])) / len(tried[i][1]) >= survival

    admissible, on_the_edge = [], []
    for i, (eta, row) in enumerate(tried):
        asked = [i, i - 1] if neighbours == "below" else [i, i - 1, i + 1]
        if all(survives(j) for j in asked if 0 <= j < len(tried)):
            is_edge = i in (0, len(tried) - 1) and not edges
            (on_the_edge if is_edge else admissible).append((np.median(row), eta))
    best = min(admissible, default=None)
    if best is None or (on_the_edge and min(on_the_edge) < best):
        return None
    return best[1]


@settings(deadline=None)
@given(grids(), st.sampled_from([0.6, 0.95, 1.0]), st.sampled_from(["both", "below"]), st.booleans())
def test_the_rule_is_what_its_docstring_says(grid, survival, neighbours, edges):
    choice = choose(*grid, survival=survival, neighbours=neighbours, edges=edges)
    assert choice.learning_rate == by_the_docstring(*grid, survival, neighbours, edges)


@settings(deadline=None)
@given(grids())
def test_a_chosen_rate_survives_between_neighbours_that_survive(grid):
    choice = choose(*grid)
    if choice.learning_rate is None:
        return
    tried = choice.survival[~np.isnan(choice.survival)]
    place = choice.rates[~np.isnan(choice.survival)].tolist().index(choice.learning_rate)
    assert 0 < place < len(tried) - 1, "not an edge of what was tried"
    assert (tried[place - 1 : place + 2] >= 0.95).all()
    assert choice.learning_rate not in choice.refused
    better = choice.rates[choice.median < choice.median[choice.rates == choice.learning_rate]]
    assert set(better) <= set(choice.refused), "whatever is better is refused, with a reason"


@settings(deadline=None)
@given(grids(), st.randoms())
def test_the_order_of_rates_and_seeds_does_not_matter(grid, random):
    rates, finals = grid
    order = random.sample(range(len(rates)), len(rates))
    seeds = random.sample(range(len(finals[0])), len(finals[0]))
    again = choose([rates[i] for i in order], [[finals[i][j] for j in seeds] for i in order])
    assert again.learning_rate == choose(rates, finals).learning_rate
    assert again.refused == choose(rates, finals).refused


@settings(deadline=None)
@given(grids())
def test_a_rate_that_was_not_run_does_not_count(grid):
    rates, finals = grid
    more = choose([*rates, 100.0, 1e-9], [*finals, *[[NAN] * len(finals[0])] * 2])
    assert more.learning_rate == choose(rates, finals).learning_rate
    assert 100.0 not in more.refused
    assert np.isnan(more.survival[[0, -1]]).all()


def test_nothing_is_chosen_where_nothing_was_run():
    choice = choose([1.0, 2.0, 3.0], np.full((3, 2), NAN))
    assert choice.learning_rate is None
    assert choice.refused == {}


def test_of_equal_rates_the_smallest_is_chosen():
    assert choose([1, 2, 3, 4, 5], [[2.0], [1.0], [1.0], [1.0], [2.0]]).learning_rate == 2


def seeds(alive, total=20, loss=1.0):
    return [loss] * alive + [INF] * (total - alive)


def test_nineteen_of_twenty_seeds_are_enough_and_eighteen_are_not():
    gentle = seeds(20, loss=2.0)
    assert choose([1, 2, 3, 4], [gentle, gentle, seeds(19), seeds(19, loss=9.0)]).learning_rate == 3
    choice = choose([1, 2, 3, 4], [gentle, gentle, seeds(18), seeds(19, loss=9.0)])
    assert choice.learning_rate is None, "the next smaller one has it for a neighbour"
    assert choice.refused[3] == "only 18 of 20 seeds survive"
    assert choice.refused[2] == "only 18 of 20 seeds survive at its neighbour 3"


# Each hypothesis of the rule matters: without it, something gets chosen that should not.


def test_without_survival_a_lottery_winner_is_chosen():
    """At the third rate most seeds live and end lowest; two of twenty are dead."""
    rates = [1, 2, 3, 4, 5]
    finals = [seeds(20, loss=4.0), seeds(20, loss=3.0), seeds(20, loss=2.0), seeds(18), seeds(15, loss=3.0)]
    assert choose(rates, finals, survival=0.6).learning_rate == 4
    assert choose(rates, finals).learning_rate == 2


def test_without_the_edge_a_rate_is_chosen_that_a_longer_grid_would_beat():
    rates, finals = [1, 2, 3], [[3.0], [2.0], [1.0]]
    assert choose(rates, finals, edges=True).learning_rate == 3
    assert choose(rates, finals).learning_rate is None
    assert choose(rates, finals).beyond == "above"
    assert choose(rates, finals[::-1]).beyond == "below"
    assert choose([*rates, 4], [*finals, [2.0]]).learning_rate == 3


def test_without_the_smaller_neighbour_an_island_is_chosen():
    """A rate that every seed survives, among rates that diverge."""
    rates, finals = [1, 2, 3, 4, 5, 6], [[4.0], [3.0], [3.5], [INF], [1.0], [INF]]
    assert rates[int(np.nanargmin([row[0] for row in finals]))] == 5
    for neighbours in ("both", "below"):
        choice = choose(rates, finals, neighbours=neighbours)
        assert choice.learning_rate == 2
        assert choice.refused[5] == "none of 1 seeds survives at its neighbour 4"


def test_without_the_larger_neighbour_the_brink_is_chosen():
    rates, finals = [1, 2, 3, 4], [[4.0], [3.0], [2.0], [INF]]
    assert choose(rates, finals, neighbours="below").learning_rate == 3
    assert choose(rates, finals).learning_rate == 2
    assert choose(rates, finals).refused[3] == "none of 1 seeds survives at its neighbour 4"


@pytest.mark.parametrize(
    ("rates", "finals", "settings", "words"),
    [
        ([1.0, 2.0], [[1.0]], {}, r"must be \(rates,\) and \(rates, seeds\)"),
        ([1.0, 1.0], [[1.0], [1.0]], {}, "each must be positive and given once"),
        ([0.0, 1.0], [[1.0], [1.0]], {}, "each must be positive"),
        ([1.0], [[-INF]], {}, "diverged ends at inf"),
        ([1.0], [[1.0]], {"survival": 0.5}, "above 0.5"),
        ([1.0], [[1.0]], {"neighbours": "none"}, "'both' or 'below'"),
    ],
)
def test_what_cannot_be_judged_is_an_error(rates, finals, settings, words):
    with pytest.raises(ValueError, match=words):
        choose(rates, finals, **settings)


@pytest.mark.parametrize(
    "name", ["figure-3-l2", "figure-3-l4", "figure-4-right", "figure-5-left", "baselines-l4", "ablation"]
)
def test_the_records_of_the_first_edition_keep_their_best_rates(name):
    """One seed on the grid, only the next smaller rate must survive, and an edge may be the best."""
    record = records.read(name)
    for configuration in record.names:
        for step in (None, record.steps[len(record.steps) // 2]):
            rates, ends = record.grid(configuration, step)
            tame = np.isfinite(np.concatenate([[0.0], ends[:-1]]))
            lowest = rates[np.where(tame, ends, INF).argmin()]
            assert choose(rates, ends[:, None], neighbours="below", edges=True).learning_rate == lowest


# The search.


def searched(final, **settings):
    search = Search(**settings)
    while wanted := search.wanted():
        assert not set(wanted) & set(search.finals), "nothing is run twice"
        search.finals |= {(index, seed): final(index, seed) for index, seed in wanted}
        assert len(search.finals) < 2000
    return search


@settings(deadline=None, max_examples=40)
@given(st.integers(-65, 55), st.integers(2, 30), st.integers(1, 20))
def test_the_best_has_both_neighbours_on_the_lattice_run_with_all_seeds(peak, room, count):
    """A loss that falls towards `peak` and diverges `room` places above it."""
    search = searched(lambda k, _: 1 + abs(k - peak) if k < peak + room else INF, seeds=range(count))
    assert search.best == peak
    assert {(k, seed) for k in (peak - 1, peak, peak + 1) for seed in range(count)} <= set(search.finals)
    assert rate(peak + 1) / rate(peak) == pytest.approx(1.25, rel=1e-3)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_whatever_the_losses_are_a_better_rate_is_refused_for_what_was_seen(number):
    """Seeds die at random around a brink: the chosen rate is the rule's, and its neighbours are on the lattice."""
    rng = np.random.default_rng(number)
    brink, width = rng.uniform(-40, 0), rng.uniform(0.1, 8)
    table = {}

    def final(k, seed):
        alive = rng.uniform() > 1 / (1 + math.exp(-np.clip((k - brink) / width, -50, 50)))
        return table.setdefault((k, seed), 100 - k + rng.uniform() if alive else INF)

    try:
        search = searched(final, seeds=range(20))
    except ValueError as error:
        assert "gone beyond" in str(error) or "diverges" in str(error)  # noqa: PT017
        return
    choice, best = search.choice, search.best
    for k in (best - 1, best, best + 1):
        alive = [math.isfinite(table[k, seed]) for seed in range(20)]
        assert sum(alive) >= 19
    better = choice.rates[choice.median < choice.median[choice.rates == choice.learning_rate]]
    assert set(better) <= set(choice.refused)


def test_a_rate_that_a_few_seeds_survive_by_luck_is_refused_by_all_of_them():
    """The first seeds go on to -20; of twenty, three die at -21 and two at -22."""
    deaths = {-21: range(5, 8), -22: range(6, 8)}
    search = searched(lambda k, seed: INF if k > -20 or seed in deaths.get(k, ()) else 100.0 - k, seeds=range(20))
    assert search.best == -24
    assert "18 of 20 seeds survive" in search.choice.refused[rate(-22)]
    assert "at its neighbour" in search.choice.refused[rate(-23)]


def test_one_dead_seed_of_the_first_three_does_not_condemn_a_rate():
    search = searched(lambda k, seed: INF if k > -18 or (k >= -20 and seed == 1) else -1.0 * k, seeds=range(20))
    assert search.best == -19
    assert search.choice.survival[search.choice.rates == rate(-19)] == 0.95


def test_a_rate_right_below_divergence_is_refused_unless_only_the_smaller_neighbour_counts():
    def final(k, _):
        return float(-k) if k <= -19 else INF

    assert searched(final).best == -20
    brink = searched(final, neighbours="below")
    assert brink.best == -19
    assert brink.finals[-18, 0] == INF


def test_a_second_best_between_coarse_rates_does_not_stop_it():
    """The neighbours of the best are tried, not those of where the search began."""
    search = searched(lambda k, _: abs(k + 34) + 0.1)
    assert search.best == -34


def test_runs_that_collapse_among_diverging_rates_do_not_end_the_search():
    """Two rates that are far too large throw the weights to the same saddle;
    the good ones lie below all that was tried.
    """
    search = searched(lambda k, _: 5.349 if k in (-20, -8) else abs(k + 41) + 1.0 if k < -37 else INF)
    assert search.best == -41


@pytest.mark.parametrize("level", [0.5, 50.0])
def test_an_island_among_diverging_rates_is_not_taken(level):
    """Survivors by chance, and the gentle rates far below that are better or worse than they."""
    search = searched(lambda k, _: 4.0 if k in (-24, -25) else level + abs(k + 42) if k < -37 else INF)
    assert search.best == -42


def test_where_no_rate_matters_far_larger_ones_are_tried_and_all_up_to_the_brink():
    search = searched(lambda k, _: 5.3486 * (1 - 1e-10 * k) if k < 13 else INF, starts={0: 5.3486})
    assert search.stuck
    assert max(search.tried) == PROBE[-1]
    assert {12, 13} <= set(search.tried), "the largest rate that survives, and the next"


def test_a_rate_at_the_brink_that_moves_a_run_is_found():
    search = searched(lambda k, _: 5.3486 if k < 13 else 20.0 - k if k < 18 else INF, starts={0: 5.3486})
    assert not search.stuck
    assert search.best == 16, "the largest whose neighbours survive"


def test_a_run_that_nothing_moves_ends_the_search_without_a_best():
    search = searched(lambda k, _: 5.3486 * (1 - 1e-12 * k), starts={0: 5.3486})
    assert search.stuck
    assert search.best is None


def test_a_probe_that_moves_is_followed():
    search = searched(lambda k, _: 5.0 if k < 5 else 1 + abs(k - 18) if k < 22 else INF, starts={0: 5.0})
    assert not search.stuck
    assert search.best == 18


@pytest.mark.parametrize("kept", [range(-99, -14), range(-36, 42)])
def test_rates_that_all_reach_the_optimum_are_not_stuck(kept):
    """They end alike, and far from where they started: the smallest that is done within the budget is chosen."""
    search = searched(lambda k, _: INF if k not in kept else 0.25 if k > -33 else 30.0, starts={0: 40.0})
    assert not search.stuck
    assert search.best == -32


def test_equal_losses_are_not_told_apart_by_rounding():
    noise = np.random.default_rng(0)
    rounding = searched(lambda k, _: 0.25 * (1 + 1e-15 * noise.normal()) if k > -33 else 30.0, starts={0: 40.0})
    assert rounding.best == -32
    tenth = [[2.0], [1.0000000004], [1.0], [1.0000000002], [2.0]]
    assert choose([1, 2, 3, 4, 5], tenth).learning_rate == 2
    ninth = [[2.0], [1.00000001], [1.0], [1.00000001], [2.0]]
    assert choose([1, 2, 3, 4, 5], ninth).learning_rate == 3


def test_losses_at_the_floor_of_rounding_are_equal():
    """As are losses that rounding has taken below zero; one that is higher, however small, is not."""

    def final(k, _):
        return -1e-15 if k == -20 else 4e-16 * (k % 5) if k > -33 else 1e-10

    search = searched(final, starts={0: 40.0})
    assert search.best == -32
    assert search.choice.median[-1] == pytest.approx(40e-12)


def test_a_best_that_runs_away_is_an_error():
    with pytest.raises(ValueError, match=r"best rate has gone beyond .*e\+07"):
        searched(lambda k, _: math.exp(-k))
    with pytest.raises(ValueError, match=r"every rate down to .*e-08 diverges"):
        searched(lambda k, _: INF)


def test_all_searches_advance_together_and_every_method_gets_the_same_lattice():
    peaks, batches = {"plain": -20, "Adam": -11}, []
    adam = dl.Run(optimizer=dl.optimizers.Adam())

    def train(runs):
        batches.append(runs)
        return [
            abs(math.log(run.learning_rate, 1.25) - peaks["Adam" if run.optimizer == adam.optimizer else "plain"])
            for run in runs
        ]

    searches = {name: Search(seeds=(4, 1, 2, 7)) for name in peaks}
    search_together({"plain": dl.Run(), "Adam": adam}, searches, train)
    assert {name: search.best for name, search in searches.items()} == peaks
    assert len(batches[0]) == 2 * 3 * len(COARSE)
    assert len({run for batch in batches for run in batch}) == sum(map(len, batches)), "nothing is run twice"
    assert {run.seed for run in batches[0]} == {4, 1, 2}, "a few seeds at first"


def test_an_error_names_the_method_and_a_loss_that_is_no_number_has_diverged():
    with pytest.raises(ValueError, match="Adam: every rate down to"):
        search_together({"Adam": dl.Run()}, {"Adam": Search()}, lambda runs: [NAN] * len(runs))


# The public door.

PROBLEM = dl.TwoPoint((10.0, 1.0), p=4)


@pytest.fixture(scope="module")
def tuned():
    return dl.tune(PROBLEM, dl.networks.Chain(2), budget=500, seeds=5)


def test_tune_says_the_rate_its_survival_and_its_horizon(tuned):
    assert tuned.horizon == 500
    assert tuned.survival == 1.0
    assert tuned.run == dl.Run(dl.networks.Chain(2), learning_rate=tuned.learning_rate)
    assert f"{tuned.learning_rate:.4g}, chosen by the median loss after 500 steps" in str(tuned)


def test_what_tune_reports_is_what_the_runs_give(tuned):
    runs = [dl.Run(dl.networks.Chain(2), learning_rate=tuned.learning_rate, seed=seed) for seed in range(5)]
    ends = dl.advance(PROBLEM, runs, [500]).loss[:, 0]
    np.testing.assert_allclose(tuned.grid.loss.sel(learning_rate=tuned.learning_rate), ends, rtol=1e-9)
    np.testing.assert_allclose(tuned.curves.loss.sel(step=500), ends, rtol=1e-9)
    row = tuned.grid.sel(learning_rate=tuned.learning_rate)
    assert [row[name].item() for name in ("lowest", "median", "highest")] == pytest.approx(
        np.quantile(ends, [0, 0.5, 1]).tolist()
    )


def test_the_grid_holds_every_rate_and_obeys_the_rule(tuned):
    again = choose(tuned.grid.learning_rate, tuned.grid.loss)
    assert again.learning_rate == tuned.learning_rate
    assert again.refused == tuned.refused
    assert tuned.grid.attrs["network"] == "Chain(depth=2)"
    assert tuned.grid.attrs["fingerprint"] == PROBLEM.fingerprint()


def test_every_refusal_is_told(tuned):
    dead = [eta for eta in tuned.refused if not tuned.grid.survival.sel(learning_rate=eta)]
    for eta, reason in tuned.refused.items():
        if eta not in dead:
            assert f"{eta:.4g}: {reason}" in str(tuned)
        assert reason in tuned._repr_html_()
    assert f"{dead[0]:.4g} to {dead[-1]:.4g}, {len(dead)} rates: no seed survives" in str(tuned)
    assert tuned._repr_html_().count("chosen") == 1


def test_seeds_are_a_number_or_a_list():
    one = dl.tune(PROBLEM, dl.networks.Chain(1), budget=50, seeds=[7, 3])
    assert one.grid.seed.values.tolist() == [7, 3]
    assert one.run.seed == 7
    with pytest.raises(ValueError, match=r"seeds is \(1, 1\)"):
        dl.tune(PROBLEM, dl.networks.Chain(1), seeds=[1, 1])
    with pytest.raises(ValueError, match="seeds is 0"):
        dl.tune(PROBLEM, dl.networks.Chain(1), seeds=0)


def test_runs_that_no_rate_moves_are_said_to_be_stuck():
    """Layers at 1e-60: their products, and all gradients, vanish within the budget."""
    start = dl.networks.NearZero(1e-60)
    with pytest.raises(ValueError, match=r"no rate from .* moves these runs in 30 steps"):
        dl.tune(PROBLEM, dl.networks.Chain(4), budget=30, seeds=3, start=start)


def test_runs_that_no_rate_moves_before_it_is_too_large_are_said_to_be_stuck():
    """Every rate below the brink, and what survives above it, ends at the loss of the start."""
    with pytest.raises(
        ValueError, match=r"moves these runs in 50 steps: all that survive end where they start, at 1\."
    ):
        dl.tune(dl.TwoPoint((1.0, 1.0)), dl.networks.Chain(5), budget=50, seeds=3)


def noisy(outputs=1):
    rng = np.random.default_rng(0)
    inputs = 3 * rng.normal(size=(50, 3))
    targets = inputs @ np.outer([1.0, 2.0, 3.0], np.arange(1, outputs + 1)) + rng.normal(size=(50, outputs))
    return dl.LpRegression(inputs, targets if outputs > 1 else targets[:, 0])


@pytest.mark.parametrize(
    ("problem", "network"),
    [(noisy(), dl.networks.Chain(1)), (noisy(2), dl.networks.Dense(2, 3))],
    ids=["chain", "two outputs"],
)
def test_a_method_that_converges_at_every_rate_has_a_rate(problem, network):
    tuned = dl.tune(problem, network, budget=5000, seeds=3)
    final = tuned.grid["median"].sel(learning_rate=tuned.learning_rate).item()
    assert final < tuned.curves.loss.isel(step=0).min().item() / 2
    smaller = tuned.grid["median"].sel(learning_rate=slice(None, tuned.learning_rate * 0.99)).values
    assert (smaller > final * (1 + 1e-10)).all(), "the smallest of those that are done"


class Flat(dl.problems.Problem):
    """A loss that is what is said everywhere, with the gradient that is said."""

    shape = (2,)

    def __init__(self, level, slope):
        self.level, self.slope = level, slope

    def loss(self, weights):
        return np.full(np.shape(weights)[:-1], self.level)

    def gradient(self, weights):
        return np.full(np.shape(weights), self.slope)


@pytest.mark.parametrize(
    ("level", "slope", "words"),
    [
        (0.0, 0.0, "^the loss is 0 at the start already, and stays: there is nothing to train"),
        (3.0, 0.0, "^no rate from .* where they start, at 3"),
        (3.0, NAN, "^the loss or its gradient is not a finite number at the start"),
        (NAN, NAN, "^the loss or its gradient is not a finite number at the start"),
    ],
)
def test_a_problem_that_cannot_be_tuned_on_is_told_what_it_is(level, slope, words):
    with pytest.raises(ValueError, match=words):
        dl.tune(Flat(level, slope), dl.networks.Chain(1), budget=20, seeds=2)
    with pytest.raises(ValueError, match=words.replace("^", "^mine: ")):
        dl.compare(Flat(level, slope), {"mine": {}}, budget=20, seeds=2)


def test_an_error_about_a_method_without_a_name_begins_with_a_word():
    with pytest.raises(ValueError, match=r"^every rate down to .*e-08 diverges"):
        search_together({"": dl.Run()}, {"": Search()}, lambda runs: [INF] * len(runs))


def test_wrong_kinds_are_refused_at_the_door():
    with pytest.raises(TypeError, match="network is 'chain'"):
        dl.tune(PROBLEM, "chain")
    with pytest.raises(TypeError, match="problem is"):
        dl.tune("l4", dl.networks.Chain(1))
    with pytest.raises(ValueError, match="budget is 0"):
        dl.tune(PROBLEM, dl.networks.Chain(1), budget=0)


def test_on_the_gas_sensor_problem_every_rate_is_refused_at_which_two_of_twenty_seeds_die():
    """Some rows of the stand-in for the data, and fewer steps: here too the lowest medians are those of survivors."""
    data = dl.load_ethanol(source="embedded")
    tuned = dl.tune(dl.LpRegression(data.inputs[:200], data.targets[:200], p=4), dl.networks.Chain(1), budget=300)
    deaths = np.isinf(tuned.grid.loss).sum("seed")
    lost = tuned.grid.learning_rate.values[(deaths > 1).values]
    assert set(lost) <= set(tuned.refused)
    assert all("survive" in tuned.refused[eta] for eta in lost)
    partly = [eta for eta in lost if 0 < tuned.grid.survival.sel(learning_rate=eta) < 0.95]
    assert partly, "there is such a rate"
    assert all(f"{eta:.4g}: {tuned.refused[eta]}" in str(tuned) for eta in partly)
    assert tuned.survival >= 0.95
    assert tuned.learning_rate < min(lost)


# Labelled sweeps.


def labelled(finals, **axes):
    """Losses at one step over learning rates 1, 2, 3, … and one seed."""
    import xarray as xr

    values = np.asarray(finals, dtype=float)
    coordinates = {**axes, "learning_rate": np.arange(1.0, values.shape[-1] + 1)}
    array = xr.DataArray(values, dims=list(coordinates), coords=coordinates)
    return array.expand_dims(seed=[0], step=[9])


def test_best_rates_keep_every_axis_of_the_sweep():
    loss = labelled([[[3, 1, 2], [4, 3, 9]], [[9, 7, 8], [4, 1, 2]]], depth=[1, 2], optimizer=["GD", "Adam"])
    best = best_rates(loss)
    assert best.dims == ("depth", "optimizer")
    assert best.sel(depth=2, optimizer="Adam").item() == 2.0


def test_an_error_about_a_sweep_names_the_place():
    loss = labelled([[[3, 1, 2], [3, 2, 1]]], depth=[2], optimizer=["GD", "Adam"])
    with pytest.raises(ValueError, match="at depth 2, optimizer Adam is 3, an edge of the grid: extend it above"):
        best_rates(loss)
    with pytest.raises(ValueError, match="every learning rate diverges at depth 2: extend the grid below 1"):
        best_rates(labelled([[INF, INF, INF]], depth=[2]))
    with pytest.raises(ValueError, match="no learning rate at depth 2 may be chosen"):
        best_rates(labelled([[INF, 1, INF]], depth=[2]))


@pytest.mark.parametrize(
    ("finals", "words"),
    [
        ([1, 2, 3], "at depth 2 is 1, an edge of the grid: extend it below"),
        ([3, 2, 1], "at depth 2 is 3, an edge of the grid: extend it above"),
        ([1, INF, INF], "extend it below"),
        ([1], "an edge of the grid"),
        ([INF, INF], "every learning rate diverges at depth 2: extend the grid below 1"),
    ],
)
def test_a_best_rate_at_the_edge_of_a_sweep_is_refused(finals, words):
    with pytest.raises(ValueError, match=words):
        best_rates(labelled([finals], depth=[2]))


def test_the_edge_is_by_size_and_not_by_position():
    loss = labelled([3, 1, 2])
    assert best_rates(loss.assign_coords(learning_rate=[3.0, 2.0, 1.0])).item() == 2.0
    with pytest.raises(ValueError, match="is 1, an edge of the grid"):
        best_rates(loss.assign_coords(learning_rate=[2.0, 1.0, 3.0]))


def test_the_median_over_seeds_counts_and_the_former_name_still_does():
    import xarray as xr

    loss = xr.concat([labelled([3, 1, 2]), labelled([3, 1, 2]), labelled([9, 100, 9])], dim="seed")
    assert best_rate(loss).item() == best_rates(loss).item() == 2.0


def test_a_sweep_without_other_axes_has_one_best_rate():
    assert best_rates(labelled([3, 1, 2])).item() == 2.0
    assert best_rates(labelled([3, 1, INF])).item() == 2.0
    with pytest.raises(ValueError, match="no learning rate may be chosen"):
        best_rates(labelled([3, 1, INF])[..., 1:], neighbours="both")
    with pytest.raises(ValueError, match="needs one named learning_rate"):
        best_rates(labelled([3, 1, 2]).isel(learning_rate=0))


@pytest.mark.parametrize(
    ("survival", "error"), [("x", TypeError), (None, TypeError), (NAN, ValueError), (0, ValueError)]
)
def test_a_fraction_of_survivors_that_is_none_is_named(survival, error):
    with pytest.raises(error, match="survival is"):
        dl.tune(dl.TwoPoint([1.0]), dl.networks.Chain(1), budget=1, seeds=1, survival=survival)
