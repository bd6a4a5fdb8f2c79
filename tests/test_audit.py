"""The audit says what is vulnerable, and never takes "nothing could be looked up" for "nothing was found"."""

from bookwork.audit import verdict

CLEAN = {"name": "a", "version": "1.0", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "not found"}
FLAWED = {
    "name": "c",
    "version": "2.0",
    "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}, {"id": "CVE-2", "fix_versions": []}],
}


def test_a_flaw_is_named_with_the_version_that_mends_it():
    lines, status = verdict([CLEAN, FLAWED])
    assert status == 1
    assert lines == [
        "c 2.0: CVE-1, mended in 2.1",
        "c 2.0: CVE-2, mended in no version yet",
        "2 packages, 1 with known vulnerabilities.",
    ]


def test_what_could_not_be_looked_up_is_said():
    assert verdict([CLEAN, SKIPPED]) == (["Not in the database: b.", "1 packages, no known vulnerability."], 0)


def test_an_audit_of_nothing_is_no_success():
    lines, status = verdict([SKIPPED, SKIPPED])
    assert status == 2
    assert "Nothing was audited" in lines[0]
