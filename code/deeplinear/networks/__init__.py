"""What is trained: networks of layers, ways to start them, and the update rule that stands for them; one file each.

A network says how its layers make the end-to-end weights, and how a gradient at the weights becomes one of every layer.
It is a setting without memory: the layers are arrays that it is given.
"""

from __future__ import annotations

from deeplinear._arrays import namespace
from deeplinear.networks._chain import Chain
from deeplinear.networks._dense import Dense
from deeplinear.networks._diagonal import Diagonal
from deeplinear.networks._network import Network
from deeplinear.networks._rule import AdaptiveStep, Amplification, Rule
from deeplinear.networks.starts import AllEqual, Balanced, Given, Identity, NearZero, Start

__all__ = [
    "AdaptiveStep",
    "AllEqual",
    "Amplification",
    "Balanced",
    "Chain",
    "Dense",
    "Diagonal",
    "Given",
    "Identity",
    "NearZero",
    "Network",
    "Rule",
    "Start",
    "namespace",
]
