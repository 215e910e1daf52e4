"""Outputs of texts under depths that were sampled for them, for the objective `grpo`.

G samples of a text often hold the same depth twice or more. The model computes each distinct pair
of a text and a depth once, and its output stands in the place of each sample of that pair. Outputs,
rewards and gradients are those of computing every sample. Only an attention with `dropout` differs:
equal samples of a text then have the same dropout mask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maw.models.encoders.ragged import Chunk, restore
from maw.models.encoders.routed_layers import RoutedLayers
from maw.training.objectives import rewards


@dataclass(frozen=True)
class Sampled:
    """B texts under G sampled depths each.

    outputs [B, G, ...]: the model's outputs. attention_rewards [B, G]: the weighted sum of the
    rewards that read attention, without gradient.
    """

    outputs: Tensor
    attention_rewards: Tensor


def sampled(
    model: RoutedLayers, x: Tensor, mask: Tensor, depths: Tensor, *, weights: Mapping[str, float]
) -> Sampled:
    """Return the outputs of texts x [B, L, E] under their depths [B, G], and attention's rewards.

    mask [B, L], True = token. weights: name of a reward -> its weight. Rewards read the attention
    of the first trained layer.
    """
    text = torch.arange(len(x), device=depths.device)[:, None]
    # sorted by depth first: the texts of a depth stand together, and take one product
    pairs, place = (depths * len(x) + text).unique(return_inverse=True)  # [U], [B, G]
    text, depth = pairs % len(x), pairs // len(x)
    pair_x, pair_mask = x[text], mask[text]
    outputs = model(pair_x, pair_mask, depth)
    attention_rewards = x.new_zeros(depths.shape)
    if rewards.reads_attention(weights):
        with torch.no_grad():
            maps = model.first.maps(pair_x, pair_mask, depth)
            of_pairs = rewards.of_attention(weights, maps[None], pair_mask)  # [U, 1]
        attention_rewards = of_pairs[:, 0][place]
    return Sampled(outputs[place], attention_rewards)


def sampled_in_chunks(
    model: RoutedLayers, chunks: Sequence[Chunk], depths: Tensor, *, weights: Mapping[str, float]
) -> Sampled:
    """Return what `sampled` returns for texts in chunks.

    depths [B, G] and the result are in the order in which the texts were asked for.
    """
    parts = [
        sampled(model, chunk.x, chunk.mask, depths[chunk.positions], weights=weights)
        for chunk in chunks
    ]
    return Sampled(
        restore([part.outputs for part in parts], chunks),
        restore([part.attention_rewards for part in parts], chunks),
    )
