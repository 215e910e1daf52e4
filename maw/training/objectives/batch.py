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
    and of its hard negatives.
    """

    queries: Sequence[Chunk]
    documents: Sequence[Chunk]
    positive: Tensor
    negative: Tensor
    n_relevant: Tensor
    temperature: float
    drawn: tuple[tuple[str, ...], ...] = ()

    @property
    def texts(self) -> list[tuple[Tensor, Tensor]]:
        """Return all texts that go through the model, as (x, mask) of each chunk, queries first."""
        return [(chunk.x, chunk.mask) for chunk in (*self.queries, *self.documents)]

    def scores(self, outputs: Sequence[Tensor]) -> Tensor:
        """Return the scores [Q, N]; outputs: the model's vectors for each part of `texts`."""
        n = len(self.queries)
        return restore(outputs[:n], self.queries) @ restore(outputs[n:], self.documents).T

    def rule_inputs(self, logits: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the queries' logits [Q, D] and their numbers of relevant documents [Q].

        They are what the objective `supervised` needs for its rule about queries. logits: the
        router's for each part of `texts`; the documents' logits are not used.
        """
        return restore(logits[: len(self.queries)], self.queries), self.n_relevant


@dataclass(frozen=True)
class PairBatch:
    """A batch of P pairs of a query and a candidate document, each pair one text.

    The Q queries have at most C candidates each. pairs: P texts in chunks of similar length. slots
    [P]: position of each pair in the flattened table [Q, C]. positive, negative [Q, C] bool: a
    position without a pair is neither. n_relevant [Q]: number of relevant documents of each query.
    temperature: divides the scores in the loss. drawn [Q]: the ids of each query, of its positive
    and of its negatives.
    """

    pairs: Sequence[Chunk]
    slots: Tensor
    positive: Tensor
    negative: Tensor
    n_relevant: Tensor
    temperature: float
    drawn: tuple[tuple[str, ...], ...] = ()

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

    def rule_inputs(self, logits: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the pairs' logits [P, D] and their queries' numbers of relevant documents [P].

        They are what the objective `supervised` needs for its rule about queries, which applies to
        all pairs of a query. logits: the router's for each part of `texts`.
        """
        return torch.cat(list(logits)), self.n_relevant[self.query]


Losses = Iterator[
    tuple[Tensor, dict[str, float]]
]  # the losses of one batch, each with metrics to report
LossesOfBatch = Callable[[Batch | PairBatch, torch.Generator], Losses]


def contrastive_loss(scores: Tensor, batch: Batch | PairBatch) -> Tensor:
    """Return the mean cross-entropy of each positive against the negatives of its query.

    scores [..., Q, N], or [..., Q, C] of a batch of pairs. The mean is over all positive pairs. A
    positive is never compared with another positive.
    """
    scaled = scores / batch.temperature
    negatives = scaled.masked_fill(~batch.negative, float("-inf")).logsumexp(-1, keepdim=True)
    loss = torch.nn.functional.softplus(negatives - scaled)
    return loss[batch.positive.expand_as(loss)].mean()


def scores_decided(model: RoutedLayers, batch: Batch | PairBatch) -> Tensor:
    """Return the scores [Q, N] of a batch, each text under the router's decision.

    The decision is the likeliest depth, or a mixture of all depths where the router mixes; no depth
    is sampled. Without a router it is depth 0. Scores are [Q, C] for a batch of pairs.
    """
    return batch.scores(
        [model(x, mask, model.decide(model.route(x, mask))) for x, mask in batch.texts]
    )
