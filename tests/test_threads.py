"""The engine takes as many threads as pay, by a clock of our own."""

import os
import subprocess
import sys

import numpy as np
import pytest

from deeplinear._threads import Crew


class Machine:
    """Where a call takes as long as we say, for each number of threads."""

    def __init__(self, **seconds):
        self.time, self.seconds = 0.0, {int(key[1:]): value for key, value in seconds.items()}
        self.crew, self.calls = Crew(tuple(self.seconds), now=lambda: self.time), []

    def work(self, until):
        while self.time < until:
            took = self.seconds[self.crew.threads]
            self.time += took
            self.calls.append(self.crew.threads)
            self.crew.took(took, 1.0)

    def share(self, threads, last=500):
        return np.mean(np.array(self.calls[-last:]) == threads)


@pytest.mark.parametrize(("one", "two", "better"), [(0.002, 0.001, 2), (0.002, 0.006, 1)])
def test_the_faster_number_is_found_and_kept(one, two, better):
    machine = Machine(t1=one, t2=two)
    machine.work(10.0)
    assert machine.share(better) > 0.9
    assert machine.share(3 - better) > 0  # it goes on looking


def test_it_follows_when_another_process_comes_and_when_it_goes():
    machine = Machine(t1=0.002, t2=0.001)
    machine.work(5.0)
    assert machine.share(2) > 0.9
    machine.seconds[2] = 0.007
    machine.work(10.0)
    assert machine.share(1, 300) > 0.9
    machine.seconds[2] = 0.001
    machine.work(15.0)
    assert machine.share(2) > 0.9


def test_looking_costs_little():
    machine = Machine(t1=0.002, t2=0.001)
    machine.work(20.0)
    assert machine.time / len(machine.calls) < 1.05 * 0.001


def test_one_choice_is_never_questioned():
    machine = Machine(t2=0.001)
    machine.work(2.0)
    assert set(machine.calls) == {2}


def test_the_number_of_threads_changes_no_digit_and_is_given_back():
    """In a Python of its own, which has two threads whatever this one has."""
    program = """
import numba, numpy as np, deeplinear as dl
from deeplinear._threads import Crew
rng = np.random.default_rng(0)
inputs = rng.standard_normal((2000, 40))
problem = dl.LpRegression(inputs, inputs @ rng.standard_normal(40) / 8 + rng.standard_normal(2000), p=4)
runs = [dl.Run(dl.networks.Chain(2), rate, start=dl.networks.NearZero(0.2)) for rate in (1e-3, 2e-3)]
ends = []
for choice in (1, 2):
    Crew.took = lambda self, *_, choice=choice: setattr(self, "threads", choice)
    ends.append(dl.advance(problem, runs, [100]).loss.tolist())
print(ends[0] == ends[1], numba.get_num_threads())
"""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["True", "2"]
