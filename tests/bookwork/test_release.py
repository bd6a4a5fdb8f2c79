"""A release: package, changelog and citation say the same, and a tag that says another version is refused."""

import re

import pytest

import deeplinear
from bookwork.book import ROOT
from bookwork.release import versions

CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_package_changelog_and_citation_agree_today():
    said, dates = versions.said()
    assert versions.problems(said, dates) == []
    assert set(said.values()) == {deeplinear.__version__}


def test_every_version_of_the_changelog_has_a_section_a_date_and_a_link():
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    for heading in headings[1:]:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", heading)
    for name in re.findall(r"^## \[(.+?)\]", CHANGELOG, re.MULTILINE):
        assert f"\n[{name}]: https://" in CHANGELOG
    kinds = set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize(
    ("changed", "tag", "complaint"),
    [
        ({"CITATION.cff": "0.3.0"}, None, "the versions differ: code/deeplinear/_version.py says 0.2.0"),
        ({"CHANGELOG.md": "none"}, None, "CHANGELOG.md says none"),
        ({}, "v0.2.1", "the tag is v0.2.1, but CHANGELOG.md says version 0.2.0"),
        ({}, "0.2.0", "has the tag v0.2.0"),
    ],
)
def test_what_does_not_agree_is_named(changed, tag, complaint):
    said = dict.fromkeys(("code/deeplinear/_version.py", "CHANGELOG.md", "CITATION.cff"), "0.2.0") | changed
    assert any(complaint in line for line in versions.problems(said, {"CHANGELOG.md": "2030-01-31"}, tag))


def test_dates_that_differ_are_named():
    dates = {"CHANGELOG.md": "2030-01-31", "CITATION.cff": "2030-01-30"}
    assert "CITATION.cff says 2030-01-30" in versions.problems({"CHANGELOG.md": "1.0.0"}, dates)[0]


def test_the_right_tag_passes(capsys):
    assert versions.main(["--tag", f"v{deeplinear.__version__}"]) == 0
    assert versions.main(["--tag", "v99.0.0"]) == 1
    assert "the tag is v99.0.0" in capsys.readouterr().err


def test_the_notes_are_the_newest_dated_section():
    text = "## [Unreleased]\n\n- later\n\n## [0.2.0] - 2030-01-31\n\n### Added\n\n- new\n\n"
    text += "## [0.1.0] - 2029-01-01\n\n- old\n"
    assert versions.notes(text) == "### Added\n\n- new\n"
    assert "[0.1.0]:" not in versions.notes(CHANGELOG)
    with pytest.raises(ValueError, match="no heading like"):
        versions.notes("# Changelog\n")
