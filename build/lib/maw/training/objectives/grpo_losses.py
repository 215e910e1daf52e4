"""The losses of the objective `grpo`, for batches of a bi-encoder and of a cross-encoder.

A batch has a loss for each of `config.epochs` updates. The first loss teaches the layers and the
router, the later ones the router alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, Self

import torch
from torch import Tensor, nn

from maw.models.encoders.ragged import restore
from maw.models.encoders.routed_layers import RoutedLayers
from maw.models.routers.choosing import sample
from maw.training.objectives import sampled_rewards
from maw.training.objectives.advantages import Advantages, advantages
from maw.training.objectives.batch import Batch, Losses, PairBatch, contrastive_loss
from maw.training.objectives.policy import LossWeights
from maw.training.objectives.routed_texts import RoutedTexts
from maw.training.objectives.sampled_depths import sampled, sampled_in_chunks


class Options(Protocol):
    """What the losses read of `maw.training.objectives.grpo.Config`, which describes each option.

    That module imports this one, so that this one may not import it.
    """

    @property
    def samples(self) -> int: ...
    @property
    def reward(self) -> str: ...
    @property
    def reward_weights(self) -> Mapping[str, float]: ...
    @property
    def rewarded(self) -> Collection[str]: ...
    @property
    def loss_weights(self) -> LossWeights: ...
    @property
    def balance(self) -> float: ...
    @property
    def documents(self) -> str: ...
    @property
    def epochs(self) -> int: ...
    @property
    def actor_critic(self) -> bool: ...


@dataclass(frozen=True)
class Reinforced:
    """B texts of one side of a batch, and how much each of their sampled depths is reinforced.

    depths, advantage [B, G]: of the samples. predicted [B, G]: what a value head has to predict.
    rows [B] bool: the texts that count. weight: of their policy loss.
    """

    texts: RoutedTexts
    depths: Tensor
    advantage: Tensor
    predicted: Tensor
    rows: Tensor
    weight: float = 1.0

    @classmethod
    def of(
        cls,
        config: Options,
        texts: RoutedTexts,
        depths: Tensor,
        *,
        within: Tensor,
        predicted: Tensor,
        rows: Tensor | None = None,
    ) -> Self:
        """Return the texts with their advantages; all texts count unless rows [B] is given.

        within [B, G]: the advantages within each group. With `actor_critic`, the advantages are
        `predicted` minus the value head's prediction instead.
        """
        advantage = within
        if config.actor_critic:
            with torch.no_grad():
                advantage = predicted - texts.value()[:, None]
        if rows is None:
            rows = torch.ones(len(depths), dtype=torch.bool, device=depths.device)
        return cls(texts, depths, advantage, predicted, rows)

    @property
    def n_rows(self) -> int:
        """Return the number of texts that count."""
        return int(self.rows.sum())

    def loss(self, config: Options) -> Tensor:
        """Return the weighted policy loss of the router as it is now, plus its load balance."""
        loss = self.texts.logits.new_zeros(())
        if self.n_rows:
            loss = self.weight * self.texts.loss(
                self.depths,
                self.advantage,
                self.predicted,
                weights=config.loss_weights,
                rows=self.rows,
            )
        return loss + config.balance * self.texts.imbalance() if config.balance else loss


def of_texts(
    config: Options,
    model: RoutedLayers,
    batch: Batch,
    generator: torch.Generator,
    *,
    reference: nn.Module,
) -> Losses:
    """Yield the losses of a bi-encoder's batch.

    Documents teach the router only where their depths are sampled. Then those that are relevant to
    no query of the batch teach it by the load balance alone.
    """
    routed = partial(RoutedTexts.of, model, reference, generator=generator)
    queries = routed(batch.queries, restored=True)
    documents = routed(batch.documents)
    query_depths = sample(queries.logits, config.samples, generator)  # [Q, G]
    document_depths = depths_of_documents(config, documents.logits, generator)  # [N, 1]
    scores, rewards = scores_under(
        model,
        batch,
        query_depths=query_depths,
        document_depths=document_depths,
        names=config.rewarded,
    )
    ranking_loss = contrastive_loss(scores, batch)
    relevance = sampled_rewards.relevance_rewards(config.reward, scores.detach(), batch)  # [Q, G]
    of_samples = advantages(
        config.reward, {"relevance": relevance, **rewards}, config.reward_weights
    )
    reinforced = [
        Reinforced.of(
            config, queries, query_depths, within=of_samples.total, predicted=of_samples.predicted
        )
    ]
    if config.documents == "sampled":
        of_documents = reinforced_documents(
            config, documents, document_depths, relevance=relevance.mean(-1), batch=batch
        )
        # a document's one sample weighs as much as each of a query's G: else its noise drowns them
        reinforced.append(replace(of_documents, weight=of_documents.n_rows / query_depths.numel()))
    for epoch in range(config.epochs):
        loss = torch.stack([side.loss(config) for side in reinforced]).sum()
        metrics = _metrics(ranking_loss, of_samples, queries)
        yield (loss + ranking_loss if epoch == 0 else loss), metrics


def depths_of_documents(config: Options, logits: Tensor, generator: torch.Generator) -> Tensor:
    """Return a depth of each document [N, 1] for logits [N, D]: sampled, or the likeliest."""
    if config.documents == "sampled":
        return sample(logits, 1, generator)
    return logits.argmax(-1, keepdim=True)


def of_pairs(
    config: Options,
    model: RoutedLayers,
    batch: PairBatch,
    generator: torch.Generator,
    *,
    reference: nn.Module,
) -> Losses:
    """Yield the losses of a cross-encoder's batch.

    Each pair samples G depths; the g-th samples of all pairs of a query form one ranked list. The
    relevance reward of this list is that of the g-th sample of every pair in it. Attention rewards
    are computed for each pair separately.
    """
    pairs = RoutedTexts.of(model, reference, batch.pairs, generator=generator)
    depths = sample(pairs.logits, config.samples, generator)  # [P, G] in the chunks' order
    parts = depths.split([len(x) for x, _ in batch.texts])
    samples = [
        sampled(model, x, mask, part, names=config.rewarded)
        for (x, mask), part in zip(batch.texts, parts, strict=True)
    ]
    scores = batch.scores([of_part.outputs.T for of_part in samples])  # [G, Q, C]
    ranking_loss = contrastive_loss(scores, batch)
    relevance = sampled_rewards.relevance_rewards(config.reward, scores.detach(), batch)  # [Q, G]
    rewards = {"relevance": relevance[batch.query]} | {
        name: torch.cat([of_part.rewards[name] for of_part in samples])
        for name in samples[0].rewards
    }
    of_samples = advantages(config.reward, rewards, config.reward_weights)  # [P, G]
    reinforced = Reinforced.of(
        config, pairs, depths, within=of_samples.total, predicted=of_samples.predicted
    )
    for epoch in range(config.epochs):
        loss = reinforced.loss(config)
        metrics = _metrics(ranking_loss, of_samples, pairs)
        yield (loss + ranking_loss if epoch == 0 else loss), metrics


def scores_under(
    model: RoutedLayers,
    batch: Batch,
    *,
    query_depths: Tensor,
    document_depths: Tensor,
    names: Collection[str] = (),
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return scores [G, Q, N] under sampled depths, and rewards [Q, G] of the queries' attention.

    query_depths [Q, G]: G sampled depths of each query. document_depths [N, 1]: one sampled depth
    of each document, in the chunks' order. names: of the rewards to compute; those that do not read
    attention are left out.
    """
    queries = sampled_in_chunks(model, batch.queries, query_depths, names=names)
    sizes = [len(chunk.x) for chunk in batch.documents]
    parts = [
        model(chunk.x, chunk.mask, part[:, 0])
        for chunk, part in zip(batch.documents, document_depths.split(sizes), strict=True)
    ]
    documents = restore(parts, batch.documents)
    return queries.outputs.transpose(0, 1) @ documents.T, queries.rewards


