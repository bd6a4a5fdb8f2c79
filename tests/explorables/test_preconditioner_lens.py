"""PreconditionerLens from Python: its numbers against the explicit preconditioner and the closed form, its edges,
a picture.
"""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.explorables import PreconditionerLens

singular_values = st.floats(0, 2).map(lambda value: round(value, 3))
degrees = st.floats(0, 180)
states = st.fixed_dictionaries(
    {
        "sigma_1": singular_values,
        "sigma_2": singular_values,
        "depth": st.integers(1, 8),
        "plane": st.sampled_from(["11-22", "11-12", "12-21"]),
        "angle": st.floats(0, 360),
        "rotation": degrees,
    }
)


def singular_vectors(lens):
    """u₁, u₂ and v₁, v₂ as columns, by another road than the class's: turning complex numbers."""
    turn = np.exp(1j * np.radians(lens.rotation))
    U = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return U, U.T


@given(states)
@settings(max_examples=60, deadline=None)
def test_the_image_is_the_explicit_matrix_times_the_gradient(state):
    lens = PreconditionerLens(**state)
    result = lens.compute()
    P = dl.preconditioner(result.matrix, lens.depth)
    assert_allclose(P @ result.gradient.ravel(order="F"), result.image.ravel(order="F"), atol=1e-12)
    assert_allclose(np.sort(np.linalg.eigvalsh(P)), np.sort(result.eigenvalues.ravel()), atol=1e-11)


@given(states)
@settings(max_examples=60, deadline=None)
def test_each_eigenvalue_belongs_to_the_product_of_singular_vectors_at_its_place(state):
    lens = PreconditionerLens(**state)
    result, (U, V) = lens.compute(), singular_vectors(lens)
    assert_allclose(U.T @ result.matrix @ V, np.diag([lens.sigma_1, lens.sigma_2]), atol=1e-14)
    P = dl.preconditioner(result.matrix, lens.depth)
    for r, s in np.ndindex(2, 2):
        vector = np.outer(U[:, r], V[:, s]).ravel(order="F")
        assert_allclose(P @ vector, result.eigenvalues[r, s] * vector, atol=1e-11)


@given(states)
@settings(max_examples=60, deadline=None)
def test_the_arrows_are_the_parts_of_the_matrices_in_the_plane_and_nothing_lies_outside(state):
    lens = PreconditionerLens(**state)
    result, (U, V) = lens.compute(), singular_vectors(lens)
    for matrix, arrow in ((result.gradient, result.before), (result.image, result.after)):
        parts = U.T @ matrix @ V
        places = [(int(place[0]) - 1, int(place[1]) - 1) for place in lens.plane.split("-")]
        assert_allclose([parts[place] for place in places], arrow, atol=1e-12)
        assert_allclose(np.linalg.norm(matrix), np.linalg.norm(arrow), atol=1e-12)
    assert np.linalg.norm(result.before) == pytest.approx(1, abs=1e-14)
    assert result.amplification == pytest.approx(np.linalg.norm(result.image), abs=1e-12)


@pytest.mark.parametrize("depth", range(1, 9))
@pytest.mark.parametrize("sigma", [(1.0, 0.2), (0.2, 1.0), (2.0, 0.0), (0.0, 0.3), (1.3, 1.3), (0.0, 0.0)])
def test_eigenvalues_are_the_closed_form(sigma, depth):
    result = PreconditionerLens(sigma_1=sigma[0], sigma_2=sigma[1], depth=depth).compute()
    for r, s in np.ndindex(2, 2):
        a, b = sigma[r], sigma[s]
        power = a ** (2 - 2 / depth)  # Python has 0⁰ = 1, as the theorem
        closed = depth * power if a == b else (a**2 - b**2) / (a ** (2 / depth) - b ** (2 / depth))
        if a == b == 0:
            closed = float(depth == 1)
        assert result.eigenvalues[r, s] == pytest.approx(closed, rel=1e-12)
        assert result.by_depth[depth - 1, r, s] == result.eigenvalues[r, s]


@given(states, degrees)
@settings(max_examples=40, deadline=None)
def test_only_the_singular_values_matter(state, rotation):
    straight, turned = (
        PreconditionerLens(**state).compute(),
        PreconditionerLens(**state | {"rotation": rotation}).compute(),
    )
    for name in ("by_depth", "axes", "before", "after", "amplification"):
        assert_allclose(getattr(turned, name), getattr(straight, name), rtol=1e-9, atol=1e-12)


@given(states)
@settings(max_examples=60, deadline=None)
def test_the_image_never_turns_by_more_than_the_two_eigenvalues_allow(state):
    result = PreconditionerLens(**state).compute()
    if result.turned is None:
        assert_allclose(result.after, 0, atol=1e-150)
        return
    low, high = np.sort(result.axes)
    assert 0 <= result.turned <= np.degrees(np.arcsin((high - low) / (high + low))) + 1e-6 <= 90 + 1e-6
    assert result.after @ result.before == pytest.approx(
        result.amplification * np.cos(np.radians(result.turned)), rel=1e-9, abs=1e-12
    )


