"""Computes the vectors of many texts, or the scores of many pairs, without gradient.

A model's trained layers compute them in padded batches of at most 16 texts, and fewer at a time
where the device's memory is full.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from maw.jobs.device import fitting
from maw.models.encoders.ragged import Chunk, Ragged, placed, restore
from maw.models.encoders.routed_layers import RoutedLayers

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
    if forced is not None:
        vectors, _ = _in_chunks(partial(_forced, forced=forced), model, texts, rows)
        return vectors, forced.cpu(), torch.ones(len(rows))
    vectors, policy = _in_chunks(_routed, model, texts, rows)
    probability, depth = policy.max(-1)
    return vectors, depth, probability


@torch.no_grad()
def policies(model: RoutedLayers, texts: Ragged, rows: Tensor) -> Tensor:
    """Return the router's policy [N, D] of each text in `rows`, without the layers' outputs.

    A policy is the probability of each depth, or its weight where the router mixes depths.
    """
    return _in_chunks(_policy_alone, model, texts, rows)[1]


def _in_chunks(
    compute: Callable[[RoutedLayers, Chunk], tuple[Tensor, Tensor]],
    model: RoutedLayers,
    texts: Ragged,
    rows: Tensor,
) -> tuple[Tensor, Tensor]:
    """Return the two results of `compute` for all chunks, in the order of `rows`.

    When memory runs out, the model computes half as many texts at a time from then on.
    """
    model.eval()
    device = next(model.parameters()).device

    def of_chunk(chunk: Chunk) -> tuple[Tensor, Tensor]:
        def attempt(at_once: int | None) -> tuple[Tensor, Tensor]:
            model.at_once = at_once
            first, second = compute(model, placed(chunk, device))
            return first.cpu(), second.cpu()

        return fitting(attempt, at_once=model.at_once, most=len(chunk.x))

    chunks = list(texts.chunks(rows, CHUNK))
    first, second = (restore(part, chunks) for part in zip(*map(of_chunk, chunks), strict=True))
    return first, second


def _routed(model: RoutedLayers, batch: Chunk) -> tuple[Tensor, Tensor]:
    """Return the vectors of a batch under the router's decisions, and its policy."""
    vectors, logits = model.forward_decided(batch.x, batch.mask)
    return vectors, logits.softmax(-1)


def _forced(model: RoutedLayers, batch: Chunk, *, forced: Tensor) -> tuple[Tensor, Tensor]:
    """Return the vectors of a batch under the depths `forced` of all texts, and these depths."""
    depth = forced.to(batch.x.device)[batch.positions]
    return model(batch.x, batch.mask, depth), depth


def _policy_alone(model: RoutedLayers, batch: Chunk) -> tuple[Tensor, Tensor]:
    """Return the router's logits of a batch, and its policy."""
    logits = model.route(batch.x, batch.mask)
    return logits, logits.softmax(-1)
