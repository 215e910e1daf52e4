"""Rewards of sampled depths: three pure functions that return a reward [B, G] each.

B texts (queries or pairs), G sampled depths of each. attention [G, B, H, Lq, Lk]: the text's
attention under each sample, from query positions to key positions; each row sums to 1 over real
tokens. ranks [G, B]: rank of the best positive of the text's search query, 1 is best. mask [B, L],
True = token.
"""

from collections.abc import Collection, Mapping

import torch
from torch import Tensor

TOP_KEYS = 3
LEAST_PROBABILITY = 1e-12  # so that the logarithm of a probability of 0 is finite


def relevance(attention: Tensor, ranks: Tensor, mask: Tensor) -> Tensor:
    """Return the reciprocal rank of the search query's best positive, above 0 and at most 1."""
    return 1 / ranks.T.to(attention.dtype)


def attention_entropy(attention: Tensor, ranks: Tensor, mask: Tensor) -> Tensor:
    """Return the entropy of attention over keys, divided by its largest value: from 0 to 1.

    It is a mean over heads and real tokens.
    """
    n_keys = mask.sum(-1).clamp(min=2).to(attention.dtype)  # one key alone has entropy 0
    entropy = -(attention * attention.clamp(min=LEAST_PROBABILITY).log()).sum(-1)  # [G, B, H, Lq]
    return _over_tokens(entropy, mask) / n_keys.log()[:, None]


def focus(attention: Tensor, ranks: Tensor, mask: Tensor) -> Tensor:
    """Return the share of a token's attention that its three strongest keys get, from 0 to 1.

    It is a mean over heads and real tokens.
    """
    strongest = attention.topk(min(TOP_KEYS, attention.shape[-1]), dim=-1).values.sum(-1)
    return _over_tokens(strongest, mask)


def _over_tokens(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean [B, G] of values [G, B, H, Lq] over heads and real tokens."""
    weight = mask[None, :, None, :].to(values.dtype)
    total = (values * weight).sum((2, 3)) / (weight.sum((2, 3)) * values.shape[2])
    return total.T


REWARDS = {"relevance": relevance, "attention_entropy": attention_entropy, "focus": focus}
OF_ATTENTION = {"attention_entropy": attention_entropy, "focus": focus}  # they read no ranks


def of_attention(names: Collection[str], attention: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """Return name -> reward [B, G] of those rewards among `names` that read attention."""
    no_ranks = mask.new_ones(attention.shape[:2], dtype=torch.int64)
    return {
        name: reward(attention, no_ranks, mask)
        for name, reward in OF_ATTENTION.items()
        if name in names
    }


def total(weights: Mapping[str, float], attention: Tensor, ranks: Tensor, mask: Tensor) -> Tensor:
    """Return the weighted sum [B, G] of the rewards whose weight is not 0."""
    rewards = [
        weight * REWARDS[name](attention, ranks, mask)
        for name, weight in sorted(weights.items())
        if weight
    ]
    return torch.stack(rewards).sum(0)
