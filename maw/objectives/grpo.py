"""`objective: {kind: grpo}`: rank under sampled depths, and reinforce the depths that ranked well.

For each query G depths are drawn from the router and rewarded; W^(d) learn by the ranking loss
under those depths. A document draws one depth, rewarded by the queries that it is relevant to.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from maw.encoders.bi_encoder import BiEncoder
    from maw.objectives.batch import Batch

ROUTER = "grpo"


class Config(BaseModel, extra="forbid", frozen=True):
    """samples: G. clip, kl, entropy: of the policy loss; epochs: its updates per batch."""

    samples: int = Field(4, ge=2)
    relevance: float = Field(0.4, ge=0)
    attention_entropy: float = Field(0.3, ge=0)
    focus: float = Field(0.3, ge=0)
    clip: float = Field(0.2, gt=0, lt=1)
    kl: float = Field(0.01, ge=0)
    entropy: float = Field(0.01, ge=0)
    epochs: int = Field(2, ge=1)

    @property
    def weights(self) -> dict[str, float]:
        """Of the three rewards, by their functions' names."""
        return {
            "relevance": self.relevance,
            "entropy": self.attention_entropy,
            "focus": self.focus,
        }


def begin(
    config: Config, model: "BiEncoder"
) -> "Callable[[Batch, torch.Generator], Iterator[tuple[Tensor, dict[str, float]]]]":
    """The router as it starts is the reference that the policy is kept near."""
    from copy import deepcopy

    reference = deepcopy(model.router).requires_grad_(False).eval()
    return lambda batch, generator: losses(config, model, batch, generator, reference=reference)


def losses(
    config: Config,
    model: "BiEncoder",
    batch: "Batch",
    generator: "torch.Generator",
    *,
    reference: "nn.Module",
) -> "Iterator[tuple[Tensor, dict[str, float]]]":
    """The first loss teaches the weights and the router; the further epochs the router alone."""
    import torch

    from maw.objectives.batch import contrastive_loss, restore
    from maw.objectives.policy import group_advantage

    G, (Q, L) = config.samples, batch.query_mask.shape
    query_side = Side.of(model, reference, [(batch.query_x, batch.query_mask)])
    actions = draw(query_side.logits, G, generator)  # [Q, G]
    repeated = batch.query_x.repeat(G, 1, 1), batch.query_mask.repeat(G, 1)
    depth = actions.T.reshape(-1)  # sample-major, as the repetition
    queries = model(*repeated, depth).view(G, Q, -1)
    pairs = [(chunk.x, chunk.mask) for chunk in batch.documents]
    document_side = Side.of(model, reference, pairs)
    chosen = draw(document_side.logits, 1, generator)  # [N, 1] in the chunks' order
    sizes = [len(chunk.x) for chunk in batch.documents]
    parts = [
        model(x, mask, part[:, 0])
        for (x, mask), part in zip(pairs, chosen.split(sizes), strict=True)
    ]
    scores = queries @ restore(parts, batch.documents).T  # [G, Q, N]
    ranking = contrastive_loss(scores, batch)

    with torch.no_grad():
        attention = model.first.maps(*repeated, depth).unflatten(0, (G, Q))
        rewards, reached = reward(config, scores, attention, batch)
        advantage = group_advantage(rewards)
        order = torch.cat([chunk.positions for chunk in batch.documents])
        judged, gain = document_advantage(reached, batch.positive[:, order])
    for epoch in range(config.epochs):
        loss = query_side.loss(actions, advantage, config=config)
        if judged.any():
            loss = loss + document_side.loss(chosen, gain, config=config, rows=judged)
        noted = {
            "loss": ranking.item(),
            "reward": rewards.mean().item(),
            "zero_advantage_share": (advantage.abs().amax(-1) < 1e-3).double().mean().item(),
            "router_entropy": query_side.entropy(),
        }
        yield (loss + ranking if epoch == 0 else loss), noted


class Side:
    """The router's view of the queries or the documents of a batch."""

    def __init__(self, router: "nn.Module", features: "Tensor", reference: "nn.Module") -> None:
        self.router, self.features = router, features
        self.reference = reference(features).detach()
        self.logits = router(features).detach()

    @classmethod
    def of(
        cls, model: "BiEncoder", reference: "nn.Module", texts: "list[tuple[Tensor, Tensor]]"
    ) -> "Side":
        """Texts in padded batches (x, mask), their rows under each other."""
        import torch

        features = torch.cat([model.features(x, mask) for x, mask in texts])
        if model.router is None:
            raise ValueError("the grpo objective needs a router")
        return cls(model.router, features, reference)

    def loss(
        self,
        actions: "Tensor",
        advantage: "Tensor",
        *,
        config: Config,
        rows: "Tensor | slice" = slice(None),
    ) -> "Tensor":
        """The policy loss of the chosen rows, the router evaluated anew."""
        from maw.objectives.policy import policy_loss

        old = self.logits.log_softmax(-1).gather(1, actions)
        return policy_loss(
            self.router(self.features[rows]),
            reference=self.reference[rows],
            actions=actions[rows],
            advantage=advantage[rows],
            old=old[rows],
            clip=config.clip,
            kl=config.kl,
            entropy=config.entropy,
        )

    def entropy(self) -> float:
        """Mean entropy of the policy before the update, in nats."""
        log_policy = self.logits.log_softmax(-1)
        return -(log_policy.exp() * log_policy).sum(-1).mean().item()


def draw(logits: "Tensor", n: int, generator: "torch.Generator") -> "Tensor":
    """n depths from each row's policy [B, n]."""
    import torch

    return torch.multinomial(logits.softmax(-1), n, replacement=True, generator=generator)


def reward(
    config: Config, scores: "Tensor", attention: "Tensor", batch: "Batch"
) -> "tuple[Tensor, Tensor]":
    """All rewards [Q, G], and the relevance reward alone [Q]: the mean over samples."""
    from maw.objectives import rewards

    best = scores.masked_fill(~batch.positive, float("-inf")).amax(-1, keepdim=True)
    ranks = 1 + ((scores > best) & batch.negative).sum(-1)  # [G, Q]
    relevance = rewards.relevance(attention, ranks, batch.query_mask)
    return rewards.total(config.weights, attention, ranks, batch.query_mask), relevance.mean(-1)


def document_advantage(reached: "Tensor", positive: "Tensor") -> "tuple[Tensor, Tensor]":
    """Which documents are relevant to a query of the batch [N], and their advantage [N, 1].

    A document has one sample, so the other documents of the batch are its group.
    """
    judged = positive.any(0)
    mean = (reached @ positive.to(reached)) / positive.sum(0).clamp(min=1)
    group = mean[judged]
    centred = (mean - group.mean()) / (group.std(correction=0) + 1e-6)
    return judged, centred[:, None]
