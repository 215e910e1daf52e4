"""How does a router's policy become one depth per text? Argmax, Gumbel or a sample.

Logits [B, D] in, depths out; what is random comes from the generator alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maw.models.attention.straight_through import ExactGates, Gates


@dataclass(frozen=True)
class Choice:
    """depth [B]; soft [B, D], the relaxed choice whose gradient reaches the router."""

    depth: Tensor
    soft: Tensor


def argmax(logits: Tensor) -> tuple[Tensor, Tensor]:
    """The likeliest depth [B] and its probability [B]: for ranking."""
    chance, depth = logits.softmax(-1).max(-1)
    return depth, chance


def gumbel(logits: Tensor, *, tau: float, generator: torch.Generator) -> Choice:
    """A draw from the policy, relaxed at temperature tau: for straight-through training."""
    noisy = logits + gumbel_noise(logits.shape, generator).to(logits)
    return Choice(noisy.argmax(-1), (noisy / tau).softmax(-1))


def sample(logits: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """n depths from each text's policy [B, n], with replacement: for policy gradients."""
    policy = logits.softmax(-1).to(generator.device)
    drawn = torch.multinomial(policy, n, replacement=True, generator=generator)
    return drawn.to(logits.device)


def two_depths(choice: Choice, generator: torch.Generator) -> Gates:
    """Gates of the chosen depth and of another, drawn uniformly among the rest: unbiased."""
    D = choice.soft.shape[-1]
    step = torch.randint(1, D, choice.depth.shape, generator=generator)
    other = (choice.depth + step.to(choice.depth.device)) % D
    return Gates(
        gate=choice.soft.gather(1, choice.depth[:, None])[:, 0],
        other=other,
        gate_other=(D - 1) * choice.soft.gather(1, other[:, None])[:, 0],
    )


def all_depths(choice: Choice, generator: torch.Generator) -> ExactGates:
    """Gates of every depth: the literal gradient, dearer by D - 1 forward passes."""
    return ExactGates(choice.soft)


def gumbel_noise(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Standard Gumbel noise: argmax(logits + noise) is a draw from the softmax."""
    uniform = torch.rand(tuple(shape), generator=generator).clamp(1e-10, 1 - 1e-7)
    return -torch.log(-torch.log(uniform))
