"""The mirror map and the destination at places where the right value is known; the statements are among the claims."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from deeplinear.theory.mirror import destination, mirror_hessian, mirror_map

LINE = ([[2.0, 1.0]], [5.0])


@pytest.mark.parametrize("depth", [1.0, 1.5, 2.0, 3.0, 7.0])
def test_closed_forms_of_the_mirror_map_and_the_hessian(depth):
    w, across = np.array([3.0, 4.0]), np.array([4.0, -3.0])
    a = 1 + 1 / depth
    assert_allclose(mirror_map(w, depth), a * 5 ** (a - 2) * w, rtol=1e-12)
    assert_allclose(mirror_map([[3.0, 4.0], [0.0, 0.0]], depth)[1], 0)
    along = a * (a - 1) * 5 ** (a - 2)  # the second derivative of n^a
    assert_allclose(w @ mirror_hessian(w, depth) @ w / 25, along, rtol=1e-12, atol=1e-15)
    assert_allclose(across @ mirror_hessian(w, depth) @ across / 25, a * 5 ** (a - 2), rtol=1e-12)
    assert_allclose(w @ mirror_hessian(w, depth) @ across, 0, atol=1e-12)


def test_depth_one_goes_straight_to_the_nearest_solution():
    assert_allclose(destination(*LINE, [0.0, 1.0], 1), [1.6, 1.8], rtol=1e-12)
    assert_allclose(destination(*LINE, [0.0, 0.0], 1), [2.0, 1.0], rtol=1e-12)


def test_depth_two_solves_a_quadratic():
    R = (0.8 + np.sqrt(0.64 + 20)) / 2
    assert_allclose(destination(*LINE, [0.0, 1.0], 2), [2 - 0.4 * R**0.5, 1 + 0.8 * R**0.5], rtol=1e-12)


def test_great_depth_goes_along_the_ray_through_the_start():
    assert_allclose(destination(*LINE, [0.0, 1.0], 1e7), [0.0, 5.0], atol=1e-4)


@pytest.mark.parametrize("depth", [1, 2, 5.5])
def test_a_start_among_the_rows_ends_at_the_least_norm_and_one_that_fits_stays(depth):
    assert_allclose(destination(*LINE, [0.2, 0.1], depth), [2.0, 1.0], rtol=1e-12)
    assert_allclose(destination(*LINE, [1.0, 3.0], depth), [1.0, 3.0], rtol=1e-12)
    assert_allclose(destination([[0.0, 0.0]], [1.0], [0.3, -2.0], depth), [0.3, -2.0], rtol=1e-12)


@pytest.mark.parametrize("depth", [2, 3, 6.5])
def test_without_a_target_what_is_across_shrinks_to_its_power(depth):
    """κ^N with κ = ‖n‖/‖w⁰‖^{1−1/N}: the norm of the end, which is across the rows."""
    end = destination([[2.0, 1.0]], [0.0], [0.0, 3.0], depth)
    share = 2 / np.sqrt(5)  # of the start that is across
    assert_allclose(end, np.array([-1.0, 2.0]) / np.sqrt(5) * 3 * share**depth, rtol=1e-10)


def test_the_scale_of_everything_scales_the_end():
    end = destination(*LINE, [0.0, 1.0], 3)
    assert_allclose(destination([[2.0, 1.0]], [5e-9], [0.0, 1e-9], 3), 1e-9 * end, rtol=1e-9)
    assert_allclose(destination([[2e-9, 1e-9]], [5e-9], [0.0, 1.0], 3), end, rtol=1e-9)


def test_examples_that_repeat_or_contradict_each_other():
    once = destination(*LINE, [0.0, 1.0], 3)
    assert_allclose(destination([[2.0, 1.0], [2.0, 1.0]], [4.0, 6.0], [0.0, 1.0], 3), once, rtol=1e-10)
    assert_allclose(destination([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [1.0, 2.0, 3.0], [5.0, 1.0], 3), [1.0, 2.0])


@pytest.mark.parametrize("depth", [1, 1.5, 3, 9.5])
@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1.0, 1e3, 1e12])
def test_the_norm_of_the_end_solves_its_equation_for_starts_of_any_size(depth, scale):
    end = destination(*LINE, [0.0, scale], depth)
    across = np.array([-0.4, 0.8]) * scale
    R = np.linalg.norm(end)
    assert_allclose(end, [2.0, 1.0] + across * (R / scale) ** (1 - 1 / depth), rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mirror_hessian([0.0], 2), "no Hessian"),
        (lambda: destination(*LINE, [0.0, 0.0], 2), "stays"),
        (lambda: destination(*LINE, [0.0, 1.0, 2.0], 2), "for 1 targets and a start of 3 weights"),
        (lambda: destination(*LINE, [0.0, 1.0], 0.5), "depth"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
