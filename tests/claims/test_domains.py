"""What draws the cases: it goes to the edges of the domain that a directive declares, and refuses what it cannot read."""

import domains
import numpy as np
import pytest
from domains import Case, cases, edge_cases
from hypothesis import given, settings

from bookwork.evidence.domains import read_domain, read_hypotheses

WHOLE = "N real ≥ 1; k, d whole ≥ 1; W matrix(k, d); w vector(d); S layers(3, k, d); H form(d) positive semidefinite"


def ranks(found):
    return {(int(np.linalg.matrix_rank(case.W)), min(case.W.shape)) for case in found}


def test_every_variable_is_taken_to_each_of_its_edges():
    found = list(edge_cases(read_domain(WHOLE), {}))
    assert {1.0, 2.0, 10.0} <= {case.N for case in found}
    assert {1, 2, 8} <= {case.d for case in found}
    assert any(case.k > case.d for case in found)
    assert any(case.k < case.d for case in found)
    assert any(rank == 0 for rank, _ in ranks(found))
    assert any(0 < rank < full for rank, full in ranks(found))
    assert any(rank == full > 1 for rank, full in ranks(found))
    assert any(not case.w.any() for case in found)
    assert any(0 < np.linalg.norm(case.w) < 1e-6 for case in found)
    assert any(np.linalg.matrix_rank(case.H) < case.d for case in found)
    assert any(not case.S[0].any() for case in found)


def test_random_cases_are_deficient_and_whole():
    found = []

    @settings(max_examples=80, deadline=None, database=None)
    @given(cases(read_domain("k, d whole ≥ 2; W matrix(k, d) nonzero"), {}))
    def draw(case):
        found.append(case)

    draw()
    assert all(np.linalg.matrix_rank(case.W) > 0 for case in found)
    assert {rank == full for rank, full in ranks(found)} == {True, False}


def test_a_qualifier_is_kept():
    for case in edge_cases(read_domain("k, d whole ≥ 1; W matrix(k, d) full rank; S layers(2, k, d) balanced"), {}):
        assert np.linalg.matrix_rank(case.W) == min(case.W.shape)
        upper, lower = case.S[1], case.S[0]
        assert np.allclose(upper.T @ upper, lower @ lower.T, atol=1e-9 * (1 + np.abs(upper).max() ** 2))


@pytest.mark.parametrize(
    ("domain", "low", "high"),
    [
        ("p real > 1", 1.0, 10.1),
        ("N whole > 1", 2, 8),
        ("η real in (0, 2)", 0.0, 2.0),
        ("y real > 0; c real in (0, y)", 0, 9),
    ],
)
def test_open_ends_are_approached_and_not_reached(domain, low, high):
    variables = read_domain(domain)
    found = [vars(case)[variables[-1].name] for case in edge_cases(variables, {})]
    assert all(low < value < high if isinstance(value, float) else low <= value <= high for value in found)
    assert min(found) <= low + 1e-4 * (high - low) or min(found) == low


def test_sizes_are_held_down_where_a_test_asks():
    assert {case.d for case in edge_cases(read_domain("d whole ≥ 1"), {"d": 3})} == {1, 2, 3}


def test_the_same_edges_every_time():
    first, second = ([repr(case) for case in edge_cases(read_domain(WHOLE), {})] for _ in range(2))
    assert first == second
    assert isinstance(next(edge_cases(read_domain(WHOLE), {})), Case)


def test_every_qualifier_has_its_edges():
    from bookwork.evidence.domains import QUALIFIERS

    assert {kind: set(QUALIFIERS[kind]) for kind in QUALIFIERS} == {
        kind: set(edges) for kind, (_, edges) in domains.OBJECTS.items()
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("N", "is no variable of a domain"),
        ("N integer ≥ 1", "'integer' is none of whole, even, real"),
        ("N whole around 3", "is no bound"),
        ("w vector(d)", "must be numbers or earlier variables"),
        ("d whole ≥ 1; w vector(d) big", "a vector is any, nonzero, not 'big'"),
        ("c real in (0, y)", "the bound 'y' is neither a number nor an earlier variable"),
    ],
)
def test_a_domain_that_cannot_be_read_is_refused(text, complaint):
    with pytest.raises(ValueError, match=complaint.replace("(", r"\(").replace(")", r"\)")):
        read_domain(text)


def test_measurements_have_no_variables_and_a_hypothesis_has_an_id():
    assert read_domain("data of the ethanol set, 20 seeds") == ()
    with pytest.raises(ValueError, match="is no hypothesis"):
        read_hypotheses("Balanced start")
