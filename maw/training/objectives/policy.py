"""Group-relative policy optimisation of a router, as pure functions of tensors.

Shao et al. 2024 (DeepSeekMath, arXiv 2402.03300): advantages within a group of samples, clipped
importance ratio (Schulman et al. 2017), k3 estimate of the divergence from a reference policy.
"""

import torch
from torch import Tensor


def group_advantage(rewards: Tensor, *, epsilon: float = 1e-4) -> Tensor:
    """rewards [B, G] -> (r - mean) / (std + epsilon) in each group; equal rewards teach nothing."""
    # from the group's first: the mean of equal rewards may miss them by a last bit, which 1 / std
    # would blow up to an advantage of .1
    shifted = rewards - rewards[..., :1]
    centred = shifted - shifted.mean(-1, keepdim=True)
    return centred / (shifted.std(-1, correction=0, keepdim=True) + epsilon)


def clipped_objective(ratio: Tensor, advantage: Tensor, *, clip: float) -> Tensor:
    """min(ratio · A, clip(ratio, 1 - clip, 1 + clip) · A), elementwise: to be maximised."""
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)


def k3(log_policy: Tensor, log_reference: Tensor) -> Tensor:
    """exp(Δ) - Δ - 1 with Δ = log reference - log policy: never negative, unbiased for KL."""
    difference = log_reference - log_policy
    return difference.exp() - difference - 1


def policy_loss(
    logits: Tensor,
    *,
    reference: Tensor,
    actions: Tensor,
    advantage: Tensor,
    old: Tensor,
    clip: float,
    kl: float,
    entropy_bonus: float,
) -> Tensor:
    """logits, reference [B, D]; actions [B, G] depths; advantage, old log-probabilities [B, G]."""
    log_policy = logits.log_softmax(-1)
    taken = log_policy.gather(1, actions)
    gained = clipped_objective((taken - old).exp(), advantage, clip=clip)
    away = k3(taken, reference.log_softmax(-1).gather(1, actions))
    spread = -(log_policy.exp() * log_policy).sum(-1)
    return -gained.mean() + kl * away.mean() - entropy_bonus * spread.mean()
