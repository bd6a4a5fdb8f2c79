"""What `make check` asks of the JavaScript: a module that is in order passes,
and one planted fault of each kind fails.
"""

import os
import shutil
import subprocess

import pytest

from bookwork.book import ROOT

FIGURES = "code/deeplinear/explorables"

# A small house that is in order: a module, one that uses it, its test, and a script of the pages.
HOUSE = {
    f"{FIGURES}/numerics/scale.mjs": """\
/**
 * @param {number[]} values
 * @param {{ factor: number }} options
 */
export const scaled = (values, { factor }) => values.map((value) => factor * value);
""",
    f"{FIGURES}/plot.mjs": """\
import { scaled } from "./numerics/scale.mjs";

for (const x of scaled([1, 2], { factor: 3 })) document.title += x;
""",
    "tests/js/scale.test.mjs": """\
import assert from "node:assert/strict";
import { scaled } from "../../code/deeplinear/explorables/numerics/scale.mjs";

assert.deepEqual(scaled([1], { factor: 2 }), [2]);
""",
    "_static/wide.js": """\
document.documentElement.classList.add("wide");
""",
}


@pytest.fixture
def house(tmp_path):
    """A copy of the settings, with the packages that this tree has, and the small house."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on this machine: the checks of the JavaScript need it")
    made = subprocess.run(["make", "node_modules/.ready"], cwd=ROOT, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"npm could not install what checks the JavaScript: {made.stderr.strip()[-300:]}")
    for name in ["Makefile", "package.json", "package-lock.json", "eslint.config.mjs", "tsconfig.json"]:
        shutil.copy2(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "code/bookwork/lint", tmp_path / "code/bookwork/lint")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    for name, text in HOUSE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def check(folder):
    # A test that was begun by `make` hands nothing of that down to this one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "check-js"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_house_in_order_passes(house):
    assert check(house) == (0, "")


@pytest.mark.parametrize(
    ("file", "right", "wrong", "word"),
    [
        ("plot.mjs", "document.title += x;", "timer = setTimeout(x);", "no-undef"),
        ("numerics/scale.mjs", "values.map((value)", "document.title.map((value)", "no-undef"),
        ("numerics/scale.mjs", "/**\n", "export const FACTOR = 3;\n\n/**\n", "unused-exports"),
        ("plot.mjs", "for (", "const unused = 1;\nfor (", "no-unused-vars"),
        ("plot.mjs", "factor: 3", "facto: 3", "'facto' does not exist"),
        ("plot.mjs", "document.title", "document.heading", "'heading' does not exist"),
        ("plot.mjs", "for (", f"// {'word ' * 24}\nfor (", "max-len"),
        ("plot.mjs", "+= x", "+=   x", "Code style issues"),
    ],
    ids=lambda value: value if " " not in value and "\n" not in value else "",
)
def test_a_planted_fault_fails(house, file, right, wrong, word):
    path = house / FIGURES / file
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    status, words = check(house)
    assert status != 0
    assert word in words
