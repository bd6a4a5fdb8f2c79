"""The rooms of `bookwork`: who may ask whom, and that the book is read in one place."""

import ast

import pytest

from bookwork.book import ROOT

FOLDER = ROOT / "code/bookwork"
MODULES = sorted(FOLDER.rglob("*.py"))
BOTTOM = {"book", "files", "chromium", "heads"}
# A room may use the bottom, itself, and these.
MAY_USE = {
    "sphinx": set(),
    "evidence": set(),
    "release": set(),
    "editions": {"release"},
    "writing": {"release", "evidence"},  # to take a chapter out is to take out what is verified of it
    "bench": set(),
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_a_module_uses_the_package_by_its_public_face_and_no_room_that_is_not_open_to_it(path):
    parts = path.relative_to(FOLDER).parts
    for name in imports(path):
        words = name.split(".")
        if words[0] == "deeplinear":
            assert not [word for word in words if word.startswith("_")], f"{name} is private"
        elif words[0] == "bookwork" and words[1] not in BOTTOM:
            assert len(parts) == 2, f"{parts[0]} is at the bottom, and imports {name}"
            assert words[1] in {parts[0], *MAY_USE[parts[0]]}, f"{name} is in a room that {parts[0]} may not use"


@pytest.mark.parametrize("file", ["_toc.yml", "_config.yml"])
def test_the_book_is_read_in_one_place(file):
    readers = [
        path.relative_to(ROOT).as_posix() for path in [*MODULES, *(ROOT / "tests").rglob("*.py")] if reads(path, file)
    ]
    assert [reader for reader in readers if reader != "code/bookwork/book.py"] == []


def reads(path, file):
    """Whether a line of a module has the name of the file and of YAML."""
    return any(file in line and "yaml." in line for line in path.read_text("utf-8").splitlines())
