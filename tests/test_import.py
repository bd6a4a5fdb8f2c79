"""What `import deeplinear` costs and brings in, seen from a fresh interpreter."""

import subprocess
import sys

import pytest


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_the_package_brings_in_no_heavy_library():
    heavy = ["tensorflow", "sympy", "matplotlib", "anywidget", "IPython", "pooch", "xarray", "pandas", "sklearn"]
    loaded = run(f"import sys, deeplinear; print([name for name in {heavy} if name in sys.modules])")
    assert loaded.strip() == "[]"


def test_the_core_works_with_numpy_and_scipy_alone():
    code = """
import sys
allowed = set(sys.stdlib_module_names)
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in allowed and not name.startswith(("_", "numpy", "scipy", "deeplinear")):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import deeplinear as dl
problem = dl.LpRegression([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], [1.0, 2.0, 4.0], p=4)
dl.end_to_end_flow(problem, [[0.1, 0.1]], 2, [0.0, 0.1])
print(dl.end_to_end(dl.balanced(problem.optimum.weights, 3)).shape)
"""
    assert run(code).strip() == "(1, 2)"


def test_every_public_name_resolves_and_an_unknown_one_says_so():
    import deeplinear as dl

    assert all(getattr(dl, name) is not None for name in dl.__all__)
    with pytest.raises(AttributeError, match="no attribute 'depth'"):
        dl.depth  # noqa: B018
