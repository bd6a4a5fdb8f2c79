"""What the built book carries of others is on the page of licences."""

from fnmatch import fnmatch

import pytest

from bookwork.book import ROOT
from bookwork.release.licences import ASSETS
from conftest import HTML

pytestmark = pytest.mark.browser


def test_every_file_that_is_not_ours_has_its_licence_on_the_page(book):
    static = HTML / "_static"
    ours = {str(path.relative_to(ROOT / "_static")) for path in (ROOT / "_static").rglob("*")}
    patterns = {pattern for _, _, files in ASSETS for pattern in files}
    carried = {str(path.relative_to(static)) for path in static.rglob("*") if path.is_file()} - ours
    unnamed = sorted(file for file in carried if not any(fnmatch(file, pattern) for pattern in patterns))
    assert not unnamed, "say whose these are in ASSETS of code/bookwork/release/licences.py, and run `make licences`"
    unused = sorted(pattern for pattern in patterns if not any(fnmatch(file, pattern) for file in carried))
    assert not unused, "the book no longer carries these"
