"""`objective: {kind: grpo}`: rank under sampled depths, and reinforce the depths with high rewards.

The weights of the depths learn by the ranking loss under the sampled depths, the router by rewards.
In a bi-encoder, the router samples G depths for each query, and each sample gets a reward. It
samples one depth for each document, whose reward is the mean relevance reward of the queries that
the document is relevant to. In a cross-encoder, it samples G depths for each pair of a query and a
document.
"""

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import BaseModel, Field, model_validator

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from torch import Tensor, nn

    from maw.models.encoders.routed_layers import RoutedLayers
    from maw.training.objectives.batch import Batch, Losses, LossesOfBatch, PairBatch
    from maw.training.objectives.policy import LossWeights
    from maw.training.objectives.routed_texts import RoutedTexts

ROUTER = "grpo"
ZERO_ADVANTAGE = 1e-3  # a smaller advantage comes from rounding: the group's rewards are equal


class Config(BaseModel, extra="forbid", frozen=True):
    """Group-relative policy optimisation (GRPO) of the router, together with the ranking loss."""

    RENAMED: ClassVar[dict[str, str]] = {"entropy": "entropy_bonus"}

    samples: int = Field(4, ge=2)
    """Number of depths that are sampled for each query, or for each pair of a cross-encoder (G)."""
    relevance: float = Field(0.4, ge=0)
    """Weight of the reward 1 / rank of the query's best relevant document."""
    attention_entropy: float = Field(0.3, ge=0)
    """Weight of the reward for attention that is spread evenly over the text."""
    focus: float = Field(0.3, ge=0)
    """Weight of the reward for attention that is concentrated on few keys: the share of the three
    strongest."""
    clip: float = Field(0.2, gt=0, lt=1)
    """How far the ratio of a depth's new to its old probability may differ from 1 before it is
    clipped."""
    kl: float = Field(0.01, ge=0)
    """Weight of the KL divergence of the router's policy from its policy before training."""
    entropy_bonus: float = Field(0.01, ge=0)
    """Weight of the policy's entropy, which keeps the router from choosing one depth too early."""
    epochs: int = Field(2, ge=1)
    """Number of updates of the router for each batch."""
    actor_critic: bool = False
    """True compares a reward with the prediction of the router's value head, not with the other
    rewards of its group of samples."""
    value: float = Field(0.5, gt=0)
    """Weight of the value head's squared error, used only with `actor_critic`."""

    @model_validator(mode="after")
    def _check_rewards(self) -> Self:
        if not any(self.reward_weights.values()):
            raise ValueError(
                "relevance, attention_entropy and focus are all 0: nothing to learn; "
                "give one of them a weight above 0"
            )
        return self

    @property
    def reward_weights(self) -> dict[str, float]:
        """Return the weights of the three rewards, by the names of their functions."""
        return {
            "relevance": self.relevance,
            "attention_entropy": self.attention_entropy,
            "focus": self.focus,
        }

    @property
    def loss_weights(self) -> "LossWeights":
        """Return the weights of the terms of the router's loss, and the clip range of its ratio."""
        from maw.training.objectives.policy import LossWeights

        value = self.value if self.actor_critic else None
        return LossWeights(self.clip, self.kl, self.entropy_bonus, value)


def begin(config: Config, model: "RoutedLayers") -> "LossesOfBatch":
    """Return a function of (batch, generator) that yields the losses of the batch.

    The losses keep the router near a reference: a copy of the router as it is now, before training.
    ValueError for a model without a router, for `actor_critic` without a value head, and for a
    value head without `actor_critic`.
    """
    from copy import deepcopy

    if model.router is None:
        raise ValueError("the grpo objective needs a router, and the model has none; give it one")
    if config.actor_critic != hasattr(model.router, "critic"):
        raise ValueError(
            f"actor_critic is {config.actor_critic}, but the router's value_head is "
            f"{not config.actor_critic}; set both to true or both to false"
        )
    reference = deepcopy(model.router).requires_grad_(False).eval()

    def losses_of_batch(batch: "Batch | PairBatch", generator: "torch.Generator") -> "Losses":
        from maw.training.objectives.batch import PairBatch

        if isinstance(batch, PairBatch):
            return losses_of_pairs(config, model, batch, generator, reference=reference)
        return losses_of_texts(config, model, batch, generator, reference=reference)

    return losses_of_batch


