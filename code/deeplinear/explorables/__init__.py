"""Interactive figures: the same object is live in a notebook, with a kernel, and in the static page, without one.

>>> from deeplinear.explorables import TwoPointLab
>>> lab = TwoPointLab(depth=2, method="rule", learning_rate=5e-4)
>>> lab.compute().weights[1].round(4)  # the first step of a run that the figure draws
array([99.8003,  0.4995])
"""

from deeplinear.explorables.balance import BalanceDrift, Drift
from deeplinear.explorables.base import Explorable
from deeplinear.explorables.curl_field import CurlField, Walk
from deeplinear.explorables.gas_sensor import GasSensorLab, SensorRun
from deeplinear.explorables.plateau import PlateauLab, PlateauRun
from deeplinear.explorables.preconditioner_lens import Preconditioned, PreconditionerLens
from deeplinear.explorables.scalar import ScalarLab, ScalarRun
from deeplinear.explorables.two_point import Run, TwoPointLab

__all__ = [
    "BalanceDrift",
    "CurlField",
    "Drift",
    "Explorable",
    "GasSensorLab",
    "PlateauLab",
    "PlateauRun",
    "Preconditioned",
    "PreconditionerLens",
    "Run",
    "ScalarLab",
    "ScalarRun",
    "SensorRun",
    "TwoPointLab",
    "Walk",
]
