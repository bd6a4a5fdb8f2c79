"""The search for a rate: it ends beside the best, never at an edge, and says when there is nothing to find."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deeplinear.optimizers import Adam
from deeplinear.runs import Run
from deeplinear.tuning import COARSE, Search, rate, tune


def searched(final):
    search = Search()
    while wanted := search.wanted():
        assert not set(wanted) & set(search.finals), "nothing is tried twice"
        search.finals |= {index: final(index) for index in wanted}
    return search


@given(st.integers(-55, 40), st.integers(1, 30))
def test_the_best_has_both_neighbours_tried(peak, room):
    """A loss that falls towards `peak` and diverges `room` places above it."""
    search = searched(lambda index: 1 + abs(index - peak) if index < peak + room else math.inf)
    assert search.best == peak
    assert {peak - 1, peak + 1} <= set(search.finals)
    assert rate(peak + 1) / rate(peak) < 1.3


def test_a_best_rate_right_below_divergence_is_found():
    search = searched(lambda index: -index if index <= -19 else math.inf)
    assert search.best == -19
    assert search.finals[-18] == math.inf


def test_a_second_best_between_coarse_rates_does_not_stop_it():
    """The neighbours of the best are tried, not those of where the search began."""
    search = searched(lambda index: abs(index + 30) + 0.1)
    assert search.best == -30
    assert min(search.finals) < -30


def test_runs_that_collapse_among_diverging_rates_do_not_end_the_search():
    """Two rates that are far too large throw the weights to the same saddle; the good ones lie below all that was tried."""
    search = searched(lambda index: 5.349 if index in (-20, -8) else abs(index + 37) + 1.0 if index < -33 else math.inf)
    assert search.best == -37


def test_an_island_among_diverging_rates_is_not_taken():
    """A survivor by chance, and the gentle rates far below that are better or worse than it."""
    for level in (0.5, 50.0):
        search = searched(lambda index: 4.0 if index in (-24, -25) else level + abs(index + 38) if index < -33 else math.inf)  # noqa: B023
        assert search.best == -38
        assert {-39, -37} <= set(search.finals)


def test_where_no_rate_matters_far_larger_ones_are_tried():
    search = searched(lambda index: 5.3486 * (1 - 1e-10 * index) if index < 10 else math.inf)
    assert search.stuck
    assert max(search.finals) == 36
    assert {9, 10} <= set(search.finals), "the largest rate that survives is found"


def test_a_probe_that_moves_is_followed():
    search = searched(lambda index: 5.0 if index < 5 else 1 + abs(index - 18) if index < 22 else math.inf)
    assert not search.stuck
    assert search.best == 18
    assert {17, 19} <= set(search.finals)


def test_a_best_that_runs_away_is_an_error():
    with pytest.raises(ValueError, match="gone beyond"):
        searched(lambda index: math.exp(-index))
    with pytest.raises(ValueError, match="gone beyond"):
        searched(lambda index: math.inf)


def test_all_searches_advance_together_and_every_method_gets_the_same_lattice():
    peaks, batches = {"plain": -20, "Adam": -11}, []

    def train(runs):
        batches.append(runs)
        return [
            abs(9 * math.log10(run.learning_rate) - peaks["Adam" if isinstance(run.optimizer, Adam) else "plain"])
            for run in runs
        ]

    best = tune({"plain": Run(3), "Adam": Run(optimizer=Adam())}, train, seeds=(4, 1, 2))
    assert best == {"plain": Run(3, rate(-20), seed=4), "Adam": Run(learning_rate=rate(-11), seed=4, optimizer=Adam())}
    assert len(batches[0]) == 2 * len(COARSE)
    again = [(run.seed, run.learning_rate) for batch in batches for run in batch if run.seed != 4]
    assert sorted(again) == [(1, rate(-20)), (1, rate(-11)), (2, rate(-20)), (2, rate(-11))]
    assert len({run for batch in batches for run in batch}) == sum(map(len, batches)), "nothing is run twice"
