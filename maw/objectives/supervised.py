"""`objective: {kind: supervised}`: rank, and teach the router a rule about the query.

The rule is the source's: three or more relevant documents -> depth 0, two -> 1, one -> 2, none
-> 3. Documents choose by the same router, without the rule, which speaks of queries.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from maw.encoders.bi_encoder import BiEncoder
    from maw.objectives.batch import Batch

ROUTER = "supervised"


class Config(BaseModel, extra="forbid", frozen=True):
    """rank_weight · ranking + rule_weight · cross-entropy; tau: Gumbel-softmax temperature."""

    rank_weight: float = Field(0.7, ge=0)
    rule_weight: float = Field(0.3, ge=0)
    tau: float = Field(0.5, gt=0)


def rule(n_relevant: "Tensor", n_depths: int) -> "Tensor":
    """Number of relevant documents [Q] -> target depth [Q], clipped to D - 1."""
    return (3 - n_relevant.clamp(max=3)).clamp(max=n_depths - 1)


def embed(
    model: "BiEncoder",
    x: "Tensor",
    mask: "Tensor",
    *,
    tau: float,
    generator: "torch.Generator",
) -> "tuple[Tensor, Tensor]":
    """Unit vectors [B, E] under hard Gumbel choices, and the router's logits [B, D]."""
    import torch

    from maw.encoders.bi_encoder import Gates
    from maw.objectives.batch import gumbel, zeros

    logits = model.route(x, mask)
    if model.depths == 1:
        return model(x, mask, zeros(x)), logits
    noisy = logits + gumbel(logits.shape, generator)
    depth, soft = noisy.argmax(-1), (noisy / tau).softmax(-1)
    step = torch.randint(1, model.depths, depth.shape, generator=generator)
    other = (depth + step) % model.depths  # uniform among the depths not chosen
    gates = Gates(
        gate=soft.gather(1, depth[:, None])[:, 0],
        other=other,
        gate_other=(model.depths - 1) * soft.gather(1, other[:, None])[:, 0],
    )
    return model(x, mask, depth, gates), logits


def begin(
    config: Config, model: "BiEncoder"
) -> "Callable[[Batch, torch.Generator], Iterator[tuple[torch.Tensor, dict[str, float]]]]":
    """The function that gives a batch's losses."""
    return partial(losses, config, model)


def losses(
    config: Config, model: "BiEncoder", batch: "Batch", generator: "torch.Generator"
) -> "Iterator[tuple[Tensor, dict[str, float]]]":
    """One loss a batch, and what to note of it."""
    from torch.nn.functional import cross_entropy

    from maw.objectives.batch import contrastive_loss, restore

    queries, logits = embed(
        model, batch.query_x, batch.query_mask, tau=config.tau, generator=generator
    )
    parts = [
        embed(model, chunk.x, chunk.mask, tau=config.tau, generator=generator)[0]
        for chunk in batch.documents
    ]
    ranking = contrastive_loss(queries @ restore(parts, batch.documents).T, batch)
    targets = rule(batch.n_relevant, model.depths)
    taught = cross_entropy(logits, targets)
    loss = config.rank_weight * ranking + config.rule_weight * taught
    share = targets.bincount(minlength=model.depths).double() / len(targets)
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
