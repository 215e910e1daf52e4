"""How many depths a router uses: quantities of its policies, for diagnosis only.

A policy is the probability of each depth for one text or pair, or the depth's weight where the
router mixes depths.
"""

import numpy as np
import numpy.typing as npt
from scipy.stats import entropy

Array = npt.NDArray[np.float64]


def effective_depths(shares: npt.ArrayLike) -> float:
    """Return exp(H) of shares [D] of the depths: D where all are equal, 1 where one has all.

    H is the entropy in nats. Source: Hill 1973, Diversity and evenness, the number of order 1. The
    shares may be counts.
    """
    return float(np.exp(entropy(np.asarray(shares, dtype=np.float64))))


def policy_quantities(policies: Array) -> dict[str, float]:
    """Return quantity -> value of the policies [N, D] of texts of one side.

    effective_depths: the number of depths that the mean policy spreads over. policy_entropy: the
    mean entropy of a text's policy, in nats; 0 where each text's depth is certain.
    """
    return {
        "effective_depths": effective_depths(policies.mean(0)),
        "policy_entropy": float(entropy(policies, axis=1).mean()),
    }


def rule_quantities(depths: npt.ArrayLike, targets: npt.ArrayLike) -> dict[str, float]:
    """Return quantity -> value: how often the likeliest depths [N] are those of a rule [N].

    rule_majority: the share of the rule's commonest depth, the accuracy of a router that sends
    every text there; at least this much says nothing of a text.
    """
    chosen, wanted = np.asarray(depths), np.asarray(targets)
    accuracy = float((chosen == wanted).mean())
    majority = float(np.bincount(wanted).max() / len(wanted))
    return {
        "rule_accuracy": accuracy,
        "rule_majority": majority,
        "rule_accuracy_minus_majority": accuracy - majority,
    }
