"""The moments that ship with the package are those of the real rows."""

import numpy as np
import pytest

import deeplinear as dl
from bookwork.book import ROOT
from bookwork.release.ethanol_moments import moments


def test_the_file_is_what_the_real_rows_give():
    try:
        data = dl.load_ethanol(source="real")
    except dl.datasets.DataError as error:
        pytest.skip(f"the real rows are not at hand: {error}")
    made = moments(data.inputs, data.concentrations)
    with np.load(ROOT / "data/ethanol_moments.npz") as stored:
        assert set(stored) == set(made)
        for name in ("eigenvalues", "noise_energies", "target_levels", "target_counts"):
            np.testing.assert_allclose(made[name], stored[name], rtol=1e-6, atol=1e-9)
        # An eigenvector has no sign of its own; what it does to a vector has.
        along, stored_along = (m["target_correlations"] @ m["eigenvectors"].T for m in (made, stored))
        np.testing.assert_allclose(along, stored_along, atol=1e-6)
