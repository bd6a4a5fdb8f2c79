"""`make bench`: what a step of the sweep engine costs, beside what else there is, as ratios from one run.

The contenders take turns, round after round, and each counts its best round: on a shared machine
the rounds in which another job interferes say nothing about any of them.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import deeplinear as dl
from bookwork.bench import frames, keras, training
from deeplinear import LpRegression, Run, advance
from deeplinear.networks import Chain

__all__ = ["main"]

DEPTH, RUNS, RATE, SCALE = 3, 128, 1e-4, 0.01

# A contender takes a number of steps and returns how many run-steps that was.
Contender = Callable[[int], int]


def ours(problem: dl.problems.Problem, runs: int = RUNS, dtype: Any = np.float64) -> Contender:
    """The engine, all runs together."""
    batch = [Run(Chain(DEPTH), RATE, seed=seed) for seed in range(runs)]

    def contender(steps: int) -> int:
        advance(problem, batch, [steps], dtype=dtype)
        return steps * runs

    return contender


def pytorch(problem: LpRegression) -> Contender:
    """Autograd, one run at a time, as a course would write it."""
    import torch

    inputs, targets = torch.from_numpy(problem.inputs), torch.from_numpy(problem.targets)
    layers = [torch.nn.Linear(n, k, bias=False, dtype=torch.float64) for n, k in ((inputs.shape[1], 1), (1, 1), (1, 1))]
    network = torch.nn.Sequential(*layers)
    for layer in layers:
        torch.nn.init.normal_(layer.weight, std=SCALE)
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE)

    def contender(steps: int) -> int:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = ((network(inputs).squeeze(1) - targets) ** 4).mean() / 4
            loss.backward()
            optimizer.step()
        return steps

    return contender


def tensorflow(problem: LpRegression) -> Contender:
    """A compiled training step with a gradient tape, one run at a time."""
    import tensorflow as tf

    inputs, targets = tf.constant(problem.inputs), tf.constant(problem.targets[:, None])
    start = tf.keras.initializers.RandomNormal(stddev=SCALE, seed=0)
    layers = [tf.keras.layers.Dense(1, use_bias=False, kernel_initializer=start, dtype="float64") for _ in range(DEPTH)]
    network = tf.keras.Sequential([tf.keras.Input((inputs.shape[1],), dtype="float64"), *layers])
    optimizer = tf.keras.optimizers.SGD(RATE)

    @tf.function  # type: ignore[untyped-decorator]
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((network(inputs, training=True) - targets) ** 4) / 4
        weights = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    def contender(steps: int) -> int:
        for _ in range(steps):
            step()
        return steps

    return contender


def jax(problem: LpRegression) -> Contender:
    """``jit(vmap(scan))``: all runs together, compiled."""
    import jax as jx

    jx.config.update("jax_enable_x64", True)
    inputs, targets = jx.numpy.asarray(problem.inputs), jx.numpy.asarray(problem.targets)
    starts = [Run(Chain(DEPTH), seed=seed).layers(problem.shape) for seed in range(RUNS)]
    networks = [jx.numpy.asarray(np.stack(layer)) for layer in zip(*starts, strict=True)]

    def loss(layers: Any) -> Any:
        first, second, third = layers
        return jx.numpy.mean((inputs @ (third @ second @ first)[0] - targets) ** 4) / 4

    def train(layers: Any, steps: int) -> Any:
        def step(layers: Any, _: None) -> Any:
            slopes = jx.grad(loss)(layers)
            return [layer - RATE * slope for layer, slope in zip(layers, slopes, strict=True)], None

        return jx.lax.scan(step, layers, None, length=steps)[0]

    together = jx.jit(lambda layers, steps: jx.vmap(lambda one: train(one, steps))(layers), static_argnums=1)

    def contender(steps: int) -> int:
        jx.block_until_ready(together(networks, steps))
        return steps * RUNS

    return contender


def peak(dtype: Any = np.float64, size: int = 2048) -> Callable[[], float]:
    """Floating-point operations a second of a large matrix product."""
    a, b = (np.random.default_rng(seed).standard_normal((size, size)).astype(dtype) for seed in (0, 1))
    out = np.empty_like(a)

    def measure() -> float:
        begin = time.perf_counter()
        np.matmul(a, b, out=out)
        return 2 * size**3 / (time.perf_counter() - begin)

    return measure


def seconds(contender: Contender, steps: int) -> float:
    """For one run-step."""
    begin = time.perf_counter()
    run_steps = contender(steps)
    return (time.perf_counter() - begin) / run_steps


def against_others(problem: LpRegression, rounds: int) -> None:
    """One table: a run-step of everyone, and of the machine's peak."""
    everyone: dict[str, tuple[Contender, int]] = {
        "deeplinear, float64": (ours(problem), 1000)
    }  # its start is over in 10 steps
    for name, make, steps in (
        ("PyTorch, autograd loop", pytorch, 300),
        ("TensorFlow, tf.function", tensorflow, 300),
        ("JAX, jit(vmap(scan))", jax, 1000),
    ):
        try:
            everyone[name] = (make(problem), steps)
        except ImportError as error:
            print(f"  {name}: left out, {error}")
    everyone["deeplinear, float32"] = (ours(problem, dtype=np.float32), 1000)
    peaks = {"float64": peak(), "float32": peak(np.float32)}
    best = dict.fromkeys(everyone, np.inf)
    rates = dict.fromkeys(peaks, 0.0)
    for contender, steps in everyone.values():
        contender(steps)  # compilation, memory, first touches
    for _ in range(rounds):
        for name, (contender, steps) in everyone.items():
            best[name] = min(best[name], seconds(contender, steps))
        for name, measure in peaks.items():
            rates[name] = max(rates[name], measure())
    mine = best["deeplinear, float64"]
    print(f"\nl4, ethanol, depth {DEPTH}, {RUNS} runs: one step of one run, best of {rounds} rounds")
    print(f"  {'':28} {'µs':>8} {'times ours':>11}")
    for name, cost in best.items():
        print(f"  {name:28} {cost * 1e6:8.2f} {cost / mine:11.2f}")
    for precision, rate in rates.items():
        share = 4 * problem.inputs.size / best[f"deeplinear, {precision}"] / rate
        print(
            f"  matrix products in {precision}: {rate / 1e9:.0f} GFLOP/s; ours reach {share:.0%} of it (4 m d a "
            "run-step)"
        )


