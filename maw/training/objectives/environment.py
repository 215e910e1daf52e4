"""The choice of depths as a reinforcement-learning environment with one step an episode.

`reset` takes the attention of all depths and returns a state; `step` takes the chosen depths and
returns their rewards.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from maw.training.objectives import rewards

REWARD_WEIGHTS = {"relevance": 0.4, "attention_entropy": 0.3, "focus": 0.3}  # the source's


class GRPOEnvironment:
    """The environment of a batch of texts.

    weights: of the rewards relevance, attention_entropy and focus; bins: side of the square to
    which attention is pooled for the state. ValueError for an unknown reward.
    """

    def __init__(self, weights: Mapping[str, float] = REWARD_WEIGHTS, *, bins: int = 8) -> None:
        unknown = sorted(set(weights) - set(rewards.REWARDS))
        if unknown:
            raise ValueError(f"unknown reward {unknown[0]!r}; known: {', '.join(rewards.REWARDS)}")
        self.weights, self.bins = dict(weights), bins
        self._attention: Tensor | None = None

    def reset(self, attention_5d: Tensor, relevance: Tensor, mask: Tensor | None = None) -> Tensor:
        """Begin an episode and return its state [B, H·bins²]: mean attention over depths, pooled.

        attention_5d [B, H, L, L, D]: rows sum to 1; relevance [B, D]: the rank of the text's best
        answer under each depth, 1 is best; mask [B, L], True = token (all, unless given).
        ValueError when relevance has another shape.
        """
        B, _, L, _, D = attention_5d.shape
        if relevance.shape != (B, D):
            raise ValueError(f"relevance of shape {tuple(relevance.shape)}; give [{B}, {D}]")
        self._attention, self._ranks = attention_5d, relevance
        self._mask = attention_5d.new_ones(B, L, dtype=torch.bool) if mask is None else mask
        mean = attention_5d.mean(-1)  # [B, H, L, L]
        pooled = [
            adaptive_avg_pool2d(maps[:, :n, :n], (self.bins, self.bins))
            for maps, n in zip(mean, self._mask.sum(-1).tolist(), strict=True)
        ]
        self.state = torch.stack(pooled).flatten(1)
        return self.state

    def step(self, action: Tensor) -> tuple[Tensor, Tensor, bool]:
        """Reward the chosen depths, action [B, G]; return state, rewards [B, G] and done (True).

        RuntimeError when the episode is over.
        """
        if self._attention is None:
            raise RuntimeError("the episode is over; call reset first")
        by_sample = action.T  # [G, B]
        rows = torch.arange(len(action), device=action.device)
        maps = torch.stack([self._attention[rows, ..., depth] for depth in by_sample])
        ranks = torch.stack([self._ranks[rows, depth] for depth in by_sample])
        reward = rewards.total(self.weights, maps, ranks, self._mask)
        self._attention = None
        return self.state, reward, True
