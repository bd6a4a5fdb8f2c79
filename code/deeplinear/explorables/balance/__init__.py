"""BalanceDrift: what gradient descent does to the balance between layers, and what follows for their product."""

from deeplinear.explorables.balance.lab import BalanceDrift, Drift

__all__ = ["BalanceDrift", "Drift"]