def least_squares(problem: LpRegression, rounds: int) -> None:
    """The eigenbasis against the dense way, and by how much they differ after 10,000 steps."""

    class Dense(dl.problems.Problem):  # the same functions, without the type that lets the engine take the short way
        shape, gradient, loss = problem.shape, problem.gradient, problem.loss

    few = [Run(Chain(depth), rate) for depth in (1, 2, 3) for rate in (1e-3, 5e-3)]
    short, dense = (advance(task, few, [0, 100, 10_000]).loss for task in (problem, Dense()))
    gap = np.abs(short / dense - 1).max()
    costs = {"eigenbasis": np.inf, "dense": np.inf}
    for _ in range(rounds):
        costs["eigenbasis"] = min(costs["eigenbasis"], seconds(ours(problem), 200_000))
        costs["dense"] = min(costs["dense"], seconds(ours(Dense()), 50))
    print(f"\nl2, ethanol, depth {DEPTH}, {RUNS} runs")
    for name, cost in costs.items():
        print(f"  {name:28} {cost * 1e6:8.3f} µs a run-step")
    print(f"  ratio {costs['dense'] / costs['eigenbasis']:.0f}; losses differ by {gap:.1e} at most over 10,000 steps")


def growth(problem: LpRegression, rounds: int) -> None:
    """The cost of a run-step as each dimension grows; flat, or proportional, is what it should be."""
    rows, features = problem.inputs.shape
    cases: dict[str, dict[str, tuple[Contender, int]]] = {"runs": {}, "steps": {}, "rows": {}, "features": {}}
    for runs in (16, 32, 64, 128, 256):
        cases["runs"][f"{runs}"] = (ours(problem, runs), 100)
    for steps in (100, 400, 1600):
        cases["steps"][f"{steps}"] = (ours(problem, 64), steps)
    for part in (8, 4, 2, 1):
        fewer = replace(problem, inputs=problem.inputs[: rows // part], targets=problem.targets[: rows // part])
        cases["rows"][f"{rows // part}"] = (ours(fewer), 100)
        narrow = replace(problem, inputs=problem.inputs[:, : features // part])
        cases["features"][f"{features // part}"] = (ours(narrow), 100)
    print("\nHow the cost of a run-step grows (l4, µs)")
    for what, table in cases.items():
        best = dict.fromkeys(table, np.inf)
        for _ in range(rounds):
            for name, (contender, steps) in table.items():
                best[name] = min(best[name], seconds(contender, steps))
        print(f"  {what:10}" + "".join(f"{name:>7}: {cost * 1e6:6.2f}" for name, cost in best.items()))


def memory() -> None:
    """The peak of a process that makes 100 runs of a million steps."""
    program = "from bookwork.bench import engine; engine.million()"
    subprocess.run([sys.executable, "-c", program], check=True)


def million() -> None:
    """100 runs × 1,000,000 steps of least squares, and 100 runs on ℓ4, for the size of what is held."""
    data = dl.load_ethanol()
    print("\n100 runs of 1,000,000 steps", flush=True)
    for p, steps in ((2.0, 1_000_000), (4.0, 300)):
        begin = time.perf_counter()
        dl.sweep(LpRegression(data.inputs, data.targets, p=p), DEPTH, RATE, steps, seed=range(100))
        held = _peak_memory()
        took = time.perf_counter() - begin
        print(f"  l{p:g}, {steps:>9,} steps: {took:6.1f} s, at most {held:.2f} GiB in memory (all of Python included)")


def _peak_memory() -> float:
    """GiB of this process alone; `getrusage` counts what the parent held when it started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        return float(re.search(r"VmHWM:\s+(\d+) kB", status.read_text()).group(1)) / 2**20  # type: ignore[union-attr]
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20 / (1024 if sys.platform == "darwin" else 1)


def main() -> int:
    """The command line; returns its exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=9, help="turns that everyone takes; default: 9")
    rounds = parser.parse_args().rounds
    if rounds < 1:
        parser.error(f"--rounds is {rounds}, it must be 1 or more")
    data = dl.load_ethanol()
    l2, l4 = (LpRegression(data.inputs, data.targets, p=p) for p in (2, 4))
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, NumPy {np.__version__}; data: "
        f"{data.source}"
    )
    against_others(l4, rounds)
    least_squares(l2, min(rounds, 3))
    growth(l4, min(rounds, 3))
    training.report(data, peak(), min(rounds, 5))
    keras.report(rounds)
    memory()
    frames.report()
    return 0


if __name__ == "__main__":
    sys.exit(main())
