"""The house of the figures: a folder each, a line each in the register, and one meaning for every name of a file."""

import re
from collections import defaultdict
from pathlib import Path

from deeplinear import explorables

HOUSE = Path(explorables.__file__).parent
ROOMS = {"frame", "drawing", "numerics", "work"}
#: What a file is called that every figure may have, so that who knows one figure finds the way in all others.
COMMON = {"__init__", "lab", "view", "panels", "sentence", "numerics", "states", "problem", "search", "rates"}


def files():
    return [path for path in HOUSE.rglob("*") if path.suffix in (".py", ".mjs")]


def test_every_folder_that_is_no_room_is_a_figure_of_the_register():
    folders = {path.parent.name for path in files() if path.parent != HOUSE}
    assert folders - ROOMS == set(explorables.FIGURES)


def test_every_figure_has_its_lab_its_view_its_numerics_and_its_states():
    for figure in explorables.FIGURES:
        there = {path.name for path in (HOUSE / figure).iterdir()}
        assert {"lab.py", "view.mjs", "numerics.mjs", "states.py"} <= there, figure


def test_no_name_of_a_file_has_two_meanings():
    places = defaultdict(set)
    for path in files():
        places[path.stem].add(path.parent.name)
    twice = {stem for stem, folders in places.items() if len(folders) > 1}
    assert twice <= COMMON


def test_outside_of_its_folder_and_the_register_no_source_knows_a_figure():
    for path in files():
        if path.parent == HOUSE:
            continue
        named = re.findall(r"(?:explorables\.|\.\./)(\w+)[./]", path.read_text(encoding="utf-8"))
        assert {name for name in named if name in explorables.FIGURES} <= {path.parent.name}, path


def test_workers_are_wired_in_one_room():
    for path in files():
        if re.search(r"\bonmessage\b|new Worker\b|\bpostMessage\b", path.read_text(encoding="utf-8")):
            assert path.parent.name == "work", path


def test_the_types_of_the_script_have_the_controls_and_the_options_of_the_lab():
    for folder, cls in explorables.FIGURES.items():
        text = (HOUSE / folder / "types.d.ts").read_text(encoding="utf-8")
        named = dict(re.findall(r"^export type (\w+) = ([^;{]+);", text, re.MULTILINE))
        body = re.search(r"export type State = \{(.*?)\n?\};?", text, re.DOTALL)[1]
        types = {name: named.get(kind, kind) for name, kind in re.findall(r"(\w+): ([^;]+?)\s*(?:;|$)", body)}
        assert list(types) == list(cls._domain()), folder
        for name, domain in cls._domain().items():
            options = re.findall(r'"([^"]+)"', types[name])
            assert set(options) == set(domain.get("options", ())), (folder, name)


def test_no_shared_test_or_tool_needs_a_figure_that_may_be_gone():
    """Of the tests that go with a figure the file's name has its folder; a key of a dictionary that is not asked for
    does no harm.
    """
    root = Path(__file__).parents[2]
    own = {f"test_{name}{end}.py" for name in explorables.FIGURES for end in ("", "_lab")}
    shared = [path for folder in ("tests", "code/bookwork") for path in (root / folder).rglob("*.py")]
    classes = "|".join(cls.__name__ for cls in explorables.FIGURES.values())
    for path in shared:
        if path.name not in own:
            assert not re.findall(rf'\b(?:{classes})\b(?!": )', path.read_text(encoding="utf-8")), path
