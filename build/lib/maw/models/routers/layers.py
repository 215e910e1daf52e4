"""Modules that routers are made of: a perceptron, constant logits, a random choice, known words."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from maw.models.routers.reading import scramble

CERTAIN = 1e6  # a logit that leaves no other depth a chance
NEAR = 0.1  # mean squared difference below which two hidden states, of variance 1, are one word's


def perceptron(sizes: Sequence[int], *, dropout: float = 0.0) -> nn.Sequential:
    """Return linear layers with ReLU between them, and dropout after the first ReLU.

    sizes: number of features of the input, of each hidden layer, and of the output.
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    layers.pop()
    if dropout:
        layers.insert(2, nn.Dropout(dropout))
    return nn.Sequential(*layers)


class ActorCritic(nn.Module):
    """A perceptron with two outputs: the logits of the depths, and a prediction of the reward.

    sizes, dropout: as in `perceptron`, for the output of logits.
    """

    def __init__(self, sizes: Sequence[int], *, dropout: float = 0.0) -> None:
        super().__init__()
        self.body = perceptron(sizes[:-1], dropout=dropout).append(nn.ReLU())
        self.actor = nn.Linear(sizes[-2], sizes[-1])
        self.critic = nn.Linear(sizes[-2], 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return the logits [B, D] for features [B, F]."""
        logits: Tensor = self.actor(self.body(features))
        return logits

    def value(self, features: Tensor) -> Tensor:
        """Return the predicted reward of each text [B] for features [B, F]."""
        expected: Tensor = self.critic(self.body(features))
        return expected[:, 0]


class Constant(nn.Module):
    """A router that returns the same logits for every text."""

    def __init__(self, logits: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("logits", torch.tensor(logits), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return the same logits for every text: features [B, 0] -> [B, D]."""
        logits: Tensor = self.get_buffer("logits").to(features.dtype)
        return logits.expand(len(features), -1)


class Lottery(nn.Module):
    """A router that gives each text a random depth: the depth with the highest ticket.

    A ticket is a hash of the text's number, the depth, and a salt that is drawn from torch's
    generator when the module is built. It depends neither on the number of depths nor on the batch.
    """

    def __init__(self, n_depths: int) -> None:
        super().__init__()
        self.n_depths = n_depths
        self.register_buffer("salt", torch.randint(2**62, ()))

    def forward(self, features: Tensor) -> Tensor:
        """Return logits [B, D] for numbers of texts [B, 1], int64; one is far above the rest."""
        depth = torch.arange(self.n_depths, device=features.device)
        ticket = scramble(scramble(features ^ self.get_buffer("salt")) + depth)  # [B, D]
        return CERTAIN * ((ticket >> 40).double() / 2**23)


class WordSpotter(nn.Module):
    """A router that gives a text the depth of the known word in it, and depth 0 without one.

    states [W, positions, E]: the hidden state of each known word at each position, of variance 1.
    Word w stands for depth w, or for the last depth where w is beyond it; of several words in a
    text the first in `states` counts.
    """

    def __init__(self, states: Tensor, *, n_depths: int) -> None:
        super().__init__()
        self.n_depths = n_depths
        self.register_buffer("states", states, persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return the logits [B, D], one far above the rest, for features [B, L·E].

        The features are the hidden states of a text's tokens, one after another, 0 at padding.
        """
        W, _, E = self.get_buffer("states").shape
        x = features.unflatten(1, (-1, E))[:, None]  # [B, 1, L, E]
        states = self.get_buffer("states")[:, : x.shape[2]].to(x.dtype)
        present = ((x - states).square().mean(-1) < NEAR).any(-1)  # [B, W]
        order = torch.arange(W, 0, -1, device=x.device)
        depth = (present * order).argmax(-1).clamp(max=self.n_depths - 1)
        return CERTAIN * torch.nn.functional.one_hot(depth, self.n_depths).to(x.dtype)
