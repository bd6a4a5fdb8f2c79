"""Numba or JAX that is there and broken: Numba is passed over with one warning,
JAX was asked for by name and is an error.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

# Least squares that would take the compiled loop, and ℓ4 that would take the compiled gradients; no warning is
# repeated.
WORK = """
import warnings
import numpy as np, deeplinear as dl

rng = np.random.default_rng(0)
inputs = rng.standard_normal((2**10, 2**5))
targets = inputs @ np.ones(2**5)
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    for p in (2, 4, 2, 4):
        problem = dl.LpRegression(inputs, targets, p=p)
        result = dl.advance(problem, [dl.Run(learning_rate=1e-3)] * 2, [0, 20])
        assert (result.loss[:, 1] < result.loss[:, 0]).all()
print(len(heard), *[str(one.message) for one in heard], sep="\\n")
"""


def python(code, *first_on_the_path, **settings):
    """What a fresh Python prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, first_on_the_path)), **settings}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def package(folder, name, code):
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(code)
    return folder


@pytest.mark.parametrize(
    "trouble",
    [
        "raise ImportError('Numba needs NumPy 1.26 or less')",
        "raise OSError('libllvm.so: not found')",
        "def njit(*a, **k): 1 / 0",
    ],
)
def test_a_broken_numba_is_passed_over_with_one_warning(trouble, tmp_path):
    code = trouble + "\nprange = range\n" if trouble.startswith("def") else trouble
    heard = python(WORK, package(package(tmp_path, "numba", code), "threadpoolctl", ""))
    assert heard[0] == "1"
    assert "Numba is installed and cannot be used" in heard[1]
    assert "NumPy does the work" in heard[1]


def test_no_numba_at_all_is_no_trouble():
    hidden = (
        "import sys, importlib.util as u; find = u.find_spec; "
        "u.find_spec = lambda n, *a: None if n == 'numba' else find(n, *a)"
    )
    assert python(hidden + WORK) == ["0"]


NO_CACHE = """
from numba.core import caching
def refuse(*anything): raise RuntimeError("cannot cache function 'kernel': no locator available for file")
caching.CacheImpl.__init__ = refuse
"""


@pytest.mark.skipif(find_spec("numba") is None, reason="Numba is not installed")
def test_numba_that_finds_no_place_for_its_cache_compiles_without_one():
    """As where both the installed package and the home directory cannot be written."""
    least_squares = WORK.replace("(2, 4, 2, 4)", "(2, 2)")
    assert python(NO_CACHE + least_squares + "print(dl.training._compiled.can_descend())") == ["0", "True"]


JAX = """
import deeplinear as dl
try:
    dl.advance(dl.TwoPoint([1.0]), [dl.Run()], [1], backend="jax")
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize(
    "trouble", ["raise ImportError('jaxlib is too old')", "raise AttributeError('np.core')", "import lacking"]
)
def test_a_broken_jax_is_an_error_that_says_so(trouble, tmp_path):
    (said,) = python(JAX, package(tmp_path, "jax", trouble))
    assert said.startswith("JAX is installed and cannot be used (")
    assert "backend='numpy'" in said


def test_jax_without_the_devices_that_it_was_told_to_use_is_an_error_that_says_so(tmp_path):
    code = "import sys\nsys.modules['jax.numpy'] = sys\ndef devices(): raise RuntimeError('no TPU')"
    (said,) = python(JAX, package(tmp_path, "jax", code))
    assert "no TPU" in said


def test_a_missing_jax_is_named_with_the_way_to_install_it():
    hidden = "import sys; sys.modules['jax'] = None\n"
    assert python(hidden + JAX) == ["backend='jax' needs JAX: pip install 'deeplinear[jax]'"]


def test_nothing_of_jax_is_loaded_before_it_is_asked_for():
    code = "import sys, deeplinear as dl; dl.advance(dl.TwoPoint([1.0]), [dl.Run()], [1]); print('jax' in sys.modules)"
    assert python(code) == ["False"]


def test_this_checkout_is_what_a_fresh_python_sees():
    assert Path(python("import deeplinear; print(deeplinear.__file__)")[0]).is_relative_to(Path(__file__).parents[2])
