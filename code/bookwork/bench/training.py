"""Training beyond the paper's networks: several outputs, completion, layer-wise optimizers, a busy machine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import deeplinear as dl
from deeplinear.networks import Dense, NearZero

__all__ = ["report"]

Contender = Callable[[int], int]


def report(data: Any, peak: Callable[[], float], rounds: int) -> None:
    """All tables; `peak` measures the machine's matrix products, in operations a second."""
    several_outputs(data, peak, rounds)
    completion(rounds)
    optimizers(data, rounds)
    busy_machine(data)


def engine(problem: dl.problems.Problem, runs: list[dl.Run]) -> Contender:
    """All runs together."""

    def contender(steps: int) -> int:
        dl.advance(problem, runs, [steps])
        return steps * len(runs)

    return contender


def best_of(contenders: dict[str, tuple[Contender, int]], rounds: int) -> dict[str, float]:
    """Seconds a run-step, the best round of each; they take turns."""
    for contender, steps in contenders.values():
        contender(steps)
    best = dict.fromkeys(contenders, np.inf)
    for _ in range(rounds):
        for name, (contender, steps) in contenders.items():
            begin = time.perf_counter()
            done = contender(steps)
            best[name] = min(best[name], (time.perf_counter() - begin) / done)
    return best


def several_outputs(data: Any, peak: Callable[[], float], rounds: int, outputs: int = 10, width: int = 16) -> None:
    """ℓ4 with 10 outputs, dense layers of width 16: the share of the machine's peak that the data's products reach."""
    rng = np.random.default_rng(0)
    targets = data.targets[:, None] * rng.standard_normal(outputs) + rng.standard_normal((len(data.targets), outputs))
    problem = dl.LpRegression(data.inputs, targets, p=4)
    runs = [dl.Run(Dense(3, width), 1e-5, seed=seed, start=NearZero(0.1)) for seed in range(64)]
    best = rate = 0.0
    contender = engine(problem, runs)
    contender(20)
    for _ in range(rounds):
        begin = time.perf_counter()
        done = contender(60)
        best = max(best, done / (time.perf_counter() - begin))
        rate = max(rate, peak())
    share = 4 * problem.inputs.size * outputs * best / rate
    print(f"\nl4, ethanol, {outputs} outputs, depth 3, width {width}, {len(runs)} runs")
    print(
        f"  {1e6 / best:.1f} µs a run-step: {share:.0%} of the matrix peak of {rate / 1e9:.0f} GFLOP/s (4 m d k a "
        "run-step)"
    )


def completion(rounds: int, size: int = 100, runs: int = 64) -> None:
    """Matrix completion, 100 × 100 and 64 runs, beside one run at a time in PyTorch."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((size, 5)) @ rng.standard_normal((5, size)) / np.sqrt(5)
    problem = dl.problems.MatrixCompletion(matrix, rng.random((size, size)) < 0.2)
    print(f"\nMatrix completion, {size} × {size}, {runs} runs: one step of one run")
    for width in (10, size):
        together = [dl.Run(Dense(2, width), 1e-3, seed=seed, start=NearZero(0.1)) for seed in range(runs)]
        contenders: dict[str, tuple[Contender, int]] = {"deeplinear": (engine(problem, together), 300)}
        try:
            contenders["PyTorch, autograd loop"] = (_pytorch(problem, width), 300)
        except ImportError as error:
            print(f"  PyTorch: left out, {error}")
        best = best_of(contenders, rounds)
        for name, cost in best.items():
            print(f"  width {width:3}, {name:24} {cost * 1e6:8.1f} µs {cost / best['deeplinear']:8.2f} times ours")


def _pytorch(problem: dl.problems.MatrixCompletion, width: int) -> Contender:
    import torch

    matrix, mask = torch.tensor(problem.matrix), torch.tensor(problem.observed)
    rows, columns = matrix.shape
    start = torch.Generator().manual_seed(0)
    first, second = (
        (0.1 * torch.randn(*shape, generator=start, dtype=torch.float64)).requires_grad_()
        for shape in ((width, columns), (rows, width))
    )
    optimizer = torch.optim.SGD([first, second], lr=1e-3)

    def contender(steps: int) -> int:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = ((second @ first - matrix)[mask] ** 2).sum() / 2
            loss.backward()
            optimizer.step()
        return steps

    return contender


def optimizers(data: Any, rounds: int) -> None:
    """What a step of a layer-wise optimizer costs beside one of gradient descent, on the data and without them."""
    problem = dl.LpRegression(data.inputs, data.targets, p=4)
    small = dl.problems.MatrixCompletion(np.zeros((20, 20)), np.ones((20, 20), dtype=bool))
    methods = {
        "gradient descent": dl.optimizers.GradientDescent(),
        "Adam": dl.optimizers.Adam(),
        "Muon": dl.optimizers.Muon(),
        "Shampoo": dl.optimizers.Shampoo(),
    }
    print("\nA step of an optimizer, times one of gradient descent (64 runs, depth 2, width 16)")
    for what, task in (("l4 on the ethanol rows", problem), ("completion, 20 × 20", small)):
        contenders = {
            name: (engine(task, [dl.Run(Dense(2, 16), 1e-5, seed=seed, optimizer=method) for seed in range(64)]), 20)
            for name, method in methods.items()
        }
        best = best_of(contenders, rounds)
        plain = best["gradient descent"]
        print(f"  {what:24}" + "".join(f"{name:>18}: {cost / plain:5.2f}" for name, cost in best.items()))


def busy_machine(data: Any) -> None:
    """A sweep while another process keeps a core busy, beside the same in quiet:
    the engine takes the threads that pay.
    """
    problem = dl.LpRegression(data.inputs, data.targets, p=4)
    rates = np.geomspace(1e-4, 5e-4, 8)

    def sweep() -> float:
        begin = time.perf_counter()
        dl.sweep(problem, (1, 2, 3), rates, 1500, record=[1500])
        return time.perf_counter() - begin

    sweep()
    quiet = min(sweep() for _ in range(3))
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        time.sleep(0.5)
        busy = min(sweep() for _ in range(3))
    finally:
        other.kill()
        other.wait()
    print(
        f"\nA sweep of 24 runs on l4 beside one busy process: {busy / quiet:.2f} times its quiet time of {quiet:.1f} s"
    )
