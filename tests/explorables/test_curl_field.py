"""CurlField from Python: its account against closed forms, potentials,
SciPy's integrals and the rest of the package.
"""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import dblquad, quad

from deeplinear.explorables import CurlField
from deeplinear.explorables.curl_field.walk import LOSSES, SLOPE, derivatives, field
from deeplinear.theory.regularizers import (
    curl,
    isotropic_regularizer,
    line_integral,
    linear_loss_integral,
    theorem_curve,
)

DEPTHS = (1, 1.3, 1.5, 2, 2.5, 3, 6)
#: Losses whose gradient at 0 is SLOPE.
SLOPED = LOSSES[:-1]


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("outer", "ratio"), [(1, 0.3), (1.5, 0.05), (0.02, 0.9)])
def test_a_constant_gradient_gains_the_closed_form_of_theorem_2(depth, outer, ratio):
    run = CurlField(depth=depth, outer=outer, ratio=ratio).compute()
    exact = linear_loss_integral(1, depth, ratio * outer, outer)
    scale = np.abs(run.running).max()
    assert_allclose(run.total, exact, rtol=1e-10, atol=1e-12 * scale)
    assert_allclose(run.constant, exact, rtol=1e-12)


def test_the_constant_part_is_nothing_at_depths_1_and_2_negative_between_and_positive_beyond():
    totals = {depth: CurlField(depth=depth).compute().total for depth in (1, 1.05, 1.5, 1.95, 2, 2.05, 3, 6)}
    assert totals[1] == totals[2] == 0
    assert all((total > 0) == (depth > 2) for depth, total in totals.items() if total)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("depth", [1, 1.5, 2, 3, 6])
