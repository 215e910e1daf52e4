"""What is a chosen depth worth? Three pure functions, from what it did to a reward [B, G].

attention [G, B, H, Lq, Lk] rows summing to 1 over real keys; ranks [G, B], 1 is best;
mask [B, L], True = token.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

TOP_KEYS = 3


def relevance(attention: Tensor, ranks: Tensor, mask: Tensor) -> Tensor:
    """Reciprocal rank of the query's best positive in its own list."""
    return 1 / ranks.T.to(attention.dtype)


def attention_entropy(attention: Tensor, ranks: Tensor, mask: Tensor) -> Tensor:
    """Entropy over keys, divided by its largest value, mean over heads and real queries: 0 to 1."""
    n_keys = mask.sum(-1).clamp(min=2).to(attention.dtype)  # one key alone has entropy 0
    spread = -(attention * attention.clamp(min=1e-12).log()).sum(-1)  # [G, B, H, Lq]
    return _over_tokens(spread, mask) / n_keys.log()[:, None]


def focus(attention: Tensor, ranks: Tensor, mask: Tensor) -> Tensor:
    """Attention mass on the three strongest keys, mean over heads and real queries: 0 to 1."""
    strongest = attention.topk(min(TOP_KEYS, attention.shape[-1]), dim=-1).values.sum(-1)
    return _over_tokens(strongest, mask)


def _over_tokens(values: Tensor, mask: Tensor) -> Tensor:
    """[G, B, H, Lq] -> [B, G]: mean over heads and over real tokens."""
    weight = mask[None, :, None, :].to(values.dtype)
    total = (values * weight).sum((2, 3)) / (weight.sum((2, 3)) * values.shape[2])
    return total.T


REWARDS = {"relevance": relevance, "attention_entropy": attention_entropy, "focus": focus}


def total(weights: Mapping[str, float], attention: Tensor, ranks: Tensor, mask: Tensor) -> Tensor:
    """The weighted sum [B, G] of the rewards that weigh anything."""
    rewards = [
        weight * REWARDS[name](attention, ranks, mask)
        for name, weight in sorted(weights.items())
        if weight
    ]
    return torch.stack(rewards).sum(0)
