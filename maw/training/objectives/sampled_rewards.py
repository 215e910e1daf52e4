"""Rewards of the depths that were sampled for the queries, documents or pairs of a batch.

weights: name of a reward in `rewards.REWARDS` -> its weight in the sum. No function here draws
random numbers, and none is meant to have a gradient.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from maw.training.objectives import rewards
from maw.training.objectives.batch import Batch, PairBatch
from maw.training.objectives.policy import group_advantage


def ranks_of(scores: Tensor, batch: Batch | PairBatch) -> Tensor:
    """Return the rank [G, Q] of each query's best positive among its negatives, 1 is best.

    scores [G, Q, N], or [G, Q, C] of a batch of pairs. A negative with the same score does not
    count as ranked above the positive.
    """
    best = scores.masked_fill(~batch.positive, float("-inf")).amax(-1, keepdim=True)
    ranks: Tensor = 1 + ((scores > best) & batch.negative).sum(-1)
    return ranks


def query_reward(
    weights: Mapping[str, float], scores: Tensor, attention_rewards: Tensor, batch: Batch
) -> tuple[Tensor, Tensor]:
    """Return the queries' weighted sums of rewards [Q, G], and their mean relevance rewards [Q].

    The means are over the samples. scores [G, Q, N]: of each sample. attention_rewards [Q, G]: the
    weighted rewards of the queries' own attention.
    """
    ranks = ranks_of(scores, batch)
    relevance = 1 / ranks.T.to(attention_rewards)
    return rewards.with_relevance(weights, attention_rewards, ranks), relevance.mean(-1)


def pair_reward(
    weights: Mapping[str, float], scores: Tensor, attention_rewards: Tensor, batch: PairBatch
) -> Tensor:
    """Return the weighted sum [P, G] of the rewards of each pair's samples, in the chunks' order.

    The relevance reward is the reciprocal rank for the pair's query, which all its pairs share.
    scores [G, Q, C]: of the pairs under each sample. attention_rewards [P, G]: the weighted rewards
    of the pairs' own attention, in the chunks' order.
    """
    ranks = ranks_of(scores, batch)[:, batch.query]
    return rewards.with_relevance(weights, attention_rewards, ranks)


def document_reward(relevance: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return which documents are relevant to a query of the batch [N], and the rewards [N, 1].

    A document's reward is the mean of `relevance` over the queries that it is relevant to, 0 if
    there are none. relevance [Q]: of each query. Documents are in the chunks' order.
    """
    order = torch.cat([chunk.positions for chunk in batch.documents])
    positive = batch.positive[:, order]
    mean = (relevance @ positive.to(relevance)) / positive.sum(0).clamp(min=1)
    return positive.any(0), mean[:, None]


def document_advantage(document_rewards: Tensor, is_relevant: Tensor) -> Tensor:
    """Return the advantage [N, 1] of each relevant document among the relevant ones of the batch.

    A document has only one sample, so its group is the relevant documents of the batch.
    document_rewards [N, 1]; is_relevant [N]. Documents that are not relevant get 0.
    """
    advantage = torch.zeros_like(document_rewards)
    advantage[is_relevant] = group_advantage(document_rewards[is_relevant].T).T
    return advantage
