"""From the rewards of sampled depths to their advantages, for the objective `grpo`.

B groups (queries or pairs) of G samples. Two forms:

- `dense`: each reward is centred within its group and divided by its standard deviation over all
  groups of the batch; the weighted sum of these parts is the advantage. A group whose rewards are
  equal has an advantage of exactly 0, and a reward with small differences in one group keeps them
  small.
- `source`: the rewards are summed with their weights, and the sum is divided by its standard
  deviation within the group (Shao et al. 2024), as the original MAW code does. A group in which
  one reward ties gets all of its advantage from the others, blown up to full size.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from maw.training.objectives.policy import EPSILON, centred, group_advantage

ROUNDING = 1e-5  # relative; float32 scores of one depth computed twice differ by less than this


@dataclass(frozen=True)
class Advantages:
    """The advantages of B groups of G sampled depths.

    rewards [B, G]: the weighted sums of the rewards as they are. predicted [B, G]: what a value
    head has to predict. parts: name of a reward -> its weighted part [B, G] of the advantage. tied
    [B] bool: no reward of the group differs between its samples by more than rounding.
    """

    rewards: Tensor
    predicted: Tensor
    parts: Mapping[str, Tensor]
    tied: Tensor

    @property
    def total(self) -> Tensor:
        """Return the advantages [B, G]: the sum of the parts."""
        return _sum(self.parts)

    @property
    def tied_share(self) -> float:
        """Return the share of the groups that are tied."""
        return self.tied.double().mean().item()

    def mass(self, name: str) -> float:
        """Return the share of a reward in the squared parts of the batch, 0 if all parts are 0."""
        squares = {part: float(value.square().sum()) for part, value in self.parts.items()}
        everything = sum(squares.values())
        return squares.get(name, 0.0) / everything if everything else 0.0


def advantages(
    kind: str, rewards: Mapping[str, Tensor], weights: Mapping[str, float]
) -> Advantages:
    """Return the advantages of rewards (name -> [B, G]) in the form `dense` or `source`.

    weights: name of a reward -> its weight in the sum; a reward without a weight does not count.
    A value head predicts the weighted sum of the rewards; in the form `dense`, each reward is first
    standardised over all samples of the batch, since a log-likelihood has no fixed range.
    ValueError where no reward counts.
    """
    counted = {name: value for name, value in rewards.items() if weights.get(name)}
    if not counted:
        raise ValueError(f"no reward has a weight; give one of {', '.join(rewards)} one")
    ties = {name: tied(value) for name, value in counted.items()}
    weighted = {name: weights[name] * value for name, value in counted.items()}
    total = _sum(weighted)
    if kind == "dense":
        parts = {name: weights[name] * standardised(counted[name], ties[name]) for name in counted}
        predicted = _sum(
            {name: weights[name] * over_batch(value) for name, value in counted.items()}
        )
    else:
        spread = centred(total).std(-1, correction=0, keepdim=True) + EPSILON
        parts = {name: centred(value) / spread for name, value in weighted.items()}
        predicted = total
    return Advantages(total, predicted, parts, torch.stack(list(ties.values())).all(0))


def _sum(parts: Mapping[str, Tensor]) -> Tensor:
    """Return the sum of all parts [B, G]."""
    return torch.stack(list(parts.values())).sum(0)


def tied(rewards: Tensor) -> Tensor:
    """Return which groups of rewards [B, G] are tied [B]: their rewards differ by rounding only.

    The largest difference that counts as rounding is ROUNDING, or ROUNDING times the largest
    absolute reward of the batch where that is above 1.
    """
    largest_rounding = ROUNDING * rewards.abs().max().clamp(min=1)
    return rewards.amax(-1) - rewards.amin(-1) <= largest_rounding


def standardised(rewards: Tensor, is_tied: Tensor) -> Tensor:
    """Return rewards [B, G], centred in their group, over their standard deviation in the batch.

    is_tied [B]: the groups whose result is exactly 0.
    """
    within_groups = centred(rewards).masked_fill(is_tied[:, None], 0.0)
    return within_groups / (within_groups.square().mean().sqrt() + EPSILON)


def over_batch(rewards: Tensor) -> Tensor:
    """Return rewards [B, G] minus their mean, over their standard deviation, both of the batch."""
    return group_advantage(rewards.flatten()).view_as(rewards)
