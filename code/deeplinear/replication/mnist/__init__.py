"""The paper's convolutional network on MNIST, with deep dense layers or without.

* :mod:`~deeplinear.replication.mnist.network`: the architecture, the protocol and the digits.
* :mod:`~deeplinear.replication.mnist.training`: one run, cross-entropy and penalty kept apart.
* :mod:`~deeplinear.replication.mnist.penalty`: the penalty left to itself, with no data.
* :mod:`~deeplinear.replication.mnist.replication`: all runs at full length, behind
  ``python -m deeplinear.replication mnist``.
* :mod:`~deeplinear.replication.mnist.records`: what these leave behind; reading a record needs no TensorFlow.
"""
