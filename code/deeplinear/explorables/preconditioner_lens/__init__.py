"""PreconditionerLens: what the preconditioner of Claim 1 does to a gradient,
in the plane of two of its eigenvectors.
"""

from deeplinear.explorables.preconditioner_lens.lab import Preconditioned, PreconditionerLens

__all__ = ["Preconditioned", "PreconditionerLens"]
