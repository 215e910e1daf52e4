"""What does a model make of texts that it is not trained on? Vectors or scores, in their order.

So many texts at a time as the device has room for.
"""

import torch
from torch import Tensor

from maw.jobs.device import fitting
from maw.models.encoders.bi_encoder import RoutedLayers
from maw.models.encoders.ragged import Chunk, Ragged, placed, restore
from maw.models.routers.choosing import argmax

CHUNK = 16  # texts padded to one length


@torch.no_grad()
def embed(
    model: RoutedLayers, texts: Ragged, rows: Tensor, forced: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Vectors [N, E] (or scores [N]); of its own choice the likeliest depth and its chance [N].

    forced [N]: depths that are not the model's choice, of probability 1.
    """
    model.eval()
    chunks = list(texts.chunks(rows, CHUNK))
    parts = [_embed_fitting(model, chunk, forced) for chunk in chunks]
    vectors, depths, chances = (restore(part, chunks) for part in zip(*parts, strict=True))
    return vectors, depths, chances


def _embed_fitting(
    model: RoutedLayers, chunk: Chunk, forced: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Of one chunk; out of memory, from now on with half as many texts at a time."""

    def attempt(at_once: int | None) -> tuple[Tensor, Tensor, Tensor]:
        model.at_once = at_once
        return _embed(model, chunk, forced)

    return fitting(attempt, at_once=model.at_once, most=len(chunk.x))


def _embed(
    model: RoutedLayers, chunk: Chunk, forced: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Of one chunk on the model's device, brought back."""
    there = placed(chunk, next(model.parameters()).device)
    if forced is None:
        logits = model.route(there.x, there.mask)
        depth, chance = argmax(logits)
        decided = model.decide(logits)
    else:
        decided = depth = forced.to(there.x.device)[there.positions]
        chance = torch.ones(len(depth))
    vectors: Tensor = model(there.x, there.mask, decided)
    return vectors.cpu(), depth.cpu(), chance.cpu()
