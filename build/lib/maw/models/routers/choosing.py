"""Ways to choose depths by a router's logits [B, D]: the likeliest, a relaxed draw, or samples.

All randomness comes from the generator that is passed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maw.models.attention.straight_through import ExactGates, Gates


@dataclass(frozen=True)
class Choice:
    """A random draw of one depth for each text, and its relaxed form, which has a gradient.

    depth [B]: the drawn depths. soft [B, D]: softmax weights of all depths under the same noise,
    whose gradient reaches the router.
    """

    depth: Tensor
    soft: Tensor


def argmax(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Return the likeliest depth [B] and its probability [B], for ranking."""
    probability, depth = logits.softmax(-1).max(-1)
    return depth, probability


def gumbel(logits: Tensor, *, tau: float, generator: torch.Generator) -> Choice:
    """Return for each text a depth drawn from softmax(logits), and its relaxed form.

    The relaxed form is for straight-through training. tau: temperature of the relaxed form. Source
    of the Gumbel-softmax: Jang, Gu & Poole 2017, arXiv:1611.01144.
    """
    noisy = logits + gumbel_noise(logits.shape, generator).to(logits)
    return Choice(noisy.argmax(-1), (noisy / tau).softmax(-1))


def sample(logits: Tensor, n_samples: int, generator: torch.Generator) -> Tensor:
    """Return depths [B, n_samples] drawn from softmax(logits) of each text, with replacement."""
    policy = logits.softmax(-1).to(generator.device)
    depths = torch.multinomial(policy, n_samples, replacement=True, generator=generator)
    return depths.to(logits.device)


def two_depths(choice: Choice, generator: torch.Generator) -> Gates:
    """Return gates of the chosen depth and of another depth, drawn uniformly among the rest."""
    D = choice.soft.shape[-1]
    step = torch.randint(1, D, choice.depth.shape, generator=generator)
    other = (choice.depth + step.to(choice.depth.device)) % D
    return Gates(
        gate=choice.soft.gather(1, choice.depth[:, None])[:, 0],
        other=other,
        gate_other=(D - 1) * choice.soft.gather(1, other[:, None])[:, 0],
    )


def all_depths(choice: Choice, generator: torch.Generator) -> ExactGates:
    """Return gates of every depth, which give the router the exact gradient.

    They cost D - 1 more passes through the attention. Nothing is drawn from the generator.
    """
    return ExactGates(choice.soft)


def gumbel_noise(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Return standard Gumbel noise: argmax(logits + noise) is a draw from softmax(logits)."""
    uniform = torch.rand(tuple(shape), generator=generator).clamp(1e-10, 1 - 1e-7)
    return -torch.log(-torch.log(uniform))
