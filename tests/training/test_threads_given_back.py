"""The threads that a training run chooses for matrix products are given back, whether Numba is there or not."""

import pytest

from deeplinear import _threads
from deeplinear.training import _compiled


class Library:
    num_threads = 2

    def set_num_threads(self, number):
        self.num_threads = number


@pytest.mark.parametrize("numba", [True, False])
def test_matrix_products_have_their_threads_again(numba, monkeypatch):
    if numba and not _compiled.available():
        pytest.skip("Numba is not installed")
    library = Library()
    monkeypatch.setattr(_threads, "libraries", lambda: [library])
    if not numba:
        monkeypatch.setattr(_compiled, "available", lambda: False)

    def training(then):
        with _compiled.own_threads():
            _threads.use_blas_threads(1)
            then()

    training(lambda: None)
    assert library.num_threads == 2
    with pytest.raises(ZeroDivisionError):
        training(lambda: 1 / 0)
    assert library.num_threads == 2
