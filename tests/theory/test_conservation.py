"""The drift law's edges: defaults, single layers, rest. The law itself is among the claims."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import deeplinear as dl
from deeplinear.theory.conservation import imbalance_after_flow, imbalance_after_step, relative_imbalance

FACTORS = [np.array([[3.0]]), np.array([[5.0]])]  # imbalance 16


def test_a_flow_without_weight_decay_conserves_and_with_it_forgets():
    assert_allclose(imbalance_after_flow(FACTORS, 2.0)[0], [[16.0]])
    assert_allclose(imbalance_after_flow(FACTORS, 0.0, 0.5)[0], [[16.0]])
    assert_allclose(imbalance_after_flow(FACTORS, 2.0, 0.5)[0], [[16.0 * np.exp(-2.0)]])


def test_a_step_without_gradient_or_decay_changes_nothing():
    rest = [np.zeros((1, 1))] * 2
    assert_allclose(imbalance_after_step(FACTORS, rest, 0.1)[0], [[16.0]])
    assert_allclose(imbalance_after_step(FACTORS, rest, 0.1, 0.5)[0], [[16.0 * 0.95**2]])
    assert_allclose(imbalance_after_step(FACTORS, [[[1.0]], [[3.0]]], 0.0)[0], [[16.0]])


def test_relative_imbalance_compares_with_the_strongest_layer():
    assert relative_imbalance(FACTORS) == pytest.approx(16 / 25)
    assert relative_imbalance([np.array([[3.0, 4.0]])]) == 0
    assert relative_imbalance([np.zeros((1, 2)), np.zeros((1, 1))]) == 0
    wide = [np.array([[3.0, 4.0]]), np.array([[1.0], [2.0]])]
    assert relative_imbalance(wide) == pytest.approx(20 / 25)
    three = dl.near_zero((3, 2, 4, 2), 1.0, rng=0)
    gaps = [np.linalg.norm(D) for D in dl.imbalance(three)]
    assert relative_imbalance(three) == pytest.approx(max(gaps) / max(np.linalg.norm(W @ W.T) for W in three))
