"""Write the numbers that the browser's scripts must repeat: ``python tests/js/write_golden.py [FIGURE ...]``.

A figure goes by the name of its folder. `states.py` there lists states; the Python package computes each, and
`golden/FIGURE.json` keeps the result, with the constants of the figure's modules. tests/explorables checks that a file
holds what the package computes now, tests/js that the scripts of the folder compute and hold the same.
"""

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from deeplinear.explorables import FIGURES

GOLDEN = Path(__file__).parent / "golden"


def kept(length):
    """The indices that are stored of a long list: the first, every seventh, the last.
    The scripts' test knows the same rule.
    """
    return [i for i in range(length) if length <= 24 or i < 6 or i % 7 == 0 or i == length - 1]


def plain(value):
    """A result as JSON: lists, thinned; null for what is no finite number or not there."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if np.ndim(value) == 0:
        number = value.item() if isinstance(value, np.generic) else value
        return number if np.isfinite(number) else None
    return [plain(value[i]) for i in kept(len(value))]


def load(figure):
    """The class of a figure and the states that are stored of it."""
    states = importlib.import_module(f"deeplinear.explorables.{figure}.states")
    return FIGURES[figure], list(states.states())


def constants(figure):
    """What the modules of a figure hold in capitals, as JSON has it; keys that are no words are left out."""
    folder = Path(importlib.import_module(f"deeplinear.explorables.{figure}").__file__).parent
    found = {}
    for path in sorted(folder.glob("*.py")):
        module = importlib.import_module(f"deeplinear.explorables.{figure}.{path.stem}")
        for name, value in vars(module).items():
            if name.isupper() and not name.startswith("_"):
                try:
                    found[name] = json.loads(json.dumps(value))
                except TypeError:
                    continue
    return found


def case(lab):
    """One state, its numbers and its sentence."""
    return {"state": lab.state, "numbers": plain(asdict(lab.compute())), "sentence": lab.summary()}


def main(figures):
    for figure in figures:
        if figure not in FIGURES:
            sys.exit(f"there is no figure {figure!r}; there are {', '.join(FIGURES)}")
    for figure in figures or FIGURES:
        Lab, states = load(figure)
        labs = [Lab(**state) for state in states]
        lines = ",\n".join(json.dumps(case(lab)) for lab in labs)
        head = f'"data": {json.dumps(labs[0].data)},\n"constants": {json.dumps(constants(figure))}'
        (GOLDEN / f"{figure}.json").write_text(f'{{{head},\n"cases": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
