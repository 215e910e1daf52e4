"""The choice of depths as a reinforcement-learning environment with one step per episode.

`reset` takes the attention and the ranks under all depths and returns a state; `step` takes the
chosen depths and returns their rewards. The training of a suite does not use this class: the
objective `grpo` computes the same rewards for the depths that it samples.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from maw.training.objectives import rewards
from maw.training.objectives.grpo import SOURCE_DEFAULTS

REWARD_WEIGHTS = {name: SOURCE_DEFAULTS[name] for name in rewards.REWARDS}


class GRPOEnvironment:
    """A reinforcement-learning environment for a batch of texts; an action chooses their depths.

    weights: name of a reward in `maw.training.objectives.rewards` -> its weight in the sum. bins:
    attention is pooled to bins × bins for the state. ValueError for an unknown reward.
    """

    def __init__(self, weights: Mapping[str, float] = REWARD_WEIGHTS, *, bins: int = 8) -> None:
        unknown = sorted(set(weights) - set(rewards.REWARDS))
        if unknown:
            raise ValueError(
                f"weights: unknown reward {unknown[0]!r}; known: {', '.join(rewards.REWARDS)}"
            )
        self.weights, self.bins = dict(weights), bins
        self._attention: Tensor | None = None

    def reset(self, attention_5d: Tensor, relevance: Tensor, mask: Tensor | None = None) -> Tensor:
        """Begin an episode and return its state [B, H·bins²]: mean attention over depths, pooled.

        attention_5d [B, H, L, L, D]: attention under each depth, rows sum to 1. relevance [B, D]:
        rank of the text's best answer under each depth, 1 is best. mask [B, L], True = token;
        without a mask every position is a token.
        ValueError when relevance has another shape.
        """
        B, _, L, _, D = attention_5d.shape
        if relevance.shape != (B, D):
            raise ValueError(f"relevance has shape {tuple(relevance.shape)}; give {(B, D)}")
        self._attention, self._ranks = attention_5d, relevance
        self._mask = attention_5d.new_ones(B, L, dtype=torch.bool) if mask is None else mask
        self.state = pooled_attention(attention_5d, self._mask, bins=self.bins)
        return self.state

    def step(self, action: Tensor) -> tuple[Tensor, Tensor, bool]:
        """Return the state, the rewards of the chosen depths, and True for "done".

        action: the chosen depths, one for each text [B] or G for each [B, G]; the rewards have its
        shape.
        RuntimeError where no episode is running: before `reset`, or after the episode's one step.
        """
        if self._attention is None:
            raise RuntimeError("no episode is running; call reset first")
        by_sample = action.view(len(action), -1).T  # [G, B]
        rows = torch.arange(len(action), device=action.device)
        maps = torch.stack([self._attention[rows, ..., depth] for depth in by_sample])
        ranks = torch.stack([self._ranks[rows, depth] for depth in by_sample])
        reward = rewards.total(self.weights, maps, ranks, self._mask)
        self._attention = None
        return self.state, reward.view(action.shape), True


def pooled_attention(attention_5d: Tensor, mask: Tensor, *, bins: int = 8) -> Tensor:
    """Return attention averaged over depths and groups of tokens, as features [B, H·bins²].

    attention_5d [B, H, L, L, D]: attention under each depth. mask [B, L], True = token; padding
    comes after the tokens and does not count. The tokens of a text are averaged in `bins` groups of
    neighbours, both as queries and as keys.
    """
    pooled = [
        adaptive_avg_pool2d(maps[:, :n, :n], (bins, bins))
        for maps, n in zip(attention_5d.mean(-1), mask.sum(-1).tolist(), strict=True)
    ]
    return torch.stack(pooled).flatten(1)
