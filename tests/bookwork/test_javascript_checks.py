"""What `make check` asks of the JavaScript: a module that is in order passes,
and one planted fault of each kind fails.
"""

import os
import shutil
import subprocess

import pytest

from bookwork.book import ROOT

NODE_MODULES = ROOT / "node_modules"
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
    f"{FIGURES}/numerics/halves.mjs": """\
export const half = 0.5;
export const quarter = 0.25;
""",
    f"{FIGURES}/types.d.ts": """\
/** A place on the page. */
export type Place = { x: number; y: number };
""",
    f"{FIGURES}/work/rest.mjs": """\
performance.now();
""",
    f"{FIGURES}/plot.mjs": """\
import { scaled } from "./numerics/scale.mjs";
import * as halves from "./numerics/halves.mjs";

const { quarter } = halves;
for (const x of scaled([1, halves.half], { factor: quarter })) document.title += x;
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
def settings(tmp_path):
    """A copy of the settings, with the packages that this tree has."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on this machine: the checks of the JavaScript need it")
    made = subprocess.run(["make", "node_modules/.ready"], cwd=ROOT, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"npm could not install what checks the JavaScript: {made.stderr.strip()[-300:]}")
    for name in ["Makefile", "package.json", "package-lock.json", "eslint.config.mjs", "tsconfig.json"]:
        shutil.copy2(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "code/bookwork/lint", tmp_path / "code/bookwork/lint")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    return tmp_path


@pytest.fixture
def house(settings):
    """The small house."""
    for name, text in HOUSE.items():
        (settings / name).parent.mkdir(parents=True, exist_ok=True)
        (settings / name).write_text(text, encoding="utf-8")
    return settings


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
        *(("plot.mjs", "+= x", f"+= {name}", f"'{name}' is not defined") for name in ["name", "status", "Worker"]),
        ("numerics/scale.mjs", "/**\n", "export const FACTOR = 3;\n\n/**\n", "unused-exports"),
        ("plot.mjs", "halves.half]", "0.5]", "No module uses 'half'"),
        ("plot.mjs", "{ quarter } = halves", "quarter = 3", "No module uses 'quarter'"),
        ("plot.mjs", "halves.half]", "Object.keys(halves).length]", "No module uses 'half'"),
        ("plot.mjs", "for (", "const unused = 1;\nfor (", "no-unused-vars"),
        ("plot.mjs", "factor: quarter", "facto: quarter", "'facto' does not exist"),
        ("plot.mjs", "document.title", "document.heading", "'heading' does not exist"),
        ("plot.mjs", "for (", f"// {'word ' * 24}\nfor (", "max-len"),
        ("types.d.ts", "A place", f"A place{' or another' * 9}", "max-len"),
        ("plot.mjs", "+= x", "+=   x", "Code style issues"),
        ("types.d.ts", "x: number; y", "x:   number; y", "types.d.ts"),
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


MISSPELT = [
    ("frame/host.mjs", 'className: "dlx-spoken"', 'clasName: "dlx-spoken"', "'clasName' does not exist"),
    ("frame/comparison.mjs", '"aria-label"', '"aria-labl"', "'\"aria-labl\"' does not exist"),
    ("balance/view.mjs", '"near-zero": "near', '"near-zer": "near', "'\"near-zer\"' does not exist"),
    ("balance/view.mjs", '        identity: "ones on the diagonals",\n', "", "'identity' is missing"),
    ("balance/view.mjs", '{ start: "identity" }', '{ start: "identiy" }', "'\"identiy\"' is not assignable"),
    ("balance/view.mjs", 'name: "seed"', 'name: "start"', "not assignable"),
    ("curl_field/sentence.mjs", '=== "homogeneous"', '=== "homogenous"', "have no overlap"),
    ("two_point/rates.mjs", "{ factors, gd }", "{ factrs: factors, gd }", "'factrs' does not exist"),
    ("two_point/rates.mjs", "      goal,\n    })", "    })", "'goal' is missing"),
    ("gas_sensor/view.mjs", "live(address, train,", "live(address, usualRate,", "not assignable"),
]


@pytest.mark.parametrize(
    ("file", "right", "wrong", "word"),
    [planted for planted in MISSPELT if (ROOT / FIGURES / planted[0]).exists()],  # a figure may be gone
    ids=lambda value: value if " " not in value and "\n" not in value else "",
)
def test_a_misspelt_name_in_a_figure_is_an_error_of_its_types(settings, file, right, wrong, word):
    figures = settings / FIGURES
    shutil.copytree(ROOT / FIGURES, figures, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    text = (figures / file).read_text("utf-8")
    assert right in text
    (figures / file).write_text(text.replace(right, wrong), encoding="utf-8")
    done = subprocess.run([NODE_MODULES / ".bin/tsc"], cwd=settings, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert word in done.stdout
