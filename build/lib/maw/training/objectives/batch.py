"""Batches of training data: queries and documents for a bi-encoder, pairs for a cross-encoder.

Each kind of batch says which pairs of a query and a document are positive and which are negative,
and turns the model's outputs into one table of scores.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maw.models.encoders.ragged import Chunk, restore
from maw.models.encoders.routed_layers import RoutedLayers


@dataclass(frozen=True)
class Batch:
    """A batch of Q queries and N documents, each query against every document.

    queries, documents: Q and N texts, each in chunks of similar length. positive, negative [Q, N]
    bool: a pair that is neither does not count in the loss.
    n_relevant [Q]: number of judged relevant documents of each query, in the batch or not.
    temperature: divides the scores in the loss. drawn [Q]: the ids of each query, of its positive
    and of its hard negatives. quantile [Q] float64: the mid-rank of each query's number of relevant
    documents among those of all training queries, from 0 to below 1. mode [Q] int64: each query's
    true mode; None where the collection has none.
    """

    queries: Sequence[Chunk]
    documents: Sequence[Chunk]
    positive: Tensor
    negative: Tensor
    n_relevant: Tensor
    temperature: float
    drawn: tuple[tuple[str, ...], ...] = ()
    quantile: Tensor | None = None
    mode: Tensor | None = None

    @property
    def texts(self) -> list[tuple[Tensor, Tensor]]:
        """Return all texts that go through the model, as (x, mask) of each chunk, queries first."""
        return [(chunk.x, chunk.mask) for chunk in (*self.queries, *self.documents)]

    def scores(self, outputs: Sequence[Tensor]) -> Tensor:
        """Return the scores [Q, N]; outputs: the model's vectors for each part of `texts`."""
        n = len(self.queries)
        return restore(outputs[:n], self.queries) @ restore(outputs[n:], self.documents).T

    def query_logits(self, logits: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the logits [Q, D] of the queries, and the number of each query [Q], 0 to Q - 1.

        They are what objectives need that speak of queries alone. logits: the router's for each
        part of `texts`; the documents' logits are not used.
        """
        of_queries = restore(logits[: len(self.queries)], self.queries)
        return of_queries, torch.arange(len(of_queries), device=of_queries.device)


@dataclass(frozen=True)
class PairBatch:
    """A batch of P pairs of a query and a candidate document, each pair one text.

    The Q queries have at most C candidates each. pairs: P texts in chunks of similar length. slots
    [P]: position of each pair in the flattened table [Q, C]. positive, negative [Q, C] bool: a
    position without a pair is neither. n_relevant [Q]: number of relevant documents of each query.
    temperature: divides the scores in the loss. drawn [Q]: the ids of each query, of its positive
    and of its negatives. quantile [Q] float64: the mid-rank of each query's number of relevant
    documents among those of all training queries, from 0 to below 1. mode [Q] int64: each query's
    true mode; None where the collection has none.
    """

    pairs: Sequence[Chunk]
    slots: Tensor
    positive: Tensor
    negative: Tensor
    n_relevant: Tensor
    temperature: float
    drawn: tuple[tuple[str, ...], ...] = ()
    quantile: Tensor | None = None
    mode: Tensor | None = None

    @property
    def texts(self) -> list[tuple[Tensor, Tensor]]:
        """Return all texts that go through the model, as (x, mask) of each chunk."""
        return [(chunk.x, chunk.mask) for chunk in self.pairs]

    @property
    def query(self) -> Tensor:
        """Return the number of each pair's query [P], 0 to Q - 1, in the order of the chunks."""
        order = torch.cat([chunk.positions for chunk in self.pairs])
        return self.slots[order] // self.positive.shape[1]

    def scores(self, outputs: Sequence[Tensor]) -> Tensor:
        """Return the table of scores [..., Q, C].

        outputs: the model's scores [..., n] of each part of `texts`. A position without a pair has
        the score 0.
        """
        order = torch.cat([chunk.positions for chunk in self.pairs])
        pair_scores = torch.cat(list(outputs), -1)
        *samples, _ = pair_scores.shape
        empty = pair_scores.new_zeros(*samples, self.positive.numel())
        table: Tensor = empty.index_copy(-1, self.slots[order], pair_scores)
        return table.view(*samples, *self.positive.shape)

    def query_logits(self, logits: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the logits [P, D] of the pairs, and the number of each pair's query [P].

        They are what objectives need that speak of queries, and so of all pairs of a query. logits:
        the router's for each part of `texts`.
        """
        return torch.cat(list(logits)), self.query


Losses = Iterator[
    tuple[Tensor, dict[str, float]]
]  # the losses of one batch, each with metrics to report
LossesOfBatch = Callable[[Batch | PairBatch, torch.Generator], Losses]


def contrastive_loss(scores: Tensor, batch: Batch | PairBatch) -> Tensor:
    """Return the mean cross-entropy of each positive against the negatives of its query.

    scores [..., Q, N], or [..., Q, C] of a batch of pairs. The mean is over all positive pairs. A
    positive is never compared with another positive.
    """
    losses = _pair_losses(scores, batch)
    return losses[batch.positive.expand_as(losses)].mean()


def log_likelihoods(scores: Tensor, batch: Batch | PairBatch) -> Tensor:
    """Return the mean log-likelihood [..., Q] of each query's positives against its negatives.

    scores [..., Q, N], or [..., Q, C] of a batch of pairs. A positive's log-likelihood is minus its
    cross-entropy in `contrastive_loss`. Where every query has one positive in the batch, that loss
    is minus the mean of the result.
    """
    losses = _pair_losses(scores, batch)
    total = losses.masked_fill(~batch.positive, 0.0).sum(-1)
    return -total / batch.positive.sum(-1)


def _pair_losses(scores: Tensor, batch: Batch | PairBatch) -> Tensor:
    """Return the cross-entropy of each document against the query's negatives, of scores' shape."""
    scaled = scores / batch.temperature
    negatives = scaled.masked_fill(~batch.negative, float("-inf")).logsumexp(-1, keepdim=True)
    return torch.nn.functional.softplus(negatives - scaled)


def scores_decided(model: RoutedLayers, batch: Batch | PairBatch) -> Tensor:
    """Return the scores [Q, N] of a batch, each text under the router's decision.

    The decision is the likeliest depth, or a mixture of all depths where the router mixes; no depth
    is sampled. Without a router it is depth 0. Scores are [Q, C] for a batch of pairs.
    """
    return batch.scores(
        [model(x, mask, model.decide(model.route(x, mask))) for x, mask in batch.texts]
    )
