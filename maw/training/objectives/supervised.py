"""`objective: {kind: supervised}`: rank, and teach the router a rule about the query.

The rule is the source's: three or more relevant documents -> depth 0, two -> 1, one -> 2, none
-> 3. Documents choose by the same router, without the rule, which speaks of queries; so does a
cross-encoder's pair, whose query the rule knows.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from maw.models.encoders.bi_encoder import RoutedLayers
    from maw.training.objectives.batch import Batch, PairBatch

ROUTER = "supervised"


class Config(BaseModel, extra="forbid", frozen=True):
    """rank_weight · ranking + rule_weight · cross-entropy; tau: Gumbel-softmax temperature.

    estimator: of the ranking loss's gradient for the router, by two depths of a text or by all.
    """

    rank_weight: float = Field(0.7, ge=0)
    rule_weight: float = Field(0.3, ge=0)
    tau: float = Field(0.5, gt=0)
    estimator: Literal["two_depths", "all_depths"] = "two_depths"


def rule(n_relevant: "Tensor", n_depths: int) -> "Tensor":
    """Number of relevant documents [Q] -> target depth [Q], clipped to D - 1."""
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
    """The model's outputs under hard Gumbel choices, and the router's logits [B, D]."""
    from maw.models.routers import choosing

    logits = model.route(x, mask)
    if logits.shape[-1] == 1:
        return model(x, mask, logits.argmax(-1)), logits
    choice = choosing.gumbel(logits, tau=tau, generator=generator)
    gates = getattr(choosing, estimator)(choice, generator)
    return model(x, mask, choice.depth, gates), logits


def begin(
    config: Config, model: "RoutedLayers"
) -> "Callable[..., Iterator[tuple[torch.Tensor, dict[str, float]]]]":
    """The function that gives the losses of (batch, generator)."""
    return partial(losses, config, model)


def losses(
    config: Config, model: "RoutedLayers", batch: "Batch | PairBatch", generator: "torch.Generator"
) -> "Iterator[tuple[Tensor, dict[str, float]]]":
    """One loss a batch, and what to note of it."""
    from torch.nn.functional import cross_entropy

    from maw.training.objectives.batch import contrastive_loss

    drawn = partial(embed, model, generator=generator, tau=config.tau, estimator=config.estimator)
    outputs, policies = zip(*(drawn(x, mask) for x, mask in batch.texts), strict=True)
    ranking = contrastive_loss(batch.scores(outputs), batch)
    logits, n_relevant = batch.ruled(policies)
    n_depths = logits.shape[-1]
    targets = rule(n_relevant, n_depths)
    taught = cross_entropy(logits, targets)
    loss = config.rank_weight * ranking + config.rule_weight * taught
    share = targets.bincount(minlength=n_depths).double() / len(targets)
    policy = logits.detach().softmax(-1)
    yield (
        loss,
        {
            "loss": ranking.item(),
            "rule_loss": taught.item(),
            "rule_accuracy": (logits.argmax(-1) == targets).double().mean().item(),
            "target_entropy": -(share * share.clamp(min=1e-12).log()).sum().item(),
            "router_entropy": -(policy * policy.clamp(min=1e-12).log()).sum(-1).mean().item(),
        },
    )