def reinforced_documents(
    config: Options, documents: RoutedTexts, depths: Tensor, *, relevance: Tensor, batch: Batch
) -> Reinforced:
    """Return the documents, whose advantages are among the batch's relevant documents.

    depths [N, 1]: sampled, in the chunks' order. relevance [Q]: the mean relevance reward of each
    query. Documents that are relevant to no query of the batch do not count.
    """
    is_relevant, rewards = sampled_rewards.document_reward(relevance, batch)
    within = sampled_rewards.document_advantage(rewards, is_relevant)
    predicted = within if config.reward == "dense" else rewards
    return Reinforced.of(
        config, documents, depths, within=within, predicted=predicted, rows=is_relevant
    )


def _metrics(ranking_loss: Tensor, of_samples: Advantages, routed: RoutedTexts) -> dict[str, float]:
    """Return the metrics of one step for the development curve.

    of_samples: of the queries, or of the pairs of a cross-encoder, which are `routed`. With
    `actor_critic` too, the shares of the rewards are those of the advantages within each group.
    """
    return {
        "loss": ranking_loss.item(),
        "reward": of_samples.rewards.mean().item(),
        "tied_share": of_samples.tied_share,
        "advantage_mass_relevance": of_samples.mass("relevance"),
        "advantage_mass_attention_entropy": of_samples.mass("attention_entropy"),
        "advantage_mass_focus": of_samples.mass("focus"),
        "router_entropy": routed.entropy(),
    }
