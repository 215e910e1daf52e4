"""`objective: {kind: grpo}`: rank under sampled depths, and reinforce the depths that ranked well.

For each query G depths are drawn from the router and rewarded; W^(d) learn by the ranking loss
under those depths. A document draws one depth, rewarded by the queries that it is relevant to.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import BaseModel, Field, model_validator

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from maw.models.encoders.bi_encoder import RoutedLayers
    from maw.training.objectives.batch import Batch, PairBatch
    from maw.training.objectives.routed_texts import RoutedTexts

ROUTER = "grpo"


class Config(BaseModel, extra="forbid", frozen=True):
    """samples: G. clip, kl, entropy_bonus: of the policy loss; epochs: its updates per batch.

    actor_critic: the advantage is the reward less what the router's value head expects of the text,
    not the standing within the group; the head learns by squared error, weighted by `value`.
    """

    RENAMED: ClassVar[dict[str, str]] = {"entropy": "entropy_bonus"}

    samples: int = Field(4, ge=2)
    relevance: float = Field(0.4, ge=0)
    attention_entropy: float = Field(0.3, ge=0)
    focus: float = Field(0.3, ge=0)
    clip: float = Field(0.2, gt=0, lt=1)
    kl: float = Field(0.01, ge=0)
    entropy_bonus: float = Field(0.01, ge=0)
    epochs: int = Field(2, ge=1)
    actor_critic: bool = False
    value: float = Field(0.5, gt=0)

    @model_validator(mode="after")
    def _rewarding(self) -> Self:
        if not any(self.weights.values()):
            raise ValueError("relevance, attention_entropy and focus are all 0: nothing to learn")
        return self

    @property
    def weights(self) -> dict[str, float]:
        """Of the three rewards, by their functions' names."""
        return {
            "relevance": self.relevance,
            "attention_entropy": self.attention_entropy,
            "focus": self.focus,
        }


def begin(
    config: Config, model: "RoutedLayers"
) -> "Callable[[Batch | PairBatch, torch.Generator], Iterator[tuple[Tensor, dict[str, float]]]]":
    """The router as it starts is the reference that the policy is kept near."""
    from copy import deepcopy

    if model.router is None:
        raise ValueError("the grpo objective needs a router")
    if config.actor_critic != hasattr(model.router, "critic"):
        raise ValueError("actor_critic and the router's value_head need each other")
    reference = deepcopy(model.router).requires_grad_(False).eval()

    def begun(
        batch: "Batch | PairBatch", generator: "torch.Generator"
    ) -> "Iterator[tuple[Tensor, dict[str, float]]]":
        from maw.training.objectives.batch import PairBatch

        if isinstance(batch, PairBatch):
            return losses_of_pairs(config, model, batch, generator, reference=reference)
        return losses(config, model, batch, generator, reference=reference)

    return begun


def losses(
    config: Config,
    model: "RoutedLayers",
    batch: "Batch",
    generator: "torch.Generator",
    *,
    reference: "nn.Module",
) -> "Iterator[tuple[Tensor, dict[str, float]]]":
    """The first loss teaches the weights and the router; the further epochs the router alone."""
    import torch

    from maw.models.routers.choosing import sample
    from maw.training.objectives.batch import contrastive_loss
    from maw.training.objectives.policy import group_advantage
    from maw.training.objectives.routed_texts import RoutedTexts

    pairs = [(chunk.x, chunk.mask) for chunk in batch.documents]
    query_side, document_side = (
        RoutedTexts.of(model, reference, texts, generator=generator)
        for texts in ([(batch.query_x, batch.query_mask)], pairs)
    )
    actions = sample(query_side.logits, config.samples, generator)  # [Q, G]
    chosen = sample(document_side.logits, 1, generator)  # [N, 1] in the chunks' order
    scores, attention = rank_under(model, batch, actions=actions, chosen=chosen)
    ranking = contrastive_loss(scores, batch)
    with torch.no_grad():
        rewards, reached = reward(config, scores, attention, batch)
        order = torch.cat([chunk.positions for chunk in batch.documents])
        judged, earned = document_reward(reached, batch.positive[:, order])
        standing = group_advantage(rewards)
        if config.actor_critic:
            advantage = rewards - query_side.value()[:, None]
            gain = earned - document_side.value()[:, None]
        else:
            advantage, gain = standing, document_advantage(earned, judged)
    # a document's one sample weighs as much as each of a query's G: else its noise drowns them
    share = int(judged.sum()) / actions.numel()
    for epoch in range(config.epochs):
        loss = query_side.loss(actions, advantage, rewards, config=config)
        if judged.any():
            loss = loss + share * document_side.loss(
                chosen, gain, earned, config=config, rows=judged
            )
        noted = _noted(ranking, rewards, standing, query_side)
        yield (loss + ranking if epoch == 0 else loss), noted


