"""PlateauLab: how long a deep linear network waits near zero, and what ones on the diagonal change."""

from deeplinear.explorables.plateau.lab import PlateauLab, PlateauRun

__all__ = ["PlateauLab", "PlateauRun"]
