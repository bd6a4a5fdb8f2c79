"""Where the data come from, and what happens when something is wrong with them.
No test here needs the outside network.
"""

import hashlib
import http.server
import json
import shutil
import threading
import warnings
import zipfile
from dataclasses import replace

import numpy as np
import pytest

import deeplinear as dl
from deeplinear._shipped import shipped
from deeplinear.datasets import DataError, StandInWarning, _batches, _gas_sensor, _mnist, _sources


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No folder, an empty cache, no downloads."""
    monkeypatch.delenv("DEEPLINEAR_DATA", raising=False)
    monkeypatch.setenv("DEEPLINEAR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DEEPLINEAR_OFFLINE", "1")
    return tmp_path


IMAGES, LABELS = np.zeros((3, 28, 28), np.uint8), np.arange(3, dtype=np.uint8)
TINY = _sources.digest(IMAGES, LABELS, IMAGES, LABELS)


@pytest.fixture
def home(monkeypatch, nowhere):
    """A local server that stands for the official home; call it with what it shall send, or None to let it be down."""
    monkeypatch.delenv("DEEPLINEAR_OFFLINE")
    folder = nowhere / "home"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_):
            pass

        def send_header(self, key, value):
            if key == "Content-Length" and (folder / "cut").exists():
                value = str(int(value) + 1000)
            super().send_header(key, value)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(content, sha256=None, cut=False, numbers=TINY):
        entry = _sources.registered("mnist")
        if content is not None:
            (folder / "mnist.npz").write_bytes(content)
        if cut:
            (folder / "cut").touch()
        url = f"http://127.0.0.1:{server.server_port}/mnist.npz"
        if content is None:
            server.shutdown()
            server.server_close()
        digest = sha256 or hashlib.sha256(content or b"").hexdigest()
        changed = replace(entry, url=url, sha256=digest, contents={"mnist": numbers})
        monkeypatch.setattr(_mnist, "registered", lambda name: changed)

    yield serve
    server.shutdown()
    server.server_close()


def tiny_mnist(path):
    np.savez(path, x_train=IMAGES, y_train=LABELS, x_test=IMAGES, y_test=LABELS)
    return path.read_bytes()


def left_behind(folder):
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def test_without_a_network_the_stand_in_is_announced_in_one_line(nowhere):
    with pytest.warns(StandInWarning) as caught:
        data = dl.load_ethanol()
    assert data.source == "embedded"
    [warning] = caught
    assert "embedded stand-in for the gas-sensor data" in str(warning.message)
    assert "\n" not in str(warning.message)
    assert warning.filename == __file__
    with pytest.warns(StandInWarning, match="stand-in for MNIST"):
        assert dl.load_mnist().source == "embedded"
    assert not left_behind(nowhere / "cache")


def test_asked_for_by_name_the_stand_in_is_not_announced(nowhere):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dl.load_ethanol(source="embedded").source == "embedded"


@pytest.mark.parametrize("load", [dl.load_ethanol, dl.load_mnist])
def test_asked_for_the_real_data_there_is_no_falling_back(nowhere, load):
    with pytest.raises(DataError, match="cannot be had: downloads are switched off by DEEPLINEAR_OFFLINE"):
        load(source="real")
    with pytest.raises(ValueError, match="source is 'uci'"):
        load(source="uci")


def test_a_folder_that_does_not_exist_is_an_error_and_not_a_stand_in(nowhere, monkeypatch):
    monkeypatch.setenv("DEEPLINEAR_DATA", str(nowhere / "nothing"))
    for load in (dl.load_ethanol, dl.load_mnist, lambda: dl.datasets.load_gas("acetone")):
        with pytest.raises(DataError, match="which is no folder"):
            load()


def test_a_folder_without_the_file_is_passed_over(nowhere, monkeypatch):
    monkeypatch.setenv("DEEPLINEAR_DATA", str(nowhere))
    with pytest.warns(
        StandInWarning, match=r"DEEPLINEAR_OFFLINE; .*, the folder of DEEPLINEAR_DATA, does not hold it whole"
    ):
        assert dl.load_mnist().source == "embedded"


@pytest.mark.parametrize("name", ["mnist.npz", "mnist/mnist.npz"])
def test_a_tampered_copy_in_the_folder_is_refused(nowhere, monkeypatch, name):
    monkeypatch.setenv("DEEPLINEAR_DATA", str(nowhere))
    place = nowhere / name
    place.parent.mkdir(exist_ok=True)
    tiny_mnist(place)
    with pytest.raises(DataError, match=r"mnist\.npz is not the published file: its SHA-256 is"):
        dl.load_mnist()


def test_a_download_is_verified_and_cached(home, nowhere):
    home(tiny_mnist(nowhere / "good.npz"))
    data = dl.load_mnist()
    assert (data.source, len(data.inputs)) == ("keras", 3)
    assert [path.name for path in left_behind(nowhere / "cache")] == ["mnist.npz"]
    home(None, sha256=hashlib.sha256((nowhere / "good.npz").read_bytes()).hexdigest())
    assert dl.load_mnist().source == "keras"  # from the cache: the home is down


def test_a_tampered_download_is_refused_and_leaves_nothing_behind(home, nowhere):
    home(b"not what was published", sha256="0" * 64)
    with pytest.raises(DataError, match=r"is not the published file .its SHA-256 differs., and was discarded"):
        dl.load_mnist()
    assert not left_behind(nowhere / "cache")


def test_a_file_of_the_right_checksum_with_other_numbers_is_refused(home, nowhere):
    home(tiny_mnist(nowhere / "good.npz"), numbers="0" * 64)
    with pytest.raises(DataError, match=r"holds of mnist is not what was published: the SHA-256 of its numbers is"):
        dl.load_mnist()


def test_a_download_cut_short_leaves_nothing_behind(home, nowhere):
    home(tiny_mnist(nowhere / "good.npz"), cut=True)
    with pytest.warns(StandInWarning, match="could not be read"):
        assert dl.load_mnist().source == "embedded"
    assert not left_behind(nowhere / "cache")


def test_a_home_that_is_down_brings_the_stand_in(home, nowhere):
    home(None)
    with pytest.warns(StandInWarning, match="could not be read"):
        assert dl.load_mnist().source == "embedded"


def test_a_damaged_cache_is_replaced_or_named(home, nowhere, monkeypatch):
    home(tiny_mnist(nowhere / "good.npz"))
    cached = nowhere / "cache" / "mnist.npz"
    cached.parent.mkdir()
    cached.write_bytes(b"damaged")
    monkeypatch.setenv("DEEPLINEAR_OFFLINE", "1")
    with pytest.raises(DataError, match="is damaged: delete it"):
        dl.load_mnist()
    monkeypatch.delenv("DEEPLINEAR_OFFLINE")
    assert dl.load_mnist().source == "keras"


def test_a_cache_that_cannot_be_written_is_named_with_the_remedy(home, nowhere, monkeypatch):
    home(tiny_mnist(nowhere / "good.npz"))
    (nowhere / "file").write_text("in the way")
    monkeypatch.setenv("DEEPLINEAR_CACHE", str(nowhere / "file" / "cache"))
    with pytest.raises(DataError, match=r"cannot be written .* Set DEEPLINEAR_CACHE"):
        dl.load_mnist()


def test_a_verified_file_that_is_no_mnist_is_refused(home, nowhere):
    home(b"PK but no archive")
    with pytest.raises(DataError, match="is not MNIST as Keras ships it"):
        dl.load_mnist()


LINE = "1;10.0 " + " ".join(f"{i}:{i}" for i in range(1, 129))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LINE.replace("128:128", ""), "127 of 128 features"),
        (LINE.replace("5:5 ", "6:5 "), "128 of 128 features"),
        (LINE.replace("7:7 ", "7:x "), "could not convert"),
        (LINE.replace("7:7 ", "7:nan "), "not finite"),
        (LINE.replace("1;10.0", "1"), "could not convert"),
        (LINE.replace("1;10.0", "9;10.0"), "the class is '9'"),
    ],
)
def test_a_malformed_line_is_named_by_its_number(line, words):
    other = LINE.replace("1;", "2;")
    with pytest.raises(DataError, match=rf"batch1\.dat, line 3: .*{words}"):
        _batches.parse_batch([LINE, other, line], "batch1.dat")


def test_other_gases_are_passed_over():
    lines = [LINE, LINE.replace("1;", "2;")]
    assert len(_batches.parse_batch(lines, "b")) == 1
    assert len(_batches.parse_batch(lines, "b", gas=2)) == 1


def test_an_archive_that_is_none_or_lacks_a_batch_is_refused(tmp_path):
    path = tmp_path / "data.zip"
    path.write_bytes(b"no archive")
    with pytest.raises(DataError, match="not the archive of ten batches"):
        _batches.from_archive(path, range(1, 11), gas=1)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("batch1.dat", LINE)
    with pytest.raises(DataError, match=r"batch2\.dat"):
        _batches.from_archive(path, range(1, 11), gas=1)


@pytest.mark.parametrize("place", ["gas_sensor/", ""])
@pytest.mark.parametrize("name", ["ethanol", "acetone"])
def test_batches_of_other_rows_are_refused(nowhere, monkeypatch, name, place):
    monkeypatch.setenv("DEEPLINEAR_DATA", str(nowhere))
    (nowhere / place).mkdir(exist_ok=True)
    for n in _gas_sensor.batches(name):
        (nowhere / f"{place}batch{n}.dat").write_text(LINE)
    with pytest.raises(DataError, match=rf"holds of {name} is not what was published"):
        dl.datasets.load_gas(name)


@pytest.mark.parametrize("name", ["ethanol", "acetone"])
def test_an_archive_of_other_rows_is_refused(nowhere, monkeypatch, name):
    monkeypatch.setenv("DEEPLINEAR_DATA", str(nowhere))
    with zipfile.ZipFile(nowhere / _sources.registered("gas_sensor").file, "w") as archive:
        for n in range(1, 11):
            archive.writestr(f"Dataset/batch{n}.dat", LINE)
    with pytest.raises(DataError, match=rf"\.zip holds of {name} is not what was published"):
        dl.datasets.load_gas(name)


def test_a_gas_without_a_stand_in_is_the_real_one_or_none(nowhere):
    with pytest.raises(DataError, match="gas-sensor data of toluene cannot be had: downloads are switched off"):
        dl.datasets.load_gas("toluene")
    with pytest.raises(ValueError, match="toluene has no stand-in"):
        dl.datasets.load_gas("toluene", source="embedded")
    with pytest.raises(ValueError, match="there is no gas 'helium': choose from ethanol, ethylene"):
        dl.datasets.load_gas("helium")


def test_some_of_the_batches_are_not_enough(nowhere, monkeypatch):
    monkeypatch.setenv("DEEPLINEAR_DATA", str(nowhere))
    (nowhere / "batch1.dat").write_text(LINE)
    with pytest.raises(DataError, match="does not hold it whole"):
        dl.datasets.load_gas("acetone")


def test_a_table_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "ethanol.csv"
    path.write_text("batch,line,f1\n1,2,3\n")
    with pytest.raises(DataError, match=r"the columns \['concentration_ppmv', 'f2', 'f3'\] are missing"):
        _batches.from_table(path)


def test_the_registry_names_home_checksum_citation_and_licence():
    for name in ("gas_sensor", "mnist"):
        entry = _sources.registered(name)
        assert entry.url.startswith("https://")
        assert {len(bytes.fromhex(sha256)) for sha256 in (entry.sha256, *entry.contents.values())} == {32}
        assert entry.citation
        assert entry.licence
    json.loads(shipped("registry.json").read_text())


def test_loading_at_the_same_time_gives_everyone_the_whole_file(home, nowhere):
    home(tiny_mnist(nowhere / "good.npz"))
    results, threads = [], []
    for _ in range(6):
        threads.append(threading.Thread(target=lambda: results.append(len(dl.load_mnist().inputs))))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert results == [3] * 6
    shutil.rmtree(nowhere / "cache")
