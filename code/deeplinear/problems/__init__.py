"""Losses of the end-to-end matrix, one file each behind one abstract: value, gradient, curvature, optimum, fingerprint.

Depth never appears here. A deep linear network minimises the same function of its product, so everything that depth
changes lives in :mod:`deeplinear.networks` and :mod:`deeplinear.theory`.
"""

from __future__ import annotations

from deeplinear.problems._logistic_regression import LogisticRegression
from deeplinear.problems._lp_regression import LpRegression
from deeplinear.problems._matrix_completion import MatrixCompletion
from deeplinear.problems._matrix_sensing import MatrixSensing
from deeplinear.problems._problem import Optimum, Problem
from deeplinear.problems._two_point import TwoPoint

__all__ = ["LogisticRegression", "LpRegression", "MatrixCompletion", "MatrixSensing", "Optimum", "Problem", "TwoPoint"]
