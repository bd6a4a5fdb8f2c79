"""SymPy's building blocks against NumPy's, and proofs that can fail."""

import numpy as np
import pytest
import sympy as sp
from numpy.testing import assert_array_equal

from deeplinear.theory.symbolic import commutation_matrix, kron, matrix, prove, unvec, vec


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 2)])
def test_vec_and_kron_are_those_of_numpy(shape):
    rng = np.random.default_rng(0)
    A, B = rng.integers(-5, 5, shape), rng.integers(-5, 5, (2, 2))
    assert_array_equal(np.array(vec(A.tolist())).ravel(), A.ravel(order="F"))
    assert_array_equal(np.array(kron(A.tolist(), B.tolist())), np.kron(A, B))
    assert unvec(vec(A.tolist()), shape[0]) == sp.Matrix(A.tolist())


def test_a_false_identity_is_refused_with_the_entry_that_differs():
    A, X, B = matrix("a", 2, 2), matrix("x", 2, 2), matrix("b", 2, 2)
    with pytest.raises(ValueError, match=r"the sides differ at \[0, 0\], by"):
        prove(vec(A * X * B), kron(A, B.T) * vec(X))
    with pytest.raises(ValueError, match="has shape"):
        prove(vec(A), A)
    with pytest.raises(ValueError, match="differ"):
        prove(sp.Symbol("a"), sp.Symbol("b"))


def test_an_identity_that_needs_simplification_is_recognised():
    x = sp.Symbol("x")
    assert prove(sp.sin(x) ** 2 + sp.cos(x) ** 2, 1)


def test_the_commutation_matrix_is_a_permutation_whose_inverse_swaps_the_sizes():
    K = commutation_matrix(2, 3)
    assert sp.eye(6) == K.T * K
    assert commutation_matrix(3, 2) == K.T


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="which 2 rows do not divide"):
        unvec([1, 2, 3], rows=2)
    with pytest.raises(ValueError, match="rows is 0"):
        matrix("a", 0, 2)
