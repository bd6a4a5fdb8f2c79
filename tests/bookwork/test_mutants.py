"""The mistakes that the mutation check makes, and how it tells a mistake that is noticed from one that is not."""

import subprocess
import sys

from bookwork.evidence.mutants import mutants
from bookwork.evidence.mutation import MODULES

SOURCE = '''
def step(w, g, eta: float = 0.1, *, decay=0):
    """Not touched: 1 + 1."""
    if eta < 0:
        raise ValueError(f"eta is {eta + 1}")
    total = sum(w[j - 1] ** 2 for j in range(1, 3))
    return (1 - eta) * w.T @ g + total
'''


def test_every_place_of_the_mathematics_gets_its_mistakes_and_nothing_else_does():
    changes = [mutant.id.removeprefix("toy.step ") for mutant in mutants(SOURCE, "toy")]
    assert "[transpose] w.T → w" in changes
    assert "[order] (1 - eta) * w.T @ g → g @ ((1 - eta) * w.T)" in changes
    assert "[sign] 1 - eta → 1 + eta" in changes
    assert "[factor] (1 - eta) * w.T → w.T" in changes
    assert "[exponent] w[j - 1] ** 2 → w[j - 1]" in changes
    assert "[number] 3 → 4" in changes
    assert "[number] 0.1 → 1.1" in changes
    assert not [change for change in changes if "eta + 1" in change or "eta < 0" in change or "float" in change]


def test_a_mutant_differs_from_the_source_in_one_place_and_has_a_name_of_its_own():
    found = mutants(SOURCE, "toy")
    assert len({mutant.id for mutant in found}) == len({mutant.source for mutant in found}) == len(found)
    for mutant in found:
        compile(mutant.source, "toy", "exec")


def test_the_check_notices_a_mistake_and_passes_over_what_changes_nothing(tmp_path):
    """In a Python of its own, since the package must not have been imported before it is replaced."""
    (tmp_path / "test_rule.py").write_text(
        "import deeplinear as dl\n\ndef test_it():\n    assert dl.imbalance([[[3.0]], [[5.0]]])[0] == 16\n"
    )
    script = f"""
from pathlib import Path
from bookwork.evidence.mutation import ROOT, verdict
source = (ROOT / "code" / "deeplinear" / "networks" / "factors.py").read_text()
wrong = source.replace("upper) - _times(lower", "upper) + _times(lower")
assert wrong != source
slow = source + "\\nwhile True:\\n    pass\\n"
for text, limit in ((source, 60), (wrong, 60), (slow, 3)):
    print(verdict("networks.factors", text, [Path({str(tmp_path)!r}) / "test_rule.py"], limit))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split("\n")[:3] == ["survived", "caught", "timed out"]


def test_the_core_has_thousands_of_places_where_a_mistake_can_be_made():
    from bookwork.evidence.mutation import file_of

    counts = [len(mutants(file_of(module).read_text(), module)) for module in MODULES]
    assert min(counts) >= 5
    assert sum(counts) >= 2000
