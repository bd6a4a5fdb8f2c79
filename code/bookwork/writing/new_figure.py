"""Begin a live figure: ``python -m bookwork.writing.new_figure my_figure``.

Writes one folder with a small figure that works (lab, view, panels, sentence, numerics, states), its line in the
register of figures, and the numbers that its script is held to. What is left to be written says TODO.
"""

from __future__ import annotations

import keyword
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bookwork.book import ROOT
from deeplinear import explorables

__all__ = ["class_name", "main", "refusal", "with_line"]

_FILES = Path(__file__).parent / "figure_files"
_HOUSE = Path("code/deeplinear/explorables")


def class_name(name: str) -> str:
    """The class of the figure in the folder `name`.

    Examples
    --------
    >>> from bookwork.writing.new_figure import class_name
    >>> class_name("gain_law")
    'GainLaw'
    """
    return "".join(word.capitalize() for word in name.split("_"))


def refusal(name: str, root: Path = ROOT) -> str | None:
    """Why there can be no new figure in a folder `name`, or None if there can.

    Examples
    --------
    >>> from bookwork.writing.new_figure import refusal
    >>> refusal("GainLaw")
    "'GainLaw' is no name of a figure's folder; give small letters, digits and underscores, as in my_figure"
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        return f"{name!r} is no name of a figure's folder; give small letters, digits and underscores, as in my_figure"
    if keyword.iskeyword(name):
        return f"{name!r} is a word of Python's own, and no module can be imported by it; take another name"
    if (root / _HOUSE / name).exists():
        return f"{_HOUSE / name} exists; take a name that is new"
    made = class_name(name)
    if taken := sorted({made, f"{made}Run"} & vars(explorables).keys()):
        return f"a figure {name} would be the class {made}, and deeplinear.explorables has {taken[0]} already"
    return None


def with_line(register: str, name: str) -> str:
    """The text of the register with the line of a figure in its place by the alphabet; all else stays as it is."""
    pattern = r"^from deeplinear\.explorables\.(\w+) import \*\n"
    lines = {found[1]: found[0] for found in re.finditer(pattern, register, re.MULTILINE)}
    lines[name] = f"from deeplinear.explorables.{name} import *\n"
    block = "".join(lines[key] for key in sorted(lines))
    return re.sub(rf"(?:{pattern})+", lambda _: block, register, count=1, flags=re.MULTILINE)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """The command line; returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) != 1 or not given[0]:
        print("usage: make figure NAME=my_figure", file=sys.stderr)
        return 2
    name = given[0]
    if why := refusal(name, root):
        print(why, file=sys.stderr)
        return 2
    folder, register = root / _HOUSE / name, root / _HOUSE / "__init__.py"
    before = register.read_text(encoding="utf-8")
    folder.mkdir()
    for template in _FILES.glob("*.txt"):
        text = template.read_text(encoding="utf-8").replace("$CLASS", class_name(name)).replace("$NAME", name)
        (folder / template.stem).write_text(text, encoding="utf-8")
    register.write_text(with_line(before, name), encoding="utf-8")
    for tidy in (["check", "--fix"], ["format"]):  # imports stand by the alphabet, and lines end where they may
        subprocess.run(["ruff", *tidy, "--quiet", str(folder)], cwd=root, check=False, env=_with_ruff())
    golden = root / "tests/js/golden" / f"{name}.json"
    if subprocess.run([sys.executable, "tests/js/write_golden.py", name], cwd=root, check=False).returncode:
        shutil.rmtree(folder)
        register.write_text(before, encoding="utf-8")
        golden.unlink(missing_ok=True)
        print(f"{name} could not be begun, for the reason above; nothing is left of it", file=sys.stderr)
        return 1
    print(
        f"Begun in {_HOUSE / name}, with its line in {_HOUSE / '__init__.py'} "
        f"and its numbers in {golden.relative_to(root)}. Next:"
    )
    print(
        "  write what says TODO; .venv/bin/python tests/js/write_golden.py " + name + "   after a change of its numbers"
    )
    print(f"  show it in a chapter: dl.explorables.{class_name(name)}()   make notebooks CHAPTER=…   runs that anew")
    print("  make test-unit test-js   holds script and package to the same numbers, sentences and ranges")
    return 0


def _with_ruff() -> dict[str, str]:
    """The environment, in which ruff is found beside this Python."""
    return os.environ | {"PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))}


if __name__ == "__main__":
    sys.exit(main())