@pytest.mark.parametrize("depth", range(2, 9))
def test_a_present_direction_is_amplified_n_times_as_much_as_a_cross_direction(depth):
    lone = PreconditionerLens(sigma_1=1.4, sigma_2=0, depth=depth, plane="11-12").compute()
    assert lone.axes[0] / lone.axes[1] == pytest.approx(depth, rel=1e-12)
    assert lone.axes[1] == pytest.approx(1.4 ** (2 - 2 / depth), rel=1e-12)
    for sigma_2 in (0.1, 0.7, 1.4):
        both = PreconditionerLens(sigma_1=1.4, sigma_2=sigma_2, depth=depth, plane="11-12").compute()
        assert 1 - 1e-12 <= both.axes[0] / both.axes[1] < depth


def test_one_layer_leaves_every_gradient_as_it_is():
    for sigma in (0.0, 1.0):
        result = PreconditionerLens(depth=1, sigma_1=sigma, sigma_2=0, angle=123).compute()
        np.testing.assert_array_equal(result.eigenvalues, np.ones((2, 2)))
        assert_allclose(result.image, result.gradient, atol=1e-15)
        assert (result.amplification, result.turned) == (pytest.approx(1), 0)


@pytest.mark.parametrize("rotation", [0, 35])
def test_what_is_absent_is_not_started(rotation):
    dead = PreconditionerLens(sigma_2=0, angle=90, rotation=rotation)
    result = dead.compute()
    assert (result.amplification, result.turned) == (0, None)
    assert_allclose(result.image, 0, atol=1e-15)
    assert "cannot start it: P∇ = 0" in dead.summary()
    nowhere = PreconditionerLens(sigma_1=0, sigma_2=0, depth=2, rotation=rotation).compute()
    np.testing.assert_array_equal(nowhere.eigenvalues, np.zeros((2, 2)))


def test_small_weights_shrink_every_gradient_and_the_more_the_deeper():
    lengths = [
        PreconditionerLens(sigma_1=0.1, sigma_2=0.05, depth=depth).compute().eigenvalues.max() for depth in (2, 3, 4)
    ]
    assert 1 > lengths[0] > lengths[1] > lengths[2]


def test_a_circle_between_two_cross_directions_stays_a_circle():
    for angle in (0, 30, 77, 180):
        assert PreconditionerLens(plane="12-21", angle=angle, rotation=20).compute().turned == 0


@pytest.mark.parametrize(
    ("control", "value", "error", "message"),
    [
        ("sigma_1", 2.5, ValueError, "sigma_1 is 2.5, it must be 2 or less"),
        ("sigma_2", -0.1, ValueError, "sigma_2 is -0.1, it must be 0 or more"),
        ("sigma_2", float("nan"), ValueError, "sigma_2 is nan, it must be finite"),
        ("depth", 9, ValueError, "depth is 9, it must be 8 or less"),
        ("depth", 2.0, TypeError, "depth is 2.0, it must be a whole number"),
        ("plane", "22-22", ValueError, "plane is '22-22', it must be one of '11-22', '11-12', '12-21'"),
        ("angle", 361, ValueError, "angle is 361, it must be 360 or less"),
        ("rotation", "left", TypeError, "rotation is 'left', it must be a real number"),
    ],
)
def test_a_value_out_of_place_is_refused_by_name(control, value, error, message):
    with pytest.raises(error, match=message):
        PreconditionerLens(**{control: value})
    lens = PreconditionerLens()
    before = lens.state
    with pytest.raises(error, match=message):
        setattr(lens, control, value)
    assert lens.state == before


def test_the_summary_says_how_long_and_how_far_turned():
    assert PreconditionerLens().summary() == (
        "Depth 3 makes the gradient 1.53 times as long and turns it by 48.5° towards u₁v₁ᵀ (λ₁₁ = 3, λ₂₂ = 0.351)."
    )
    assert "towards u₂v₂ᵀ" in PreconditionerLens(sigma_2=1.5).summary()
    assert "does not turn it" in PreconditionerLens(plane="12-21").summary()


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"sigma_1": 0, "sigma_2": 0},
        {"sigma_1": 2, "sigma_2": 2, "depth": 8, "angle": 215},
        {"sigma_2": 0, "angle": 90},
        {"sigma_1": 0, "plane": "11-12", "angle": 0},
        {"sigma_1": 1e-9, "sigma_2": 1e-300, "depth": 8, "plane": "12-21"},
    ],
)
def test_a_poster_of_any_state_is_small_and_holds_numbers_alone(state):
    poster = PreconditionerLens(**state).poster(standalone=True)
    assert poster.startswith("<svg ")
    assert not re.search("nan|inf", poster)
    assert len(poster.encode()) < 9_000


def test_the_poster_draws_the_ellipse_with_the_eigenvalues_as_half_axes():
    ellipses = re.findall(r'rx="([\d.]+)" ry="([\d.]+)"', PreconditionerLens().poster())
    (circle_x, circle_y), (long, wide) = [tuple(map(float, axes)) for axes in ellipses]
    assert circle_x == pytest.approx(circle_y, abs=0.1)
    assert (long / circle_x, wide / circle_x) == pytest.approx((3, 3 * 0.2 ** (4 / 3)), abs=0.01)


def test_the_page_is_light():
    assert len(PreconditionerLens()._repr_mimebundle_()[0]["text/html"].encode()) <= 60_000
