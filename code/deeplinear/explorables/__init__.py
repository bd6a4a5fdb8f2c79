"""Interactive figures: the same object is live in a notebook, with a kernel, and in the static page, without one.

>>> from deeplinear.explorables import TwoPointLab
>>> lab = TwoPointLab(depth=2, method="rule", learning_rate=5e-4)
>>> lab.compute().weights[1].round(4)  # the first step of a run that the figure draws
array([99.8003,  0.4995])
"""

from deeplinear.explorables.base import Explorable
from deeplinear.explorables.two_point import Run, TwoPointLab

__all__ = ["Explorable", "Run", "TwoPointLab"]
