"""Outputs of texts under depths that were sampled for them, for the objective `grpo`.

G samples of a text often hold the same depth twice or more. The model computes each distinct pair
of a text and a depth once, and its output stands in the place of each sample of that pair. Outputs,
rewards and gradients are those of computing every sample. Only an attention with `dropout` differs:
equal samples of a text then have the same dropout mask.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maw.models.attention.plain import require_matrices
from maw.models.encoders.ragged import Chunk, restore
from maw.models.encoders.routed_layers import RoutedLayers
from maw.training.objectives import rewards


@dataclass(frozen=True)
class Sampled:
    """B texts under G sampled depths each.

    outputs [B, G, ...]: the model's outputs. rewards: name -> [B, G] of rewards that read
    attention, without gradient.
    """

    outputs: Tensor
    rewards: dict[str, Tensor]


def sampled(
    model: RoutedLayers, x: Tensor, mask: Tensor, depths: Tensor, *, names: Collection[str] = ()
) -> Sampled:
    """Return the outputs of texts x [B, L, E] under their depths [B, G], and attention's rewards.

    mask [B, L], True = token. names: of the rewards to compute; those that do not read attention
    are left out. Rewards read the attention of the first trained layer.
    """
    text = torch.arange(len(x), device=depths.device)[:, None]
    # sorted by depth first: the texts of a depth stand together, and take one product
    pairs, place = (depths * len(x) + text).unique(return_inverse=True)  # [U], [B, G]
    text, depth = pairs % len(x), pairs // len(x)
    pair_x, pair_mask = x[text], mask[text]
    outputs = model(pair_x, pair_mask, depth)
    of_pairs: dict[str, Tensor] = {}  # each [U, 1]
    if not rewards.OF_ATTENTION.keys().isdisjoint(names):
        require_matrices(model.first, reader="a reward of attention")
        with torch.no_grad():
            maps = model.first.maps(pair_x, pair_mask, depth)
            of_pairs = rewards.of_attention(names, maps[None], pair_mask)
    return Sampled(outputs[place], {name: value[:, 0][place] for name, value in of_pairs.items()})


def sampled_in_chunks(
    model: RoutedLayers, chunks: Sequence[Chunk], depths: Tensor, *, names: Collection[str] = ()
) -> Sampled:
    """Return what `sampled` returns for texts in chunks.

    depths [B, G] and the result are in the order in which the texts were asked for.
    """
    parts = [
        sampled(model, chunk.x, chunk.mask, depths[chunk.positions], names=names)
        for chunk in chunks
    ]
    return Sampled(
        restore([part.outputs for part in parts], chunks),
        {
            name: restore([part.rewards[name] for part in parts], chunks)
            for name in parts[0].rewards
        },
    )
