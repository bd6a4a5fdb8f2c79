"""Write the runs that the browser's numerics must repeat: ``python tests/js/write_golden.py``.

Every run is computed by the Python package. `golden.json` is committed; tests/explorables checks that it is what the package
computes now, and tests/js checks that the scripts compute the same.
"""

import json
from itertools import product
from pathlib import Path

from deeplinear.explorables import TwoPointLab

GOLDEN = Path(__file__).with_name("golden.json")


def states():
    """Methods × depths × powers × rates below, near and far above the stable one; both starts, and depths that are not used."""
    for p, depth, method in product((2, 3, 4, 6), range(1, 9), ("rule", "factors")):
        a = 2 - 2 / depth
        s = 20 * a / (a + p - 2) if a + p > 2 else 0.0
        stable = 2 / (depth * s**a * (20 - s) ** (p - 2))
        fraction = (0.1, 0.6, 30.0)[(depth + p) % 3]
        direction = ("targets", "equal")[depth % 2]
        yield {"p": p, "depth": depth, "method": method, "learning_rate": fraction * stable, "direction": direction}
    for p, fraction, method in product((2, 2.5, 3, 4, 6, 7.3), (0.05, 0.5, 3.0), ("gd", "momentum")):
        yield {"p": p, "depth": 1, "method": method, "learning_rate": fraction / 20.0 ** (p - 2), "direction": "targets"}
    for p, rate in product((2, 3, 4, 6), (0.01, 0.5, 5.0)):
        yield {"p": p, "depth": 1, "method": "adam", "learning_rate": rate, "direction": "equal"}
    for fraction in (0.94, 0.97, 1.0, 1.03, 1.06):
        yield {"p": 4, "depth": 2, "method": "rule", "learning_rate": fraction * 5e-4, "ratio": 100, "direction": "targets"}
    yield {"p": 4, "depth": 2, "method": "factors", "learning_rate": 10 ** (-27 / 6), "ratio": 100, "direction": "targets"}


def case(state):
    """One run as plain numbers, a few of its records."""
    lab = TwoPointLab(**{"ratio": 20, "scale": 0.1, "goal": 1e-2, "steps": 400} | state)
    run = lab.trajectory()
    kept = [i for i in range(len(run.steps)) if i < 6 or i % 7 == 0 or i == len(run.steps) - 1]
    return {
        "state": lab.state,
        "reached": run.reached,
        "diverged": run.diverged,
        "steps": run.steps[kept].tolist(),
        "weights": [[_number(w) for w in pair] for pair in run.weights[kept]],
        "loss": [_number(loss) for loss in run.loss[kept]],
    }


def _number(value):
    """JSON has no infinity: a number that overflowed, or never was one, is null."""
    return float(value) if abs(value) < float("inf") else None


def main():
    lines = ",\n".join(json.dumps(case(state)) for state in states())
    GOLDEN.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
