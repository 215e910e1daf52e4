"""The multilayer perceptron inside a router."""

from collections.abc import Sequence
from itertools import pairwise

from torch import nn


def perceptron(sizes: Sequence[int], *, dropout: float = 0.0) -> nn.Sequential:
    """Linear layers of these sizes, ReLU between them, dropout after the first."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    layers.pop()
    if dropout:
        layers.insert(2, nn.Dropout(dropout))
    return nn.Sequential(*layers)
