"""``python -m deeplinear.replication FIGURE``; see :mod:`deeplinear.replication.command`."""

from __future__ import annotations

import sys

from deeplinear.replication.campaign import replicate
from deeplinear.replication.command import main
from deeplinear.replication.experiments import EXPERIMENTS, Experiment

# The names of the former module deeplinear.replicate.
__all__ = ["EXPERIMENTS", "Experiment", "main", "replicate"]

if __name__ == "__main__":
    sys.exit(main())