@pytest.mark.parametrize("span", [180, 75])
def test_each_piece_is_the_integral_that_scipy_finds(loss, depth, span):
    run = CurlField(loss=loss, depth=depth, span=span, ratio=0.2).compute()
    axis = np.arctan2(SLOPE[1], SLOPE[0])
    turn = np.radians(span)

    def ray(angle):
        return np.array([np.cos(angle), np.sin(angle)])

    def straight(angle):
        return quad(
            lambda radius: field(loss, depth, radius * ray(angle)) @ ray(angle), 0.2, 1, epsabs=1e-13, epsrel=1e-12
        )[0]

    def around(radius):
        def along(angle):
            return radius * field(loss, depth, radius * ray(angle)) @ ray(angle + np.pi / 2)

        return quad(along, axis, axis + turn, epsabs=1e-13, epsrel=1e-12)[0]

    expected = [-straight(axis + turn), -around(0.2), straight(axis), around(1)]
    assert_allclose(run.pieces, expected, rtol=1e-10, atol=1e-12)
    assert_allclose(run.total, sum(expected), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize(
    ("loss", "depth", "span"), [("constant", 3, 100), ("anisotropic", 2, 90), ("l4", 2, 180), ("l4", 1.5, 60)]
)
def test_the_round_gains_all_the_curl_inside(loss, depth, span):
    run = CurlField(loss=loss, depth=depth, span=span).compute()
    axis = np.arctan2(SLOPE[1], SLOPE[0])

    def density(radius, angle):
        w = radius * np.array([np.cos(angle), np.sin(angle)])
        return radius * curl(w, *derivatives(loss, depth, w), depth)[1, 0]

    inside = dblquad(density, axis, axis + np.radians(span), 0.3, 1, epsabs=1e-9, epsrel=1e-9)[0]
    assert_allclose(run.total, inside, rtol=1e-8)


def test_the_half_circles_make_the_curve_of_the_theorem():
    run = CurlField().compute()
    curve = theorem_curve(SLOPE, 0.3, 1.0, points=51)
    assert_allclose(np.column_stack([run.w1, run.w2]), curve, atol=1e-14)
    chords = line_integral(lambda w: np.broadcast_to(SLOPE, w.shape), curve, 3)
    assert_allclose(run.running, chords, atol=2e-3)
    assert_allclose(run.way[-1], 2 * 0.7 + 1.3 * np.pi, rtol=1e-14)


def test_where_there_is_a_potential_the_account_is_its_difference_at_every_mark():
    run = CurlField(loss="isotropic", depth=2, span=120).compute()
    marks = np.column_stack([run.w1, run.w2])
    assert_allclose(
        run.running, isotropic_regularizer(marks, -SLOPE) - isotropic_regularizer(marks[0], -SLOPE), atol=1e-12
    )
    constant = CurlField(depth=2, span=120).compute()
    potential = np.hypot(constant.w1, constant.w2) * (marks @ SLOPE)
    assert_allclose(constant.running, potential - potential[0], atol=1e-12)
    for walk in (run, constant):
        assert walk.total == 0
        assert not walk.curl.any()


def test_unequal_curvatures_have_curl_at_depth_2_that_half_circles_cancel_and_quarters_do_not():
    half, quarter = (CurlField(loss="anisotropic", depth=2, span=span).compute() for span in (180, 90))
    assert half.total == 0
    assert np.abs(half.curl).max() > 1
    assert_allclose(quarter.total, -4 * (1 - 0.3**3) / 3 * (0.64 - 0.36) / 2, rtol=1e-12)


@pytest.mark.parametrize("loss", ["isotropic", "anisotropic"])
@pytest.mark.parametrize("depth", [1.5, 3, 5])
def test_on_half_circles_a_quadratic_loss_gains_what_its_slope_gains(loss, depth):
    run = CurlField(loss=loss, depth=depth).compute()
    assert_allclose(run.total, run.constant, rtol=1e-10)


def test_the_rest_shrinks_faster_than_the_part_of_the_slope():
    for loss, span, faster in (("l4", 180, 100), ("anisotropic", 90, 10)):
        runs = [CurlField(loss=loss, outer=outer, span=span).compute() for outer in (0.2, 0.02)]
        rest = [abs(run.total / run.constant - 1) for run in runs]
        assert rest[0] / rest[1] == pytest.approx(faster, rel=0.1)


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_loss_of_degree_2_over_n_gains_nothing_at_any_depth(depth):
    run = CurlField(loss="homogeneous", depth=depth, span=100).compute()
    assert run.total == 0
    assert not run.curl.any()
    assert np.abs(run.running).max() > 0.01
    assert run.constant is None


@pytest.mark.parametrize("loss", LOSSES)
def test_the_derivatives_belong_together_and_the_slope_at_0_is_common(loss):
    w, step = np.array([[0.3, -0.4], [-0.7, 0.2]]), 1e-6
    _, hessian = derivatives(loss, 3, w)
    for axis in range(2):
        ahead, behind = (derivatives(loss, 3, w + sign * step * np.eye(2)[axis])[0] for sign in (1, -1))
        assert_allclose(hessian[..., axis], (ahead - behind) / (2 * step), rtol=1e-7, atol=1e-8)
    if loss in SLOPED:
        assert_allclose(derivatives(loss, 3, np.zeros(2))[0], SLOPE, rtol=1e-14)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("depth", [1.5, 3])
def test_the_curl_in_the_cells_is_that_of_the_field(loss, depth):
    run, step = CurlField(loss=loss, depth=depth).compute(), 1e-6
    places = 1.2 * (2 * np.arange(14) - 13) / 14
    cells = np.array([(x, y) for y in places for x in places])
    assert_allclose(np.column_stack([run.f1, run.f2]), field(loss, depth, cells), rtol=1e-13)
    right, left, up, down = (
        field(loss, depth, cells + step * np.array(move)) for move in ((1, 0), (-1, 0), (0, 1), (0, -1))
    )
    differences = ((right - left)[:, 1] - (up - down)[:, 0]) / (2 * step)
    assert_allclose(run.curl, differences, rtol=1e-6, atol=1e-6)


def test_the_walk_is_where_its_progress_says():
    whole = CurlField(loss="l4").compute()
    for percent in (0, 3, 12.5, 40, 41, 77.7, 100):
        run = CurlField(loss="l4", progress=percent).compute()
        assert_allclose(run.at, percent / 100 * whole.way[-1], rtol=1e-14)
        near = np.abs(whole.way - run.at).argmin()
        assert np.hypot(*(run.here - [whole.w1[near], whole.w2[near]])) <= abs(whole.way[near] - run.at) + 1e-12
        assert_allclose(run.gained, np.interp(run.at, whole.way, whole.running), atol=5e-3)
        assert_allclose(run.force, field("l4", 3, run.here), rtol=1e-12)
    assert whole.gained == pytest.approx(whole.total, rel=1e-13)


def test_between_two_marks_the_account_is_integrated_not_interpolated():
    run = CurlField(depth=1.5, ratio=0.05, progress=10).compute()
    power = 3 - 2 / 1.5
    start, radius = 1.0, 1 - run.at  # still on the first piece, where F·dw/ds = N s^{2−2/N}
    assert run.at < 0.95
    assert_allclose(run.gained, 1.5 / power * (start**power - radius**power), rtol=1e-12)


@pytest.mark.parametrize(
    ("control", "value", "error", "message"),
    [
        ("depth", 0.9, ValueError, "depth is 0.9, it must be 1 or more"),
        ("depth", 6.1, ValueError, "depth is 6.1, it must be 6 or less"),
        ("depth", "two", TypeError, "depth is 'two', it must be a real number"),
        ("outer", 0.01, ValueError, "outer is 0.01, it must be 0.02 or more"),
        ("ratio", 1, ValueError, "ratio is 1, it must be 0.9 or less"),
        ("span", 360, ValueError, "span is 360, it must be 180 or less"),
        ("progress", float("nan"), ValueError, "progress is nan, it must be finite"),
        ("loss", "hinge", ValueError, "loss is 'hinge', it must be one of 'constant', 'isotropic'"),
    ],
)
def test_a_value_out_of_place_is_refused_by_name(control, value, error, message):
    with pytest.raises(error, match=message):
        CurlField(**{control: value})


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, "At depth 3 the walk has gained 0.537 after one round: F is not the gradient of anything."),
        ({"depth": 1.5}, "lost 0.173 after one round"),
        ({"depth": 2}, "gained nothing after one round, to 12 digits, and F has no curl anywhere"),
        ({"depth": 2, "loss": "anisotropic"}, "but only because the colours inside cancel"),
        ({"progress": 25}, "has gained 1.31 after 25 % of the way; a whole round has gained 0.537"),
    ],
)
def test_the_figure_says_what_it_shows(state, words):
    assert words in CurlField(**state).summary()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("extreme", [{}, {"outer": 0.02, "ratio": 0.05}, {"outer": 1.5, "ratio": 0.9, "span": 30}])
@pytest.mark.parametrize("progress", [0, 60, 100])
def test_a_poster_can_be_drawn_of_any_state(loss, extreme, progress):
    for depth in (1, 6):
        poster = CurlField(loss=loss, depth=depth, progress=progress, **extreme).poster(standalone=True)
        assert poster.startswith("<svg ")
        assert not re.search("nan|inf", poster)
        assert len(poster.encode()) < 9_000


def test_the_page_weighs_little():
    assert len(CurlField()._repr_mimebundle_()[0]["text/html"].encode()) <= 55_000
