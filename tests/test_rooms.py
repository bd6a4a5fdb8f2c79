"""The house: arrows between rooms go one way, no imports in a circle, no module too long, the shared part small."""

import ast
import io
import tokenize
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "code" / "deeplinear"

# What a room may import, besides itself and the modules without a room (`_arrays`, `_files`, …).
MAY = {
    "problems": set(),
    "networks": set(),
    "datasets": set(),
    "theory": {"problems", "networks"},
    "training": {"problems", "networks"},
    "keras": {"networks", "theory"},
    "figures": {"training"},
    "replication": {"problems", "networks", "theory", "training", "datasets", "figures", "keras"},
    "explorables": {"problems", "networks", "theory", "training", "datasets", "replication"},
    "exercises": {"problems", "networks", "theory", "training", "datasets", "replication"},
    "naive": {"problems", "networks"},
}
SHARED = ("problems", "networks", "theory", "training")


def name_of(path):
    return ".".join(("deeplinear", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def room(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(module):
    """Modules of the package that `module` imports, in functions too, and what only type checkers see."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            inside = {name for name in named if name in MODULES}
            found |= inside | ({node.module} if inside != named else set())
    return {name for name in found if name in MODULES and name != module}


@pytest.mark.parametrize("module", MODULES)
def test_arrows_between_rooms_go_one_way(module):
    if room(module) not in MAY:
        return
    entered = {room(name) for name in imports(module)} - {room(module), ""}
    above = {name for name in entered if not name.startswith("_")} - MAY[room(module)]
    assert not above, f"{module} imports from {', '.join(sorted(above))}"


def test_nothing_at_the_bottom_imports_a_room():
    bottom = [name for name in MODULES if room(name).startswith("_") and name != "deeplinear._moved"]
    assert bottom
    for module in bottom:
        assert not {room(name) for name in imports(module)} & set(MAY), module


def test_no_imports_go_in_a_circle():
    # A package's __init__ gathers what lies in it; who imports the package imports these.
    graph = {module: imports(module) for module in MODULES if module != "deeplinear"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' → '.join(error.args[1])}")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_one_idea(module):
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= 300


def lines_of_code(path):
    """Lines with code on them: no blank ones, comments or docstrings."""
    source = path.read_text(encoding="utf-8")
    told = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            told |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return len({n for t in tokens if t.type not in silent for n in range(t.start[0], t.end[0] + 1)} - told)


def test_the_shared_part_stays_small():
    # Former names go with the next release, and their modules with them.
    shared = [path for name, path in MODULES.items() if room(name) in SHARED and path.stem != "_former"]
    assert sum(map(lines_of_code, shared)) < 4500


def test_a_file_says_that_the_package_is_typed():
    assert (PACKAGE / "py.typed").exists()
    assert not (PACKAGE.parent / "__init__.py").exists()  # it would shadow the standard module `code`