def losses_of_texts(
    config: Config,
    model: "RoutedLayers",
    batch: "Batch",
    generator: "torch.Generator",
    *,
    reference: "nn.Module",
) -> "Losses":
    """Yield the losses of a bi-encoder's batch, one for each of `config.epochs` updates.

    The first loss teaches the layers and the router, the later ones the router alone. Documents
    that are relevant to no query of the batch do not teach the router.
    """
    import torch

    from maw.models.routers.choosing import sample
    from maw.training.objectives import sampled_rewards
    from maw.training.objectives.batch import contrastive_loss
    from maw.training.objectives.policy import group_advantage
    from maw.training.objectives.routed_texts import RoutedTexts

    routed = partial(RoutedTexts.of, model, reference, generator=generator)
    queries = routed(batch.queries, restored=True)
    documents = routed(batch.documents)
    query_depths = sample(queries.logits, config.samples, generator)  # [Q, G]
    document_depths = sample(documents.logits, 1, generator)  # [N, 1] in the chunks' order
    scores, attention_rewards = scores_under(
        model,
        batch,
        query_depths=query_depths,
        document_depths=document_depths,
        weights=config.reward_weights,
    )
    ranking_loss = contrastive_loss(scores, batch)
    with torch.no_grad():
        query_rewards, relevance = sampled_rewards.query_reward(
            config.reward_weights, scores, attention_rewards, batch
        )
        is_relevant, document_rewards = sampled_rewards.document_reward(relevance, batch)
        within_group = group_advantage(query_rewards)
        within_batch = sampled_rewards.document_advantage(document_rewards, is_relevant)
        query_advantage = _advantage(config, queries, query_rewards, within_group)
        document_advantage = _advantage(config, documents, document_rewards, within_batch)
    # a document's one sample weighs as much as each of a query's G: else its noise drowns them
    document_weight = int(is_relevant.sum()) / query_depths.numel()
    weights = config.loss_weights
    for epoch in range(config.epochs):
        loss = queries.loss(query_depths, query_advantage, query_rewards, weights=weights)
        if is_relevant.any():
            loss = loss + document_weight * documents.loss(
                document_depths,
                document_advantage,
                document_rewards,
                weights=weights,
                rows=is_relevant,
            )
        metrics = _metrics(ranking_loss, query_rewards, within_group, queries)
        yield (loss + ranking_loss if epoch == 0 else loss), metrics


def losses_of_pairs(
    config: Config,
    model: "RoutedLayers",
    batch: "PairBatch",
    generator: "torch.Generator",
    *,
    reference: "nn.Module",
) -> "Losses":
    """Yield the losses of a cross-encoder's batch, one for each of `config.epochs` updates.

    Each pair samples G depths; the g-th samples of all pairs of a query form one ranked list. The
    reciprocal rank of the best positive in this list is the relevance reward of the g-th sample of
    every pair in it. Attention rewards are computed for each pair separately. The first loss
    teaches the layers and the router, the later ones the router alone.
    """
    import torch

    from maw.models.routers.choosing import sample
    from maw.training.objectives.batch import contrastive_loss
    from maw.training.objectives.policy import group_advantage
    from maw.training.objectives.routed_texts import RoutedTexts
    from maw.training.objectives.sampled_depths import sampled
    from maw.training.objectives.sampled_rewards import pair_reward

    pairs = RoutedTexts.of(model, reference, batch.pairs, generator=generator)
    depths = sample(pairs.logits, config.samples, generator)  # [P, G] in the chunks' order
    parts = depths.split([len(x) for x, _ in batch.texts])
    rewards = config.reward_weights
    samples = [
        sampled(model, *text, part, weights=rewards)
        for text, part in zip(batch.texts, parts, strict=True)
    ]
    scores = batch.scores([sample.outputs.T for sample in samples])  # [G, Q, C]
    ranking_loss = contrastive_loss(scores, batch)
    attention_rewards = torch.cat([sample.attention_rewards for sample in samples])
    with torch.no_grad():
        pair_rewards = pair_reward(rewards, scores, attention_rewards, batch)  # [P, G]
        within_group = group_advantage(pair_rewards)
        advantage = _advantage(config, pairs, pair_rewards, within_group)
    for epoch in range(config.epochs):
        loss = pairs.loss(depths, advantage, pair_rewards, weights=config.loss_weights)
        metrics = _metrics(ranking_loss, pair_rewards, within_group, pairs)
        yield (loss + ranking_loss if epoch == 0 else loss), metrics


def scores_under(
    model: "RoutedLayers",
    batch: "Batch",
    *,
    query_depths: "Tensor",
    document_depths: "Tensor",
    weights: "Mapping[str, float]",
) -> "tuple[Tensor, Tensor]":
    """Return scores [G, Q, N] under sampled depths, and the rewards [Q, G] of queries' attention.

    query_depths [Q, G]: G sampled depths of each query. document_depths [N, 1]: one sampled depth
    of each document, in the chunks' order. weights: of the rewards, by name.
    """
    from maw.models.encoders.ragged import restore
    from maw.training.objectives.sampled_depths import sampled_in_chunks

    queries = sampled_in_chunks(model, batch.queries, query_depths, weights=weights)
    sizes = [len(chunk.x) for chunk in batch.documents]
    parts = [
        model(chunk.x, chunk.mask, part[:, 0])
        for chunk, part in zip(batch.documents, document_depths.split(sizes), strict=True)
    ]
    documents = restore(parts, batch.documents)
    return queries.outputs.transpose(0, 1) @ documents.T, queries.attention_rewards


def _advantage(
    config: Config, routed: "RoutedTexts", rewards: "Tensor", within_group: "Tensor"
) -> "Tensor":
    """Return the advantages [B, G] of the sampled depths.

    With `actor_critic` they are the rewards minus the value head's prediction, otherwise
    within_group [B, G]: the advantages that were computed from the rewards of each group.
    """
    return rewards - routed.value()[:, None] if config.actor_critic else within_group


def _metrics(
    ranking_loss: "Tensor", rewards: "Tensor", within_group: "Tensor", routed: "RoutedTexts"
) -> dict[str, float]:
    """Return the metrics of one step for the development curve.

    rewards, within_group [B, G]: rewards and advantages of the samples. routed: the texts that were
    sampled for.
    """
    has_no_advantage = within_group.abs().amax(-1) < ZERO_ADVANTAGE
    return {
        "loss": ranking_loss.item(),
        "reward": rewards.mean().item(),
        "zero_advantage_share": has_no_advantage.double().mean().item(),
        "router_entropy": routed.entropy(),
    }
