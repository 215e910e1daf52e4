"""Routers are made of these modules: a multilayer perceptron, a constant or a lottery."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from maw.models.routers.reading import scramble

CERTAIN = 1e6  # a logit that leaves no other depth a chance


def perceptron(sizes: Sequence[int], *, dropout: float = 0.0) -> nn.Sequential:
    """Stack linear layers of these sizes, with ReLU between them and dropout after the first."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    layers.pop()
    if dropout:
        layers.insert(2, nn.Dropout(dropout))
    return nn.Sequential(*layers)


class ActorCritic(nn.Module):
    """A perceptron with a second head that predicts the reward."""

    def __init__(self, sizes: Sequence[int], *, dropout: float = 0.0) -> None:
        super().__init__()
        self.body = perceptron(sizes[:-1], dropout=dropout).append(nn.ReLU())
        self.actor = nn.Linear(sizes[-2], sizes[-1])
        self.critic = nn.Linear(sizes[-2], 1)

    def forward(self, features: Tensor) -> Tensor:
        """Map features [B, F] to logits [B, D]."""
        logits: Tensor = self.actor(self.body(features))
        return logits

    def value(self, features: Tensor) -> Tensor:
        """Predict the reward of each text [B]."""
        expected: Tensor = self.critic(self.body(features))
        return expected[:, 0]


class Constant(nn.Module):
    """A router that returns the same logits for every text."""

    def __init__(self, logits: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("logits", torch.tensor(logits), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Repeat the logits for features [B, 0]: [B, D]."""
        logits: Tensor = self.get_buffer("logits").to(features.dtype)
        return logits.expand(len(features), -1)


class Lottery(nn.Module):
    """A random depth for each text: the one whose ticket is highest.

    A ticket is a hash of the text's number, the depth and the salt. It depends neither on the
    number of depths nor on the batch.
    """

    def __init__(self, n_depths: int) -> None:
        super().__init__()
        self.n_depths = n_depths
        self.register_buffer("salt", torch.randint(2**62, ()))

    def forward(self, features: Tensor) -> Tensor:
        """Map numbers of texts [B, 1], int64, to logits [B, D], one of them far above the rest."""
        depth = torch.arange(self.n_depths, device=features.device)
        ticket = scramble(scramble(features ^ self.get_buffer("salt")) + depth)  # [B, D]
        return CERTAIN * ((ticket >> 40).double() / 2**23)
