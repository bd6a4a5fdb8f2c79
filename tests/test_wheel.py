"""The wheel, as a reader would install it: built from the tree, used from outside of it."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_scripts_and_the_data_and_nothing_of_the_workshop(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    sources = {str(p.relative_to(ROOT / "code")) for p in (ROOT / "code/deeplinear").rglob("*.mjs")}
    assert sources
    assert sources <= set(names)
    assert {"deeplinear/_data/registry.json", "deeplinear/_data/ethanol_moments.npz"} <= set(names)
    assert not [name for name in names if name.startswith(("bookwork", "tests", "chapters", "code"))]


def test_the_live_figure_and_the_stand_in_work_from_the_wheel(wheel, tmp_path):
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    code = """
import warnings
import deeplinear as dl
from deeplinear.explorables import FIGURES
assert dl.__file__.startswith(SITE), dl.__file__
html = list(FIGURES.values())[0]()._repr_mimebundle_()[0]["text/html"]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    print("<input" in html or "render" in html, dl.load_ethanol(source="embedded").inputs.shape)
"""
    done = subprocess.run(
        [sys.executable, "-c", f"SITE = {str(site)!r}\n" + code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "True (2565, 128)", done.stderr


def test_the_records_come_with_the_wheel_and_new_ones_go_elsewhere(wheel, tmp_path):
    site, desk = tmp_path / "site", tmp_path / "desk"
    desk.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    assert not list((site / "deeplinear/_data/records").glob(".*"))
    code = """
from deeplinear._shipped import INSTALLED
from deeplinear.replication import records
from deeplinear.replication.mnist import records as mnist_records
shipped = INSTALLED / "records"
names = [records.read(path.stem).name for path in sorted(shipped.glob("*.json")) if path.stem != "mnist"]
print(len(names), len(mnist_records.read().runs) > 0, records.folder() == shipped, records.folder(to_write=True))
try:
    records.read("figure-7")
except ValueError as error:
    print(error)
"""
    environment = {"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=desk, env=environment, capture_output=True, text=True, check=True
    )
    names = sorted(path.stem for path in (ROOT / "data/records").glob("*.json"))
    assert run.stdout.splitlines() == [
        f"{len(names) - 1} True True {Path('data/records')}",
        f"there is no record 'figure-7'; there are: {', '.join(names)}; `python -m deeplinear.replication` makes them",
    ]
