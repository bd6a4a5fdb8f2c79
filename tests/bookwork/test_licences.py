"""The page of licences says what the installed packages say, today."""

from email.message import Message
from importlib.metadata import distribution

import pytest

from bookwork.release import licences


def metadata(**fields):
    message = Message()
    message["Name"] = fields.pop("name", "numpy")
    for key, value in fields.items():
        message[key.replace("_", "-")] = value
    return message


def test_the_page_is_up_to_date():
    assert licences.main(["--check"]) == 0, "run `make licences`"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"License_Expression": "MIT", "License": "another"}, "MIT"),
        ({"License": "BSD 3-Clause License\n\nCopyright (c) 2021"}, "BSD-3-Clause"),
        (
            {
                "License": "Copyright (c) 2001 Some body and another",
                "Classifier": "License :: OSI Approved :: BSD License",
            },
            "BSD",
        ),
        ({"Classifier": "License :: OSI Approved :: Apache Software License"}, "Apache-2.0"),
    ],
)
def test_a_licence_is_read_wherever_a_package_says_it(fields, expected):
    assert licences.licence(metadata(**fields)) == expected


def test_a_licence_is_read_from_its_file_if_nowhere_else():
    assert licences.licence(distribution("axe-playwright-python").metadata) == "MIT"


def test_a_package_that_names_none_is_refused(monkeypatch):
    monkeypatch.setattr(licences, "_first_line", lambda package: iter(()))
    with pytest.raises(LookupError, match="numpy names no licence"):
        licences.licence(metadata())
