"""The zip for reading offline: the same pages give the same bytes, under one folder, with a way in."""

import io
import os
import zipfile

import pytest

from bookwork.editions import offline


@pytest.fixture
def built(tmp_path):
    (tmp_path / "chapters").mkdir()
    tmp_path.joinpath(offline.START).write_text("<p>ℓ4</p>", encoding="utf-8")
    tmp_path.joinpath("theme.css.map").write_text("{}", encoding="utf-8")
    return tmp_path


def test_the_same_pages_give_the_same_bytes_whenever_they_were_written(built):
    first = offline.pack(built, "1.0")
    os.utime(built / offline.START, (1, 1))
    assert offline.pack(built, "1.0") == first


def test_one_folder_holds_the_book_a_way_in_and_a_word_to_the_reader(built):
    with zipfile.ZipFile(io.BytesIO(offline.pack(built, "1.0"))) as archive:
        top = "implicit-acceleration-1.0"
        assert archive.namelist() == [f"{top}/README.txt", f"{top}/book/{offline.START}", f"{top}/index.html"]
        assert f"book/{offline.START}" in archive.read(f"{top}/index.html").decode()


def test_without_a_built_book_the_error_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="run `make book` first"):
        offline.pack(tmp_path, "1.0")