def losses_of_pairs(
    config: Config,
    model: "RoutedLayers",
    batch: "PairBatch",
    generator: "torch.Generator",
    *,
    reference: "nn.Module",
) -> "Iterator[tuple[Tensor, dict[str, float]]]":
    """Of a cross-encoder: each pair draws G depths, and draw g of a query's pairs is one list.

    All pairs of that list have its rank as their relevance reward; attention is each one's own.
    """
    import torch

    from maw.models.routers.choosing import sample
    from maw.training.objectives import rewards
    from maw.training.objectives.batch import contrastive_loss
    from maw.training.objectives.policy import group_advantage
    from maw.training.objectives.routed_texts import RoutedTexts

    side = RoutedTexts.of(model, reference, batch.texts, generator=generator)
    actions = sample(side.logits, config.samples, generator)  # [P, G] in the chunks' order
    parts = actions.split([len(x) for x, _ in batch.texts])
    drawn = [pairs_under(model, *text, part) for text, part in zip(batch.texts, parts, strict=True)]
    scores = batch.scores([outputs for outputs, _ in drawn])  # [G, Q, C]
    ranking = contrastive_loss(scores, batch)
    with torch.no_grad():
        ranks = ranks_of(scores, batch)[:, batch.query].split([len(part) for part in parts], -1)
        earned = torch.cat(
            [
                rewards.total(config.weights, attention, rank, mask)
                for (_, attention), rank, (_, mask) in zip(drawn, ranks, batch.texts, strict=True)
            ]
        )  # [P, G]
        standing = group_advantage(earned)
        advantage = earned - side.value()[:, None] if config.actor_critic else standing
    for epoch in range(config.epochs):
        loss = side.loss(actions, advantage, earned, config=config)
        yield (loss + ranking if epoch == 0 else loss), _noted(ranking, earned, standing, side)


def pairs_under(
    model: "RoutedLayers", x: "Tensor", mask: "Tensor", actions: "Tensor"
) -> "tuple[Tensor, Tensor]":
    """Outputs [G, B] under the drawn depths [B, G], and the attention [G, B, H, L, L]."""
    import torch

    B, G = actions.shape
    repeated = x.repeat(G, 1, 1), mask.repeat(G, 1)
    depth = actions.T.reshape(-1)  # sample-major, as the repetition
    outputs = model(*repeated, depth).view(G, B)
    with torch.no_grad():
        return outputs, model.first.maps(*repeated, depth).unflatten(0, (G, B))


def ranks_of(scores: "Tensor", batch: "Batch | PairBatch") -> "Tensor":
    """scores [G, Q, N] -> the rank of each query's best positive against its negatives [G, Q]."""
    best = scores.masked_fill(~batch.positive, float("-inf")).amax(-1, keepdim=True)
    ranks: Tensor = 1 + ((scores > best) & batch.negative).sum(-1)
    return ranks


def _noted(
    ranking: "Tensor", rewards: "Tensor", standing: "Tensor", side: "RoutedTexts"
) -> dict[str, float]:
    """What is written down of a step."""
    return {
        "loss": ranking.item(),
        "reward": rewards.mean().item(),
        "zero_advantage_share": (standing.abs().amax(-1) < 1e-3).double().mean().item(),
        "router_entropy": side.entropy(),
    }


def rank_under(
    model: "RoutedLayers", batch: "Batch", *, actions: "Tensor", chosen: "Tensor"
) -> "tuple[Tensor, Tensor]":
    """Scores [G, Q, N] under the drawn depths, and the queries' attention [G, Q, H, L, L].

    actions [Q, G] of the queries; chosen [N, 1] of the documents, in the chunks' order.
    """
    import torch

    from maw.models.encoders.ragged import restore

    Q, G = actions.shape
    repeated = batch.query_x.repeat(G, 1, 1), batch.query_mask.repeat(G, 1)
    depth = actions.T.reshape(-1)  # sample-major, as the repetition
    queries = model(*repeated, depth).view(G, Q, -1)
    with torch.no_grad():
        attention = model.first.maps(*repeated, depth).unflatten(0, (G, Q))
    sizes = [len(chunk.x) for chunk in batch.documents]
    parts = [
        model(chunk.x, chunk.mask, part[:, 0])
        for chunk, part in zip(batch.documents, chosen.split(sizes), strict=True)
    ]
    return queries @ restore(parts, batch.documents).T, attention


def reward(
    config: Config, scores: "Tensor", attention: "Tensor", batch: "Batch"
) -> "tuple[Tensor, Tensor]":
    """All rewards [Q, G], and the relevance reward alone [Q]: the mean over samples."""
    from maw.training.objectives import rewards

    ranks = ranks_of(scores, batch)
    relevance = rewards.relevance(attention, ranks, batch.query_mask)
    return rewards.total(config.weights, attention, ranks, batch.query_mask), relevance.mean(-1)


def document_reward(reached: "Tensor", positive: "Tensor") -> "tuple[Tensor, Tensor]":
    """Which documents are relevant to a query of the batch [N], and their mean reward [N, 1]."""
    mean = (reached @ positive.to(reached)) / positive.sum(0).clamp(min=1)
    return positive.any(0), mean[:, None]


def document_advantage(earned: "Tensor", judged: "Tensor") -> "Tensor":
    """Each judged document's standing among those of the batch [N, 1]: it has one sample only."""
    import torch

    from maw.training.objectives.policy import group_advantage

    gain = torch.zeros_like(earned)
    gain[judged] = group_advantage(earned[judged].T).T
    return gain
