"""The paper's figures at full length: ``python -m deeplinear.replication FIGURE``.

Every run that is finished is kept, and regressions under way are saved every 20 seconds, so the command can be killed
at any moment and given again. Runs that several figures share are made once. The records go to ``data/records``. The
convolutional network, ``mnist``, needs TensorFlow and hours on two cores: it is made only when it is named, and
:mod:`deeplinear.replication.mnist.replication` makes it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deeplinear._files import UnwritableError
from deeplinear.datasets import GASES, DataError, load_gas, load_mnist
from deeplinear.replication import records
from deeplinear.replication.campaign import replicate
from deeplinear.replication.experiments import EXPERIMENTS
from deeplinear.replication.store import Store

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["main"]

#: The one experiment that is not a regression.
NETWORK = "mnist"
FIGURES = [*dict.fromkeys(experiment.figure for experiment in EXPERIMENTS.values()), NETWORK]
#: The data set of the paper, and of the book's records.
DATA = "ethanol"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status."""
    options = _options(arguments)
    names = [
        name for name, experiment in EXPERIMENTS.items() if not options.figure or experiment.figure in options.figure
    ]
    into = options.records or records.folder(to_write=True)
    try:
        if NETWORK in options.figure:
            _network(options, into)
        if names:
            _regressions(names, options, into)
    except DataError as error:
        stand_in = "\nTo run on the embedded stand-in instead: --allow-stand-in" if options.data == DATA else ""
        raise SystemExit(f"{error}{stand_in}") from None
    except UnwritableError as error:
        raise SystemExit(f"{error} with --records FOLDER; given again, the command goes on from where it was") from None
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m deeplinear.replication", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument(
        "figure", nargs="*", metavar="FIGURE", help=f"any of {', '.join(FIGURES)}; all but {NETWORK} if none is named"
    )
    parser.add_argument("--data", choices=GASES, default=DATA, help=f"the gas of the regressions; default: {DATA}")
    parser.add_argument(
        "--records", type=Path, default=None, help="folder of the records; default: data/records of the book"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="run on a Dask cluster, such as tcp://10.0.0.1:8786")
    parser.add_argument("--steps", type=int, help="another number of steps than the paper's, for a quick look")
    parser.add_argument("--seeds", type=int, help=f"how many seeds; default: 3, for {NETWORK} 2")
    parser.add_argument(
        "--processes", type=int, default=1, help=f"{NETWORK}: runs side by side, one thread each; default: 1, all"
    )
    parser.add_argument(
        "--allow-stand-in", action="store_true", help="go on with the embedded data if the real are not there"
    )
    options = parser.parse_args(arguments)
    if unknown := [figure for figure in options.figure if figure not in FIGURES]:
        parser.error(f"there is no figure {unknown[0]!r}: choose from {', '.join(FIGURES)}")
    for name, least in (("steps", 10), ("seeds", 1), ("processes", 1)):
        if getattr(options, name) is not None and getattr(options, name) < least:
            parser.error(f"--{name} is {getattr(options, name)}, it must be {least} or more")
    if options.steps is not None and options.records is None:
        parser.error("--steps makes a quick look, not the book's record: say where it goes with --records FOLDER")
    if options.data != DATA and options.records is None:
        parser.error(f"the book's records are of {DATA}: say where those of {options.data} go with --records FOLDER")
    if NETWORK in options.figure and options.scheduler is not None:
        parser.error(f"{NETWORK} does not run on a cluster: leave out --scheduler")
    return options


def _regressions(names: Sequence[str], options: argparse.Namespace, into: Path) -> None:
    data = load_gas(options.data, source="auto" if options.allow_stand_in else "real")
    seeds = tuple(range(options.seeds or 3))
    if options.scheduler is None:
        replicate(names, Store(into / ".runs"), data, into, seeds=seeds, steps=options.steps)
        return
    from deeplinear.training.backends import Dask

    with _connect(options.scheduler) as client:
        try:
            replicate(names, Store(into / ".runs", Dask(client)), data, into, seeds=seeds, steps=options.steps)
        except RuntimeError as error:
            raise SystemExit(f"{error}\nGiven again, the command goes on from where it was") from error


def _network(options: argparse.Namespace, into: Path) -> None:
    try:
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise SystemExit(f'{NETWORK} needs TensorFlow ({error}): pip install "deeplinear[tensorflow]"') from None
    from deeplinear.replication.mnist import replication

    data = load_mnist(source="auto" if options.allow_stand_in else "real")
    seeds = tuple(range(options.seeds or 2))
    path = replication.replicate(data, into, seeds=seeds, steps=options.steps, processes=options.processes)
    print(f"{NETWORK}: {path}", flush=True)


def _connect(address: str) -> Client:
    from distributed import Client

    try:
        return Client(address, timeout=5)
    except (OSError, ValueError) as error:
        raise SystemExit(f"no Dask scheduler answers at {address}: {error}") from error
