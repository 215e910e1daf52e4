"""Group-relative policy optimisation of a router, as pure functions of tensors.

Source: Shao et al. 2024 (DeepSeekMath, arXiv 2402.03300): advantages within a group of samples,
clipped importance ratio (Schulman et al. 2017), k3 estimate of the divergence from a reference
policy.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

EPSILON = 1e-4  # added to a standard deviation before a reward is divided by it


@dataclass(frozen=True, slots=True)
class LossWeights:
    """The weights of the terms of a router's loss, and the range of its clipped ratio.

    clip: how far the importance ratio (new to old probability) may differ from 1; kl,
    entropy_bonus: weights of the divergence from the reference policy and of the entropy; value:
    weight of the value head's squared error, None for a router without a value head.
    """

    clip: float
    kl: float
    entropy_bonus: float
    value: float | None = None


def group_advantage(rewards: Tensor, *, epsilon: float = EPSILON) -> Tensor:
    """Return the advantages [B, G] of rewards [B, G]: (r - mean) / (std + epsilon) in each group.

    A group is a row, such as the G samples of a text. If all its rewards are equal, its advantages
    are exactly 0.
    """
    within_group = centred(rewards)
    return within_group / (within_group.std(-1, correction=0, keepdim=True) + epsilon)


def centred(rewards: Tensor) -> Tensor:
    """Return rewards [B, G] minus the mean of their group, exactly 0 where all are equal."""
    # the group's first reward is subtracted before the mean is taken: the mean of equal rewards may
    # differ from them in the last bit, and dividing by the std would make that an advantage of 0.1
    shifted = rewards - rewards[..., :1]
    return shifted - shifted.mean(-1, keepdim=True)


def clipped_objective(ratio: Tensor, advantage: Tensor, *, clip: float) -> Tensor:
    """Return min(ratio · A, clip(ratio, 1 - clip, 1 + clip) · A), elementwise, to be maximised.

    ratio: probability of each sampled depth now, divided by that when it was sampled. A: advantage.
    """
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)


def k3(log_policy: Tensor, log_reference: Tensor) -> Tensor:
    """Return the k3 estimate of the KL divergence: exp(Δ) - Δ - 1, Δ = log reference - log policy.

    The estimate is never negative, and its mean under the policy is the KL divergence.
    """
    difference = log_reference - log_policy
    return difference.exp() - difference - 1


def policy_loss(
    logits: Tensor,
    *,
    reference: Tensor,
    actions: Tensor,
    advantage: Tensor,
    old: Tensor,
    weights: LossWeights,
) -> Tensor:
    """Return the loss of a policy: minus the clipped objective, plus divergence, minus entropy.

    logits, reference [B, D]: logits of the policy and of the reference policy. actions [B, G]:
    sampled depths. advantage [B, G]: of each sample. old [B, G]: log-probabilities of the actions
    when they were sampled.
    """
    log_policy = logits.log_softmax(-1)
    log_actions = log_policy.gather(1, actions)
    objective = clipped_objective((log_actions - old).exp(), advantage, clip=weights.clip)
    divergence = k3(log_actions, reference.log_softmax(-1).gather(1, actions))
    entropy = -(log_policy.exp() * log_policy).sum(-1)
    return (
        -objective.mean() + weights.kl * divergence.mean() - weights.entropy_bonus * entropy.mean()
    )
