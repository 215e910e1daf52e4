"""`objective: {kind: supervised}`: rank, and teach the router a rule about the query.

`maw.training.objectives.rules` has the rules; the default is that of the original MAW code. A rule
applies to queries, and to the pairs of a cross-encoder, which contain a query. A bi-encoder's
documents use the same router, but the rule does not teach it anything about them.
"""

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from maw.models.encoders.routed_layers import RoutedLayers
    from maw.training.objectives.batch import Batch, Losses, LossesOfBatch, PairBatch

TRAINS = ("choosing",)
NEEDS_ROUTER = True


class Config(BaseModel, extra="forbid", frozen=True):
    """The loss is rank_weight · ranking loss + rule_weight · cross-entropy of the rule."""

    CHANGES_FLOPS: ClassVar[tuple[str, ...]] = ("estimator",)

    rule: Literal["source", "quantiles", "mode"] = "source"
    """What gives a query its depth: `source`, its number of relevant documents (three or more ->
    depth 0, two -> 1, one -> 2, none -> 3); `quantiles`, equal bins of the training queries by that
    number; `mode`, the true mode that a made collection knows."""
    rank_weight: float = Field(0.7, ge=0)
    """Weight of the ranking loss."""
    rule_weight: float = Field(0.3, ge=0)
    """Weight of the cross-entropy between the router's policy and the rule's depth."""
    tau: float = Field(0.5, gt=0)
    """Temperature of the Gumbel-softmax from which depths are drawn."""
    estimator: Literal["two_depths", "all_depths"] = "two_depths"
    """How the ranking loss's gradient for the router is computed: estimated from two depths of each
    text, or exactly from all depths."""


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

    ValueError where the batch lacks what the rule reads.
    """
    from torch.nn.functional import cross_entropy

    from maw.training.objectives import rules
    from maw.training.objectives.batch import contrastive_loss

    embed_texts = partial(
        embed, model, generator=generator, tau=config.tau, estimator=config.estimator
    )
    outputs, all_logits = zip(*(embed_texts(x, mask) for x, mask in batch.texts), strict=True)
    ranking_loss = contrastive_loss(batch.scores(outputs), batch)
    logits, query = batch.query_logits(all_logits)
    targets = rules.targets(config.rule, batch, logits.shape[-1])[query]
    rule_loss = cross_entropy(logits, targets)
    loss = config.rank_weight * ranking_loss + config.rule_weight * rule_loss
    metrics = {"loss": ranking_loss.item(), "rule_loss": rule_loss.item()}
    yield loss, metrics | _metrics_of_rule(logits.detach(), targets)


def _metrics_of_rule(logits: "Tensor", targets: "Tensor") -> dict[str, float]:
    """Return how well the router follows the rule in a batch, and how evenly the rule divides it.

    `rule_majority` is the share of the commonest target: the accuracy of a router that gives all
    queries one depth. `target_entropy` is 0 when the rule gives all queries of the batch the same
    depth, so that the router has no difference between them to learn.
    """
    from maw.training.objectives.balance import entropy

    target_shares = targets.bincount(minlength=logits.shape[-1]).double() / len(targets)
    return {
        "rule_accuracy": (logits.argmax(-1) == targets).double().mean().item(),
        "rule_majority": target_shares.max().item(),
        "target_entropy": entropy(target_shares).item(),
        "router_entropy": entropy(logits.softmax(-1)).mean().item(),
    }
