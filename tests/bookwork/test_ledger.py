"""The ledger: every statement has a test, every test a statement, and the page in the book says so today."""

import subprocess
import sys
from dataclasses import replace

import pytest

from bookwork.evidence import ledger
from bookwork.evidence.claims import Evidence
from bookwork.evidence.ledger import Statement

STATED = [
    Statement(
        "drift-law",
        "theorem",
        "Exact drift law",
        "this book's",
        "chapters/theory/balance",
        domain="data of nobody",
        evidence="proved",
    )
]
TESTED = [Evidence("drift-law", "exactly", "numerical", 1e-13, 80, True, "tests/claims/test_balance.py", "test_it")]


def test_the_page_of_the_book_is_what_the_tests_say():
    done = subprocess.run(
        [sys.executable, "-m", "bookwork.evidence.ledger", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_whole_ledger_has_no_problems():
    assert ledger.problems(STATED, TESTED) == []


@pytest.mark.parametrize(
    ("stated", "tested", "complaint"),
    [
        (STATED, [], "drift-law (chapters/theory/balance) has no test"),
        ([], TESTED, "tests 'drift-law', which is no statement of the book"),
        (STATED * 2, TESTED, "drift-law labels 2 statements"),
        ([replace(STATED[0], source="")], TESTED, "does not say whose it is"),
        (
            [*STATED, replace(STATED[0], id="")],
            TESTED,
            "the theorem 'Exact drift law' (chapters/theory/balance) has no label",
        ),
        (STATED, [replace(TESTED[0], kind="vague")], "has the kind 'vague'"),
    ],
)
def test_what_is_missing_is_named(stated, tested, complaint):
    assert any(complaint in line for line in ledger.problems(stated, tested))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```{prf:lemma} A (this book's)\n:label: a\n\nText\n```\n", ("a", "A", "this book's")),
        (
            ":::{prf:remark} B, (C) and D (E & F 2018, §3)\n:class: dark\n:label: b-c\n:::\n",
            ("b-c", "B, (C) and D", "E & F 2018, §3"),
        ),
        ("````{prf:theorem} Without a label (G)\n\nText\n````\n", ("", "Without a label", "G")),
        ("```{prf:definition}\n:nonumber:\n```\n", ("", "", "")),
    ],
)
def test_a_statement_is_found_however_it_is_written(text, expected):
    (found,) = ledger.statements_of(text, "chapter")
    assert (found.id, found.title, found.source) == expected


# A statement with a domain and a hypothesis, and its two tests: one over the domain, one without the hypothesis.
DOMAIN = {"domain": "N real ≥ 1; d whole ≥ 1", "hypotheses": "balanced = the layers are balanced", "evidence": "proved"}
WHOLE = [replace(STATED[0], **DOMAIN)]
OVER = replace(TESTED[0], drawn_from="drift-law")
WITHOUT = replace(TESTED[0], test="test_without_balance", kind="counterexample", without=("balanced",))


def test_a_statement_and_its_tests_agree_on_domain_and_hypotheses():
    assert ledger.problems(WHOLE, [OVER, WITHOUT]) == []
    assert ledger.problems(WHOLE, [replace(OVER, assumes=("balanced",))]) == []


@pytest.mark.parametrize(
    ("change", "tested", "complaint"),
    [
        ({"hypotheses": ""}, [OVER, WITHOUT], "names the hypothesis 'balanced', which its :hypotheses: do not have"),
        ({}, [OVER], "no test is without the hypothesis 'balanced', or assumes it"),
        ({}, [replace(OVER, drawn_from=None), WITHOUT], "draws cases of its own for 'drift-law'"),
        ({}, [replace(OVER, drawn_from=None, random=False), WITHOUT], "no test draws its cases from the :domain:"),
        ({}, [replace(OVER, drawn_from="other"), WITHOUT], "no test draws its cases from the :domain:"),
        ({"domain": ""}, [OVER, WITHOUT], "is no variable of a domain"),
        ({"domain": "N about 3"}, [OVER, WITHOUT], "'about' is none of"),
        ({"evidence": "certain"}, [OVER, WITHOUT], "its :evidence: is 'certain'"),
    ],
)
def test_a_weakening_on_one_side_is_a_problem(change, tested, complaint):
    assert any(complaint in line for line in ledger.problems([replace(WHOLE[0], **change)], tested))


def test_cases_of_its_own_are_allowed_with_a_reason():
    own = replace(TESTED[0], test="test_of_a_special_kind", within="starts that a reader would take")
    assert ledger.problems(WHOLE, [OVER, WITHOUT, own]) == []


def test_the_page_says_domain_hypotheses_and_which_test_needs_them(monkeypatch):
    monkeypatch.setattr(ledger, "chapters", lambda: {"chapters/theory/balance": "Balance"})
    text = ledger.page(WHOLE, [OVER, WITHOUT])
    assert "*Proved here.* N real ≥ 1; d whole ≥ 1" in text
    assert "assumes that the layers are balanced (needed: `test_without_balance`)" in text
    assert "(not known to be needed)" in ledger.page(WHOLE, [replace(OVER, assumes=("balanced",))])


def test_references_and_proofs_are_no_statements():
    assert ledger.statements_of("see {prf:ref}`a`\n\n```{prf:proof}\nClear.\n```\n", "chapter") == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Numbers, 80 random cases, to 1e-13"),
        ({"kind": "symbolic", "tolerance": None, "random": False, "cases": 3}, "Algebra by machine, 3 cases"),
        ({"kind": "order", "tolerance": 0.1, "cases": 1}, "Measured order, within 0.1"),
    ],
)
def test_evidence_in_words(change, words):
    assert str(replace(TESTED[0], **change)) == words


def test_the_book_states_at_least_thirty_things_each_with_its_source():
    stated = ledger.statements()
    assert len(stated) >= 30
    assert all(statement.source and statement.title for statement in stated)
