"""Load balance: keeps a router from sending all texts of a batch to one depth.

The loss is the Kullback-Leibler divergence of the batch's mean policy from the uniform policy. It
says nothing about a single text: a router that is certain about every text has a balance loss of 0
when it uses all depths equally often. Source of the aim: the auxiliary loss of the Switch
Transformer (Fedus, Zoph & Shazeer 2022, JMLR 23, equation 4), which uses the product of the shares
of chosen and of expected depths instead.
"""

from torch import Tensor

LEAST_PROBABILITY = 1e-12  # so that the gradient at a probability of 0 is finite


def load_balance(logits: Tensor) -> Tensor:
    """Return KL(mean policy ‖ uniform) in nats: 0 for a uniform mean, log D for a single depth.

    logits [B, D]: of the texts of one side of a batch. The policy is their softmax, its mean is
    over the B texts.
    """
    mean_policy = logits.softmax(-1).mean(0)
    D = len(mean_policy)
    divergence: Tensor = (mean_policy * (D * mean_policy.clamp(min=LEAST_PROBABILITY)).log()).sum()
    return divergence


def entropy(policy: Tensor) -> Tensor:
    """Return the entropy [...] of probabilities [..., D], in nats."""
    return -(policy * policy.clamp(min=LEAST_PROBABILITY).log()).sum(-1)
