"""What an objective sees of the world in one step."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maw.encoders.bi_encoder import BiEncoder
from maw.encoders.ragged import Chunk


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


def restore(parts: Sequence[Tensor], chunks: Sequence[Chunk]) -> Tensor:
    """Per-chunk results [.., ...] in the order in which the texts were asked for."""
    order = torch.cat([chunk.positions for chunk in chunks])
    return torch.cat(list(parts))[torch.argsort(order)]


def contrastive_loss(scores: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of each positive against the query's negatives; positives do not compete.

    scores [..., Q, N]; the mean over all positive pairs.
    """
    scaled = scores / batch.temperature
    against = scaled.masked_fill(~batch.negative, float("-inf")).logsumexp(-1, keepdim=True)
    loss = torch.nn.functional.softplus(against - scaled)
    wanted = batch.positive.expand_as(loss)
    return loss[wanted].mean()


def embed_decided(model: BiEncoder, batch: Batch) -> tuple[Tensor, Tensor]:
    """Queries [Q, E] and documents [N, E], each as the model decides: nothing is drawn."""
    queries = embed(model, batch.query_x, batch.query_mask)
    parts = [embed(model, chunk.x, chunk.mask) for chunk in batch.documents]
    return queries, restore(parts, batch.documents)


def embed(model: BiEncoder, x: Tensor, mask: Tensor) -> Tensor:
    """x [B, L, E], mask [B, L] -> unit vectors [B, E]."""
    vectors: Tensor = model(x, mask, model.decide(model.route(x, mask)))
    return vectors
