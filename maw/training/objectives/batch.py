"""Batches of an objective: queries against documents to encode, or pairs to score.

Both kinds say which pairs are positive and which are negative, and turn the model's outputs into
one table of scores.
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

    query_x [Q, L, E], query_mask [Q, L]; documents: N texts in chunks of similar length;
    positive, negative [Q, N] bool: a pair that is neither is never a target and never a negative;
    n_relevant [Q]: number of judged relevant documents of each query, in the batch or not.
    """

    query_x: Tensor
    query_mask: Tensor
    documents: Sequence[Chunk]
    positive: Tensor
    negative: Tensor
    n_relevant: Tensor
    temperature: float

    @property
    def texts(self) -> list[tuple[Tensor, Tensor]]:
        """All texts that go through the model, as (x, mask) of each padded part: queries first."""
        return [
            (self.query_x, self.query_mask),
            *((chunk.x, chunk.mask) for chunk in self.documents),
        ]

    def scores(self, outputs: Sequence[Tensor]) -> Tensor:
        """Return the scores [Q, N] from the model's outputs for `texts`."""
        return outputs[0] @ restore(outputs[1:], self.documents).T

    def rule_inputs(self, logits: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the queries' logits [Q, D] and their numbers of relevant documents [Q].

        logits: the router's for each part of `texts`. A rule about queries does not apply to
        documents.
        """
        return logits[0], self.n_relevant


@dataclass(frozen=True)
class PairBatch:
    """A batch of P pairs of a query and a candidate document, each pair one text.

    The Q queries have at most C candidates each. pairs: P texts in chunks of similar length;
    slots [P]: position of pair p in the flattened table [Q, C]; positive, negative [Q, C] bool, a
    slot without a pair is neither; n_relevant [Q]: number of relevant documents of each query.
    """

    pairs: Sequence[Chunk]
    slots: Tensor
    positive: Tensor
    negative: Tensor
    n_relevant: Tensor
    temperature: float

    @property
    def texts(self) -> list[tuple[Tensor, Tensor]]:
        """All texts that go through the model, as (x, mask) of each padded part."""
        return [(chunk.x, chunk.mask) for chunk in self.pairs]

    @property
    def query(self) -> Tensor:
        """The position of each pair's query [P], in the chunks' order."""
        order = torch.cat([chunk.positions for chunk in self.pairs])
        return self.slots[order] // self.positive.shape[1]

    def scores(self, outputs: Sequence[Tensor]) -> Tensor:
        """Return the scores [..., Q, C] from the outputs for `texts`, each [..., n].

        A slot without a pair scores 0.
        """
        order = torch.cat([chunk.positions for chunk in self.pairs])
        pair_scores = torch.cat(list(outputs), -1)
        *samples, _ = pair_scores.shape
        empty = pair_scores.new_zeros(*samples, self.positive.numel())
        table: Tensor = empty.index_copy(-1, self.slots[order], pair_scores)
        return table.view(*samples, *self.positive.shape)

    def rule_inputs(self, logits: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the pairs' logits [P, D] and their queries' numbers of relevant documents [P].

        A rule about a query applies to all its pairs. logits: for each part of `texts`.
        """
        return torch.cat(list(logits)), self.n_relevant[self.query]


Losses = Iterator[tuple[Tensor, dict[str, float]]]  # of one batch, each with metrics to report
LossesOfBatch = Callable[[Batch | PairBatch, torch.Generator], Losses]


def contrastive_loss(scores: Tensor, batch: Batch | PairBatch) -> Tensor:
    """Return the cross-entropy of each positive against its query's negatives, as a mean.

    scores [..., Q, N]. The mean is over all positive pairs; positives do not compete with each
    other.
    """
    scaled = scores / batch.temperature
    negatives = scaled.masked_fill(~batch.negative, float("-inf")).logsumexp(-1, keepdim=True)
    loss = torch.nn.functional.softplus(negatives - scaled)
    return loss[batch.positive.expand_as(loss)].mean()


def scores_decided(model: RoutedLayers, batch: Batch | PairBatch) -> Tensor:
    """Score the batch [Q, N] with the depth that the model decides for each text; nothing is drawn.

    Scores are [Q, C] for a batch of pairs.
    """
    return batch.scores(
        [model(x, mask, model.decide(model.route(x, mask))) for x, mask in batch.texts]
    )
