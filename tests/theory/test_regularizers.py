"""The curve of Theorem 2 and the integral along it, point by point; the statements about them are among the claims."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from deeplinear.theory.regularizers import (
    curl,
    isotropic_regularizer,
    line_integral,
    linear_loss_integral,
    regularizer,
    theorem_curve,
)


@pytest.mark.parametrize("direction", [[2.0, 0.0], [-3.0, 0.0, 0.0], [1.0, -2.0, 0.5], [-1.0, -1.0]])
def test_the_curve_goes_in_around_out_and_back(direction):
    e = np.array(direction) / np.linalg.norm(direction)
    curve = theorem_curve(direction, 0.5, 2.0, points=101)
    assert len(curve) == 401
    along, radii = curve @ e, np.linalg.norm(curve, axis=1)
    assert_allclose(along[[0, 100, 200, 300, 400]], [-2.0, -0.5, 0.5, 2.0, -2.0], atol=1e-12)
    assert_allclose(radii[100:201], 0.5, rtol=1e-12)
    assert_allclose(radii[300:], 2.0, rtol=1e-12)
    assert_allclose(np.abs(along[:101]), radii[:101], rtol=1e-12)
    assert_allclose(np.abs(along[200:301]), radii[200:301], rtol=1e-12)
    inner, outer = curve[150], curve[350]
    assert_allclose(outer, 4 * inner, atol=1e-12, err_msg="both half circles pass on the same side")
    assert abs(inner @ e) < 1e-12


def test_the_curve_has_four_pieces_of_four_hundred_points_that_share_their_ends():
    assert len(theorem_curve([1.0, 0.0], 0.5, 1.0)) == 4 * 400 - 3


def test_the_curve_leaves_along_the_axis_that_the_direction_is_least_along():
    curve = theorem_curve([-2.0, 0.1, 1.0], 0.5, 1.0, points=3)
    across = np.array([0.0, 1.0, 0.0]) - 0.1 / 5.01 * np.array([-2.0, 0.1, 1.0])
    assert_allclose(curve[3], 0.5 * across / np.linalg.norm(across), atol=1e-12)


def test_the_running_integral_begins_at_zero_and_is_exact_for_polynomials_of_degree_five():
    line = np.array([[1.0, 0.0], [2.0, 0.0], [4.0, 0.0]])
    running = line_integral(lambda w: w**5, line, depth=1)
    assert_allclose(running, [0.0, (2**6 - 1) / 6, (4**6 - 1) / 6], rtol=1e-13)
    beyond = line_integral(lambda w: w**6, np.array([[0.0], [1.0]]), depth=1)[-1]
    assert_allclose(beyond, 0.1425, rtol=1e-13, err_msg="the three-point rule gives 57/400 where the integral is 1/7")


def test_the_regularizer_takes_batches():
    w, b = np.array([[3.0, 4.0], [0.0, 2.0]]), np.array([1.0, 2.0])
    assert_allclose(isotropic_regularizer(w, b), [2 / 3 * 125 - 5 * 11, 2 / 3 * 8 - 2 * 4], rtol=1e-13)


@pytest.mark.parametrize("depth", [1.0, 1.5, 2.0, 3.0, 7.0])
def test_closed_forms_at_one_place(depth):
    w, g, H = np.array([3.0, 4.0]), np.array([1.0, -2.0]), np.array([[2.0, 1.0], [1.0, 5.0]])
    h = H @ w + (depth - 2) / depth * g
    assert_allclose(curl(w, g, H, depth)[0, 1], (depth - 1) * 5 ** (-2 / depth) * (3 * h[1] - 4 * h[0]), rtol=1e-12)
    assert_allclose(curl(w, g, H, depth)[1, 0], -curl(w, g, H, depth)[0, 1])
    power = 3 - 2 / depth
    integral = 2 * 1.7 * (depth - 1) * (depth - 2) / (3 * depth - 2) * (2.0**power - 0.5**power)
    assert_allclose(linear_loss_integral(1.7, depth, 0.5, 2.0), integral, rtol=1e-12)


@pytest.mark.parametrize("depth", [1.0, 1.5, 2.0, 3.7])
def test_the_regularizer_of_a_power_and_a_homogeneous_loss(depth):
    """φ = r³, whose part is N ∫₁^r s^a 3s² ds, and H = 2r^{2/N}."""
    a, w = 2 - 2 / depth, np.array([[3.0, 4.0], [0.3, -0.4], [1e-3, 0.0]])
    r = np.linalg.norm(w, axis=1)
    part = 3 * depth * (r ** (a + 3) - 1) / (a + 3) + depth  # N ∫ s^a φ′ = Nr^aφ − N − 2(N−1)∫ s^{a−1}φ
    found = regularizer(w, lambda n: n**3, lambda v: 2 * np.linalg.norm(v, axis=-1) ** (2 / depth), depth)
    assert_allclose(found, 2 * r**2 + part, rtol=1e-10)
    assert_allclose(regularizer(w[0], lambda n: n**3, lambda v: 0.0 * v[..., 0], depth), part[0], rtol=1e-10)
    moved = regularizer(w, lambda n: n**3, lambda v: 0.0 * v[..., 0], depth, base=2.0)
    assert_allclose(part - moved, 2 * (depth - 1) * (1 - 2.0 ** (a + 3)) / (a + 3), rtol=1e-10, atol=1e-10)


def test_the_regularizer_of_the_whitened_square_loss_is_the_closed_form_up_to_a_constant():
    w, b = np.array([[3.0, 4.0], [0.3, -0.4]]), np.array([1.0, -2.0])
    found = regularizer(w, lambda n: n**2 / 2, lambda v: -(v @ b), depth=2)
    assert_allclose(found - isotropic_regularizer(w, b), 1 / 3, rtol=1e-10)


def test_the_formula_of_the_regularizer_is_refused_at_zero():
    with pytest.raises(ValueError, match="weights is 0 somewhere"):
        regularizer([[1.0, 0.0], [0.0, 0.0]], np.cos, lambda v: v[..., 0], 3)
