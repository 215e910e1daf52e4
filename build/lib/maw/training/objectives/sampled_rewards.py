"""Relevance rewards of the depths that were sampled for the queries or pairs of a batch.

No function here draws random numbers, and none is meant to have a gradient.
"""

import torch
from torch import Tensor

from maw.training.objectives.batch import Batch, PairBatch, log_likelihoods
from maw.training.objectives.policy import group_advantage


def ranks_of(scores: Tensor, batch: Batch | PairBatch) -> Tensor:
    """Return the rank [G, Q] of each query's best positive among its negatives, 1 is best.

    scores [G, Q, N], or [G, Q, C] of a batch of pairs. A negative with the same score does not
    count as ranked above the positive.
    """
    best = scores.masked_fill(~batch.positive, float("-inf")).amax(-1, keepdim=True)
    ranks: Tensor = 1 + ((scores > best) & batch.negative).sum(-1)
    return ranks


def relevance_rewards(kind: str, scores: Tensor, batch: Batch | PairBatch) -> Tensor:
    """Return the relevance reward [Q, G] of each query's samples.

    kind: `dense`, the mean log-likelihood of the query's positives against its negatives, at most
    0, which hardly ever ties; or `source`, the reciprocal rank of its best positive. scores
    [G, Q, N], or [G, Q, C] of a batch of pairs: under each sample. A pair of a cross-encoder shares
    the reward of its query's list.
    """
    if kind == "dense":
        return log_likelihoods(scores, batch).T
    return 1 / ranks_of(scores, batch).T.to(scores.dtype)


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
