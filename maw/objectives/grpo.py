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
    """samples: G. clip, kl, entropy: of the policy loss; epochs: its updates per batch.

    actor_critic: the advantage is the reward less what the router's value head expects of the text,
    not the standing within the group; the head learns by squared error, weighted by `value`.
    """

    samples: int = Field(4, ge=2)
    relevance: float = Field(0.4, ge=0)
    attention_entropy: float = Field(0.3, ge=0)
    focus: float = Field(0.3, ge=0)
    clip: float = Field(0.2, gt=0, lt=1)
    kl: float = Field(0.01, ge=0)
    entropy: float = Field(0.01, ge=0)
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
    if config.actor_critic != hasattr(model.router, "critic"):
        raise ValueError("actor_critic and the router's value_head need each other")
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
    from maw.routers.choosing import sample

    pairs = [(chunk.x, chunk.mask) for chunk in batch.documents]
    query_side, document_side = (
        Side.of(model, reference, texts, generator=generator)
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
        noted = {
            "loss": ranking.item(),
            "reward": rewards.mean().item(),
            "zero_advantage_share": (standing.abs().amax(-1) < 1e-3).double().mean().item(),
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
        self, model: "BiEncoder", features: "Tensor", *, reference: "nn.Module", seed: int
    ) -> None:
        self.model, self.features, self.seed = model, features, seed
        self.reference = reference(features).detach()[:, : model.active]
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
        seed = int(torch.randint(2**31, (), generator=generator))
        return cls(model, features, reference=reference, seed=seed)

    def policy(self) -> "Tensor":
        """The router's logits, each time under the same dropout mask.

        Under a fresh one the importance ratio would not be 1 before the first update.
        """
        import torch

        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            return self.model.logits(self.features)

    def value(self) -> "Tensor":
        """What the router's value head expects of each text, under the same dropout mask."""
        import torch

        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            expected: Tensor = self.model.router.value(self.features)  # type: ignore[union-attr, operator]
        return expected

    def loss(
        self,
        actions: "Tensor",
        advantage: "Tensor",
        rewards: "Tensor",
        *,
        config: Config,
        rows: "Tensor | slice" = slice(None),
    ) -> "Tensor":
        """The policy loss of the chosen rows, the router evaluated anew; and its critic's."""
        from maw.objectives.policy import policy_loss

        old = self.logits.log_softmax(-1).gather(1, actions)
        loss = policy_loss(
            self.policy()[rows],
            reference=self.reference[rows],
            actions=actions[rows],
            advantage=advantage[rows],
            old=old[rows],
            clip=config.clip,
            kl=config.kl,
            entropy=config.entropy,
        )
        if config.actor_critic:
            missed = self.value()[rows][:, None] - rewards[rows]
            loss = loss + config.value * missed.square().mean()
        return loss

    def entropy(self) -> float:
        """Mean entropy of the policy before the update, in nats."""
        log_policy = self.logits.log_softmax(-1)
        return float(-(log_policy.exp() * log_policy).sum(-1).mean())


def reward(
    config: Config, scores: "Tensor", attention: "Tensor", batch: "Batch"
) -> "tuple[Tensor, Tensor]":
    """All rewards [Q, G], and the relevance reward alone [Q]: the mean over samples."""
    from maw.objectives import rewards

    best = scores.masked_fill(~batch.positive, float("-inf")).amax(-1, keepdim=True)
    ranks = 1 + ((scores > best) & batch.negative).sum(-1)  # [G, Q]
    relevance = rewards.relevance(attention, ranks, batch.query_mask)
    return rewards.total(config.weights, attention, ranks, batch.query_mask), relevance.mean(-1)


def document_reward(reached: "Tensor", positive: "Tensor") -> "tuple[Tensor, Tensor]":
    """Which documents are relevant to a query of the batch [N], and their mean reward [N, 1]."""
    mean = (reached @ positive.to(reached)) / positive.sum(0).clamp(min=1)
    return positive.any(0), mean[:, None]


def document_advantage(earned: "Tensor", judged: "Tensor") -> "Tensor":
    """Each judged document's standing among those of the batch [N, 1]: it has one sample only."""
    import torch

    from maw.objectives.policy import group_advantage

    gain = torch.zeros_like(earned)
    gain[judged] = group_advantage(earned[judged].T).T
    return gain
