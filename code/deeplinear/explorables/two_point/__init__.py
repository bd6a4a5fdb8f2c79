"""TwoPointLab: the smallest problem on which depth accelerates gradient descent, under the reader's hand."""

from deeplinear.explorables.two_point.lab import TwoPointLab, TwoPointRun

__all__ = ["TwoPointLab", "TwoPointRun"]
