"""A pass of texts through one attention layer holds the values and projections that depths share.

A text's depths are computed one at a time, so that its attention matrices under all depths are
never in memory together.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from maw.models.attention.statistics import attended_statistics, statistics_of_scores

if TYPE_CHECKING:
    from maw.models.attention.depth_weights import DepthWeights


@dataclass(frozen=True)
class LayerPass:
    """A batch of texts in one attention layer, with everything that its depths share.

    x [B, L, E]: the layer's input, after the norm where a norm comes first. mask [B, L], True =
    token. shared: what the projection's `share` returned for x. values: computed at first use
    unless given. The methods' outputs [B, L, E] have heads side by side and are taken before the
    layer's output projection.
    """

    layer: "DepthWeights"
    x: Tensor
    mask: Tensor
    shared: tuple[Tensor, ...]
    values: Tensor | None = None

    @cached_property
    def v(self) -> Tensor:
        """Return the values [B, H, L, h], computed once, so that all depths have equal dropout."""
        return self.layer.values(self.x) if self.values is None else self.values

    @cached_property
    def key_mask(self) -> Tensor:
        """Return the mask of keys, True = counts, or a bias of scores, −inf = does not count.

        It broadcasts to [B, H, L, L]. Only the position scheme of MPNet has a bias here.
        """
        if self.layer.positions is None:
            return self.mask[:, None, None, :]
        return self.layer.positions.key_mask(self.mask, dtype=self.x.dtype)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, depth: Tensor | int | None) -> Tensor:
        """Return the output, of v's shape, of torch's fused attention.

        q, k [B, H, L, h]; v [B, H, L, any size]; depth as in `score_bias`.
        """
        positions = self.layer.positions
        if positions is None:
            return scaled_dot_product_attention(q, k, v, attn_mask=self.key_mask)
        bias, scale = self.score_bias(q, k, depth), positions.scale(q.shape[-1])
        return scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=scale)

    def score_bias(self, q: Tensor, k: Tensor, depth: Tensor | int | None) -> Tensor:
        """Return the bias [B, H, L, L] to add to the scores of q and k, or a mask of keys.

        The bias is the scores of distances, as in DeBERTa, −inf where a key does not count. Where
        the backbone has no such scores, `key_mask` is returned. q, k [B, H, L, h]; depth: one
        depth, each text's own [B], or None for the standard attention.
        """
        scores = None
        if self.layer.positions is not None:
            scores = self.layer.positions.distance_scores(
                q,
                k,
                project=lambda table: self.project_table(table, depth),
                cut=lambda heads: heads if depth is None else self.slice_heads(heads, depth),
            )
        if scores is None:
            return self.key_mask
        return scores.masked_fill(~self.key_mask, float("-inf"))

    def scores(self, q: Tensor, k: Tensor, depth: Tensor | int | None) -> Tensor:
        """Return the scores [B, H, L, L] before the softmax, −inf where a key does not count.

        q, k, depth: as in `score_bias`.
        """
        positions = self.layer.positions
        if positions is None:
            scores: Tensor = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
            return scores.masked_fill(~self.key_mask, float("-inf"))
        scores = q @ k.transpose(-1, -2) * positions.scale(q.shape[-1])
        bias = self.score_bias(q, k, depth)
        if bias.dtype == torch.bool:
            return scores.masked_fill(~bias, float("-inf"))
        return scores + bias

    def statistics(self, depth: int) -> tuple[Tensor, Tensor | None]:
        """Return the statistics [B, 4] of one depth's attention, and its output [B, L, E].

        The statistics are in the order of `maw.models.attention.statistics.WEIGHTS`. The output is
        None in training and for a backbone with positions inside the attention.
        """
        q, k = self.project(depth)
        if self.layer.positions is not None:
            return statistics_of_scores(self.scores(q, k, depth), mask=self.mask), None
        v = None if self.layer.training else self.slice_heads(self.v, depth)
        statistics, y = attended_statistics(q, k, v, mask=self.mask)
        return statistics, None if y is None else self.merge_heads(y, depth)

    def project_table(self, table: Tensor, depth: Tensor | int | None) -> tuple[Tensor, Tensor]:
        """Return queries and keys [1 or B, H, P, h] of a table [P, E] of embeddings of distances.

        The table is projected as tokens are, under the depth. depth as in `score_bias`.
        """
        layer = self.layer
        shared = layer.kind.share(layer.learned, table[None])
        if isinstance(depth, Tensor) and layer.n_depths > 1:
            present, position = depth.unique(return_inverse=True)
            pairs = [layer.queries_and_keys(shared, int(d)) for d in present]
            q, k = (torch.cat(part)[position] for part in zip(*pairs, strict=True))
        else:
            q, k = layer.queries_and_keys(shared, depth)
        return layer.split(q), layer.split(k)

    def detached(self) -> "LayerPass":
        """Return this pass with detached tensors.

        No gradient then reaches the layer's input, or the values and products that depths share.
        """
        x = self.x.detach()
        shared = tuple(x if tensor is self.x else tensor.detach() for tensor in self.shared)
        return replace(self, x=x, mask=self.mask.detach(), shared=shared, values=self.v.detach())

    def select(self, rows: Tensor | slice) -> "LayerPass":
        """Return the pass of some of the texts; rows: their numbers, or a slice of the texts."""
        x = self.x[rows]
        shared = tuple(x if tensor is self.x else tensor[rows] for tensor in self.shared)
        return replace(self, x=x, mask=self.mask[rows], shared=shared, values=self.v[rows])

    def project(self, depth: Tensor | int) -> tuple[Tensor, Tensor]:
        """Return queries and keys [B, H, L, h] under one depth, or each text's own depth [B].

        Their last axis is h / D where the projection cuts heads into slices. They are rotated where
        the backbone has rotary positions.
        """
        layer = self.layer
        q, k = layer.queries_and_keys(self.shared, depth)
        q = self.slice_heads(layer.split(q), depth)
        k = self.slice_heads(layer.split(k), depth)
        return (q, k) if layer.positions is None else layer.positions.rotate(q, k)

    def slice_heads(self, heads: Tensor, depth: Tensor | int) -> Tensor:
        """Return the depth's slice [B, H, L, h / D] of each head, or whole heads.

        Heads stay whole unless the projection cuts heads into D slices.
        """
        if self.layer.n_slices == 1:
            return heads
        slices: Tensor = heads.unflatten(-1, (self.layer.n_slices, -1))  # [B, H, L, D, h / D]
        if isinstance(depth, int):
            return slices[..., depth, :]
        return slices[torch.arange(len(slices), device=slices.device), :, :, depth]

    def merge_heads(self, y: Tensor, depth: Tensor | int) -> Tensor:
        """Return y [B, H, L, h] with the heads side by side: [B, L, E].

        Where heads are cut, y [B, H, L, h / D] is the depth's slice, and the result is 0 in the
        other slices.
        """
        if self.layer.n_slices > 1:
            slices = y.new_zeros(*y.shape[:3], self.layer.n_slices, y.shape[3])
            if isinstance(depth, int):
                slices[..., depth, :] = y
            else:
                slices[torch.arange(len(slices), device=y.device), :, :, depth] = y
            y = slices.flatten(-2)
        B, H, L, h = y.shape
        return y.transpose(1, 2).reshape(B, L, H * h)

    def output(self, depth: Tensor | int) -> Tensor:
        """Return the output [B, L, E] of texts under their own depths [B], or under one depth."""
        q, k = self.project(depth)
        return self.merge_heads(self.attend(q, k, self.slice_heads(self.v, depth), depth), depth)

    def mixture(self, weights: Tensor, outputs: tuple[Tensor, ...] | None = None) -> Tensor:
        """Return Σ_d g_d A_d V [B, L, E] for weights g [B, at most D], one depth after another.

        outputs: the output [B, L, E] of each depth, or None to compute the outputs here.
        """
        output = self.output if outputs is None else outputs.__getitem__
        y = weights[:, :1, None] * output(0)
        for depth in range(1, weights.shape[1]):
            y = torch.addcmul(y, weights[:, depth, None, None], output(depth))
        return y

    def standard(self) -> Tensor:
        """Return the output [B, L, E] of the standard attention that the depths are blended with.

        Its query and key weights start as the backbone's and are trained like those of the depths.
        ValueError at strength 1, where the depths have no standard attention beside them.
        """
        layer = self.layer
        if layer.strength == 1:
            raise ValueError(
                "strength is 1: there is no standard attention beside the depths; "
                "give a strength below 1"
            )
        q, k = (layer.split(part) for part in layer.queries_and_keys(self.shared, None))
        if layer.positions is not None:
            q, k = layer.positions.rotate(q, k)
        y = self.attend(q, k, self.v, None)
        return y.transpose(1, 2).reshape(self.x.shape)

    def blend(self, y: Tensor) -> Tensor:
        """Return 1 - s of the standard attention's output plus s of y [B, L, E]; s = strength."""
        s = self.layer.strength
        return y if s == 1 else torch.lerp(self.standard().to(y), y, s)
