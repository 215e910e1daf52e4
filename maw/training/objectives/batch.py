"""What an objective sees of the world in one step: texts to encode, or pairs to score."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maw.models.encoders.bi_encoder import RoutedLayers
from maw.models.encoders.ragged import Chunk, restore


@dataclass(frozen=True)
class Batch:
    """Queries against documents.

    query_x [Q, L, E], query_mask [Q, L]; documents: N texts in chunks of similar length;
    positive, negative [Q, N] bool: a pair that is neither is never a target and never a negative;
    n_relevant [Q]: judged relevant documents of each query, in the batch or not.
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
        """All that goes through the model, x and mask of each padded part: queries first."""
        return [
            (self.query_x, self.query_mask),
            *((chunk.x, chunk.mask) for chunk in self.documents),
        ]

    def scores(self, outputs: Sequence[Tensor]) -> Tensor:
        """The model's outputs for `texts` -> scores [Q, N]."""
        return outputs[0] @ restore(outputs[1:], self.documents).T

    def ruled(self, logits: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Of the texts that a rule about queries speaks of: logits [Q, D], relevant documents."""
        return logits[0], self.n_relevant


@dataclass(frozen=True)
class PairBatch:
    """Pairs of a query and a candidate, each a text of its own.

    pairs: P texts in chunks of similar length; place [P]: where pair p stands in [Q, C], row after
    row; positive, negative [Q, C] bool, a place without a pair is neither; n_relevant [Q].
    """

    pairs: Sequence[Chunk]
    place: Tensor
    positive: Tensor
    negative: Tensor
    n_relevant: Tensor
    temperature: float

    @property
    def texts(self) -> list[tuple[Tensor, Tensor]]:
        """All that goes through the model, x and mask of each padded part."""
        return [(chunk.x, chunk.mask) for chunk in self.pairs]

    @property
    def query(self) -> Tensor:
        """The query of each pair [P], in the chunks' order."""
        order = torch.cat([chunk.positions for chunk in self.pairs])
        return self.place[order] // self.positive.shape[1]

    def scores(self, outputs: Sequence[Tensor]) -> Tensor:
        """Outputs for `texts`, each [..., n] -> scores [..., Q, C], 0 where there is no pair."""
        order = torch.cat([chunk.positions for chunk in self.pairs])
        found = torch.cat(list(outputs), -1)
        empty = found.new_zeros(*found.shape[:-1], self.positive.numel())
        placed: Tensor = empty.index_copy(-1, self.place[order], found)
        return placed.view(*found.shape[:-1], *self.positive.shape)

    def ruled(self, logits: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """A rule about a query speaks of all its pairs: logits [P, D], relevant documents [P]."""
        return torch.cat(list(logits)), self.n_relevant[self.query]


def contrastive_loss(scores: Tensor, batch: Batch | PairBatch) -> Tensor:
    """Cross-entropy of each positive against the query's negatives; positives do not compete.

    scores [..., Q, N]; the mean over all positive pairs.
    """
    scaled = scores / batch.temperature
    against = scaled.masked_fill(~batch.negative, float("-inf")).logsumexp(-1, keepdim=True)
    loss = torch.nn.functional.softplus(against - scaled)
    wanted = batch.positive.expand_as(loss)
    return loss[wanted].mean()


def scores_decided(model: RoutedLayers, batch: Batch | PairBatch) -> Tensor:
    """Scores [Q, N] of the batch, each text as the model decides: nothing is drawn."""
    return batch.scores(
        [model(x, mask, model.decide(model.route(x, mask))) for x, mask in batch.texts]
    )
