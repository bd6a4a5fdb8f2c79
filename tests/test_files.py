"""Files are written whole or not at all, and what keeps them from being written is said in one sentence."""

import errno
import os

import numpy as np
import pytest

from deeplinear import _files


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full: make room there, or choose another folder"),
        (errno.EDQUOT, "your share of the disk is used up"),
        (errno.EROFS, "the disk is read-only: choose a folder that can be written"),
        (errno.EACCES, "permission is denied"),
    ],
)
def test_what_is_in_the_way_is_named_with_file_and_remedy(tmp_path, monkeypatch, number, words):
    path = tmp_path / "r.json"
    _files.write(path, b"before")

    def refused(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refused)
    with pytest.raises(_files.UnwritableError) as refusal:
        _files.write(path, b"after")
    assert str(refusal.value).startswith(f"{path} cannot be written, {words}")
    assert "\n" not in str(refusal.value)
    assert refusal.value.errno == number
    assert path.read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["r.json"]


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        _files.UnwritableError, match=r"file/r\.json cannot be written, a file has the name of its folder"
    ):
        _files.write(tmp_path / "file" / "r.json", b"")


def test_a_damaged_file_gets_another_name_and_a_warning(tmp_path):
    path = tmp_path / "a.npz"
    _files.save_arrays(path, a=np.ones(3))
    assert _files.load_or_set_aside(path, "a")["a"].tolist() == [1, 1, 1]
    with pytest.warns(RuntimeWarning, match=r"a\.npz is damaged \(b is missing\): it is now a\.npz\.damaged"):
        assert _files.load_or_set_aside(path, "a", "b") is None
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz.damaged"]
