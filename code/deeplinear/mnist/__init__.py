"""The paper's convolutional network on MNIST, with deep dense layers or without.

* :mod:`~deeplinear.mnist.network`: the architecture, the protocol and the digits.
* :mod:`~deeplinear.mnist.training`: one run, cross-entropy and penalty kept apart.
* :mod:`~deeplinear.mnist.penalty`: the penalty left to itself, with no data.
* :mod:`~deeplinear.mnist.replication`: all runs at full length, behind ``python -m deeplinear.replicate mnist``.
* :mod:`~deeplinear.mnist.records`: what these leave behind; reading a record needs no TensorFlow.
"""
