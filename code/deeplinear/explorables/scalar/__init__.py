"""ScalarLab: one number as a product of several, its step that adapts and its memory, under the reader's hand."""

from deeplinear.explorables.scalar.lab import ScalarLab, ScalarRun

__all__ = ["ScalarLab", "ScalarRun"]
