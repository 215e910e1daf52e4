"""`objective: {kind: supervised}`: rank, and teach the router a rule about the query.

The rule, from the original MAW code, gives a query a depth by its number of relevant documents:
three or more -> depth 0, two -> 1, one -> 2, none -> 3, or the last depth if there are fewer. It
applies to queries, and to the pairs of a cross-encoder, which contain a query. A bi-encoder's
documents use the same router, but the rule does not teach it anything about them.
"""

from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from maw.models.encoders.routed_layers import RoutedLayers
    from maw.training.objectives.batch import Batch, Losses, LossesOfBatch, PairBatch

ROUTER = "supervised"
LEAST_PROBABILITY = 1e-12  # so that the logarithm of a probability of 0 is finite


class Config(BaseModel, extra="forbid", frozen=True):
    """The loss is rank_weight · ranking loss + rule_weight · cross-entropy of the rule."""

    rank_weight: float = Field(0.7, ge=0)
    """Weight of the ranking loss."""
    rule_weight: float = Field(0.3, ge=0)
    """Weight of the cross-entropy between the router's policy and the rule's depth."""
    tau: float = Field(0.5, gt=0)
    """Temperature of the Gumbel-softmax from which depths are drawn."""
    estimator: Literal["two_depths", "all_depths"] = "two_depths"
    """How the ranking loss's gradient for the router is computed: estimated from two depths of each
    text, or exactly from all depths."""


def rule(n_relevant: "Tensor", n_depths: int) -> "Tensor":
    """Return the rule's depth [Q] for numbers of relevant documents [Q], at most D - 1."""
    return (3 - n_relevant.clamp(max=3)).clamp(max=n_depths - 1)


def embed(
    model: "RoutedLayers",
    x: "Tensor",
    mask: "Tensor",
    *,
    generator: "torch.Generator",
    tau: float = 0.5,
    estimator: str = "two_depths",
) -> "tuple[Tensor, Tensor]":
    """Return the model's outputs under depths drawn by Gumbel-softmax, and the router's logits.

    tau: temperature of the Gumbel-softmax. estimator: how the router's gradient is computed, from
    `two_depths` of each text or from `all_depths`. With one depth nothing is drawn.
    """
    from maw.models.routers import choosing

    logits = model.route(x, mask)
    if logits.shape[-1] == 1:
        return model(x, mask, logits.argmax(-1)), logits
    choice = choosing.gumbel(logits, tau=tau, generator=generator)
    gates = getattr(choosing, estimator)(choice, generator)
    return model(x, mask, choice.depth, gates), logits


def begin(config: Config, model: "RoutedLayers") -> "LossesOfBatch":
    """Return a function of (batch, generator) that yields the one loss of the batch."""
    return partial(losses, config, model)


def losses(
    config: Config, model: "RoutedLayers", batch: "Batch | PairBatch", generator: "torch.Generator"
) -> "Losses":
    """Yield the one loss of a batch.

    The metric `target_entropy` is 0 when the rule gives all queries of the batch the same depth, so
    that the router has no difference between them to learn.
    """
    from torch.nn.functional import cross_entropy

    from maw.training.objectives.batch import contrastive_loss

    embed_texts = partial(
        embed, model, generator=generator, tau=config.tau, estimator=config.estimator
    )
    outputs, all_logits = zip(*(embed_texts(x, mask) for x, mask in batch.texts), strict=True)
    ranking_loss = contrastive_loss(batch.scores(outputs), batch)
    logits, n_relevant = batch.rule_inputs(all_logits)
    n_depths = logits.shape[-1]
    targets = rule(n_relevant, n_depths)
    rule_loss = cross_entropy(logits, targets)
    loss = config.rank_weight * ranking_loss + config.rule_weight * rule_loss
    target_shares = targets.bincount(minlength=n_depths).double() / len(targets)
    policy = logits.detach().softmax(-1)
    yield (
        loss,
        {
            "loss": ranking_loss.item(),
            "rule_loss": rule_loss.item(),
            "rule_accuracy": (logits.argmax(-1) == targets).double().mean().item(),
            "target_entropy": _entropy(target_shares).item(),
            "router_entropy": _entropy(policy).mean().item(),
        },
    )


def _entropy(probabilities: "Tensor") -> "Tensor":
    """Return the entropy over the last axis, in nats."""
    return -(probabilities * probabilities.clamp(min=LEAST_PROBABILITY).log()).sum(-1)
