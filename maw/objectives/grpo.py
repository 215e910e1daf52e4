"""`objective: {kind: grpo}`: rank under sampled depths, and reinforce the depths that ranked well.

For each query G depths are drawn from the router and rewarded; W^(d) learn by the ranking loss
under those depths. A document draws one depth, rewarded by the queries that it is relevant to.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, Field, model_validator

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
            "entropy": self.attention_entropy,
            "focus": self.focus,
        }


def begin(
    config: Config, model: "BiEncoder"
) -> "Callable[[Batch, torch.Generator], Iterator[tuple[Tensor, dict[str, float]]]]":
    """The router as it starts is the reference that the policy is kept near."""
    from copy import deepcopy

    if model.router is None:
        raise ValueError("the grpo objective needs a router")
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

    from maw.objectives.batch import contrastive_loss
    from maw.objectives.policy import group_advantage

    pairs = [(chunk.x, chunk.mask) for chunk in batch.documents]
    query_side, document_side = (
        Side.of(model, reference, texts, generator=generator)
        for texts in ([(batch.query_x, batch.query_mask)], pairs)
    )
    actions = draw(query_side.logits, config.samples, generator)  # [Q, G]
    chosen = draw(document_side.logits, 1, generator)  # [N, 1] in the chunks' order
    scores, attention = rank_under(model, batch, actions=actions, chosen=chosen)
    ranking = contrastive_loss(scores, batch)
    with torch.no_grad():
        rewards, reached = reward(config, scores, attention, batch)
        advantage = group_advantage(rewards)
        order = torch.cat([chunk.positions for chunk in batch.documents])
        judged, gain = document_advantage(reached, batch.positive[:, order])
    # a document's one sample weighs as much as each of a query's G: else its noise drowns them
    share = int(judged.sum()) / actions.numel()
    for epoch in range(config.epochs):
        loss = query_side.loss(actions, advantage, config=config)
        if judged.any():
            loss = loss + share * document_side.loss(chosen, gain, config=config, rows=judged)
        noted = {
            "loss": ranking.item(),
            "reward": rewards.mean().item(),
            "zero_advantage_share": (advantage.abs().amax(-1) < 1e-3).double().mean().item(),
            "router_entropy": query_side.entropy(),
        }
        yield (loss + ranking if epoch == 0 else loss), noted


def rank_under(
    model: "BiEncoder", batch: "Batch", *, actions: "Tensor", chosen: "Tensor"
) -> "tuple[Tensor, Tensor]":
    """Scores [G, Q, N] under the drawn depths, and the queries' attention [G, Q, H, L, L].

    actions [Q, G] of the queries; chosen [N, 1] of the documents, in the chunks' order.
    """
    import torch

    from maw.objectives.batch import restore

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


class Side:
    """The router's view of the queries or the documents of a batch."""

    def __init__(
        self, router: "nn.Module", features: "Tensor", *, reference: "nn.Module", seed: int
    ) -> None:
        self.router, self.features, self.seed = router, features, seed
        self.reference = reference(features).detach()
        self.logits = self.policy().detach()

    @classmethod
    def of(
        cls,
        model: "BiEncoder",
        reference: "nn.Module",
        texts: "list[tuple[Tensor, Tensor]]",
        *,
        generator: "torch.Generator",
    ) -> "Side":
        """Texts in padded batches (x, mask), their rows under each other."""
        import torch

        features = torch.cat([model.features(x, mask) for x, mask in texts])
        if model.router is None:
            raise ValueError("the grpo objective needs a router")
        seed = int(torch.randint(2**31, (), generator=generator))
        return cls(model.router, features, reference=reference, seed=seed)

    def policy(self) -> "Tensor":
        """The router's logits, each time under the same dropout mask.

        Under a fresh one the importance ratio would not be 1 before the first update.
        """
        import torch

        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            logits: Tensor = self.router(self.features)
        return logits

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
            self.policy()[rows],
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
        return float(-(log_policy.exp() * log_policy).sum(-1).mean())


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
    import torch

    from maw.objectives.policy import group_advantage

    judged = positive.any(0)
    mean = (reached @ positive.to(reached)) / positive.sum(0).clamp(min=1)
    gain = torch.zeros_like(mean)
    gain[judged] = group_advantage(mean[judged][None])[0]
    return judged, gain[:, None]
