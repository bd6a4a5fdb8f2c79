"""Write the numbers that the browser's scripts must repeat: ``python tests/js/write_golden.py [NAME ...]``.

`states/NAME.py` lists states of an explorable; the Python package computes each, and `golden/NAME.json` keeps the result.
tests/explorables checks that a file holds what the package computes now, tests/js that ``numerics/NAME.mjs`` computes the same.
"""

import json
import runpy
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in (HERE / "states").glob("*.py"))


def kept(length):
    """The indices that are stored of a long list: the first, every seventh, the last. The scripts' test knows the same rule."""
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


def load(name):
    """The class of an explorable and the states that are stored of it."""
    listed = runpy.run_path(str(HERE / "states" / f"{name}.py"))
    return listed["Explorable"], list(listed["states"]())


def case(lab):
    """One state and its numbers."""
    return {"state": lab.state, "numbers": plain(asdict(lab.compute()))}


def main(names):
    for name in names:
        if name not in NAMES:
            sys.exit(f"there is no states/{name}.py in {HERE}; there are {', '.join(NAMES)}")
    for name in names or NAMES:
        Explorable, states = load(name)
        labs = [Explorable(**state) for state in states]
        lines = ",\n".join(json.dumps(case(lab)) for lab in labs)
        text = f'{{"data": {json.dumps(labs[0].data)},\n"cases": [\n{lines}\n]}}\n'
        (HERE / "golden" / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
