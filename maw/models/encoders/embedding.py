"""Computes the vectors of many texts, or the scores of many pairs, without gradient.

A model's trained layers compute them in padded batches of at most 16 texts, and fewer at a time
where the device's memory is full.
"""

import torch
from torch import Tensor

from maw.jobs.device import fitting
from maw.models.encoders.ragged import Chunk, Ragged, placed, restore
from maw.models.encoders.routed_layers import RoutedLayers
from maw.models.routers.choosing import argmax

CHUNK = 16  # texts that are padded to one length


@torch.no_grad()
def embed(
    model: RoutedLayers, texts: Ragged, rows: Tensor, forced: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return vectors [N, E] (or scores [N]) of the texts in `rows`, their depths and probabilities.

    All are in the order of `rows`. A cross-encoder's texts are pairs, which get scores. depths [N]:
    the likeliest depth of each text under the router; the depth of largest weight where the router
    mixes depths. probabilities [N]: the router's probability, or weight, of that depth. forced [N]:
    depths to use in place of the router's choice; their probability is returned as 1. The model is
    left in evaluation mode.
    """
    model.eval()
    chunks = list(texts.chunks(rows, CHUNK))
    parts = [_embed_fitting(model, chunk, forced) for chunk in chunks]
    vectors, depths, probabilities = (restore(part, chunks) for part in zip(*parts, strict=True))
    return vectors, depths, probabilities


def _embed_fitting(
    model: RoutedLayers, chunk: Chunk, forced: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the three results of `embed` for one chunk.

    When memory runs out, the model computes half as many texts at a time from then on.
    """

    def attempt(at_once: int | None) -> tuple[Tensor, Tensor, Tensor]:
        model.at_once = at_once
        return _embed(model, chunk, forced)

    return fitting(attempt, at_once=model.at_once, most=len(chunk.x))


def _embed(
    model: RoutedLayers, chunk: Chunk, forced: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the three results of `embed` for one chunk, computed on the model's device."""
    batch = placed(chunk, next(model.parameters()).device)
    vectors: Tensor
    if forced is None:
        vectors, logits = model.forward_decided(batch.x, batch.mask)
        depth, probability = argmax(logits)
    else:
        depth = forced.to(batch.x.device)[batch.positions]
        vectors, probability = model(batch.x, batch.mask, depth), torch.ones(len(depth))
    return vectors.cpu(), depth.cpu(), probability.cpu()
