"""What does one pass of texts through one layer share? Values, and whatever depths have alike.

Depths are projected and attended one at a time: the five-axis tensor is never made.
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
class Pass:
    """One pass of texts through one layer. x [B, L, E]; mask [B, L]; shared: by the projection.

    Outputs are [B, L, E], heads side by side, before the output projection. known: of the depths.
    """

    layer: "DepthWeights"
    x: Tensor
    mask: Tensor
    shared: tuple[Tensor, ...]
    given: Tensor | None = None
    known: list[Tensor] | None = None

    @cached_property
    def v(self) -> Tensor:
        """Values [B, H, L, h]: once, so that what is dropped is dropped under every depth."""
        return self.layer.values(self.x) if self.given is None else self.given

    @cached_property
    def attended(self) -> Tensor:
        """Keys that count, as the fused attention wants them: [B, 1, 1, L]; more with positions."""
        if self.layer.positions is None:
            return self.mask[:, None, None, :]
        return self.layer.positions.attended(self.mask, dtype=self.x.dtype)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, depth: Tensor | int | None) -> Tensor:
        """The fused attention. q, k [B, H, L, h] of a depth (None: standard); v [B, H, L, any]."""
        positions = self.layer.positions
        if positions is None:
            return scaled_dot_product_attention(q, k, v, attn_mask=self.attended)
        scale = positions.scale(q.shape[-1])
        return scaled_dot_product_attention(q, k, v, attn_mask=self.added(q, k, depth), scale=scale)

    def added(self, q: Tensor, k: Tensor, depth: Tensor | int | None) -> Tensor:
        """`attended`, and what positions add to the scores under this depth."""
        scored = None
        if self.layer.positions is not None:
            scored = self.layer.positions.scored(
                q,
                k,
                of_table=lambda table: self.of_table(table, depth),
                cut=lambda heads: heads if depth is None else self.cut(heads, depth),
            )
        if scored is None:
            return self.attended
        return scored.masked_fill(~self.attended, float("-inf"))

    def scores(self, q: Tensor, k: Tensor, depth: Tensor | int | None) -> Tensor:
        """Before the softmax [B, H, Lq, Lk], −inf where a key does not count."""
        positions = self.layer.positions
        if positions is None:
            scores: Tensor = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
            return scores.masked_fill(~self.attended, float("-inf"))
        scores = q @ k.transpose(-1, -2) * positions.scale(q.shape[-1])
        added = self.added(q, k, depth)
        if added.dtype == torch.bool:
            return scores.masked_fill(~added, float("-inf"))
        return scores + added

    def statistics(self, depth: int) -> tuple[Tensor, Tensor | None]:
        """What one depth's attention looks like [B, 4], and its output where it came with it."""
        q, k = self.project(depth)
        if self.layer.positions is not None:
            return statistics_of_scores(self.scores(q, k, depth), mask=self.mask), None
        v = None if self.layer.training else self.cut(self.v, depth)
        found, y = attended_statistics(q, k, v, mask=self.mask)
        return found, None if y is None else self.place(y, depth)

    def of_table(self, table: Tensor, depth: Tensor | int | None) -> tuple[Tensor, Tensor]:
        """Queries and keys [1 or B, H, P, h] of rows that are no tokens, table [P, E]."""
        layer = self.layer
        shared = layer.kind.share(layer.learned, table[None])
        if isinstance(depth, Tensor) and layer.depths > 1:
            present, place = depth.unique(return_inverse=True)
            pairs = [layer.pair(shared, int(d)) for d in present]
            q, k = (torch.cat(part)[place] for part in zip(*pairs, strict=True))
        else:
            q, k = layer.pair(shared, depth)
        return layer.split(q), layer.split(k)

    def detached(self, rows: Tensor | None = None) -> "Pass":
        """The same texts, or some of them, without gradient."""

        def cut(tensor: Tensor) -> Tensor:
            return tensor.detach() if rows is None else tensor.detach()[rows]

        x = cut(self.x)
        shared = tuple(x if tensor is self.x else cut(tensor) for tensor in self.shared)
        return replace(self, x=x, mask=cut(self.mask), shared=shared, given=cut(self.v))

    def project(self, depth: Tensor | int) -> tuple[Tensor, Tensor]:
        """Queries and keys [B, H, L, h] of one depth, or of each text's own [B]."""
        layer = self.layer
        q, k = layer.pair(self.shared, depth)
        q, k = self.cut(layer.split(q), depth), self.cut(layer.split(k), depth)
        return (q, k) if layer.positions is None else layer.positions.turned(q, k)

    def cut(self, heads: Tensor, depth: Tensor | int) -> Tensor:
        """The depth's slice of each head, [B, H, L, h / D], where the projection cuts heads."""
        if self.layer.slices == 1:
            return heads
        parts: Tensor = heads.unflatten(-1, (self.layer.slices, -1))  # [B, H, L, D, h / D]
        if isinstance(depth, int):
            return parts[..., depth, :]
        return parts[torch.arange(len(parts), device=parts.device), :, :, depth]

    def place(self, y: Tensor, depth: Tensor | int) -> Tensor:
        """[B, H, L, h] -> [B, L, E]; a slice goes to its place in a head that is zero elsewhere."""
        if self.layer.slices > 1:
            parts = y.new_zeros(*y.shape[:3], self.layer.slices, y.shape[3])
            if isinstance(depth, int):
                parts[..., depth, :] = y
            else:
                parts[torch.arange(len(parts), device=y.device), :, :, depth] = y
            y = parts.flatten(-2)
        B, H, L, h = y.shape
        return y.transpose(1, 2).reshape(B, L, H * h)

    def each(self, depth: Tensor | int) -> Tensor:
        """Each text under its own depth [B], or every text under one."""
        q, k = self.project(depth)
        return self.place(self.attend(q, k, self.cut(self.v, depth), depth), depth)

    def mixture(self, weights: Tensor) -> Tensor:
        """Σ_d g_d A_d V, one depth after the other: weights g [B, at most D]."""
        each = self.each if self.known is None else self.known.__getitem__
        y = weights[:, :1, None] * each(0)
        for depth in range(1, weights.shape[1]):
            y = torch.addcmul(y, weights[:, depth, None, None], each(depth))
        return y

    def standard(self) -> Tensor:
        """Attention under the backbone's own queries and keys."""
        layer = self.layer
        if layer.strength == 1:
            raise ValueError("at strength 1 there is no standard attention beside the depths")
        q, k = (layer.split(part) for part in layer.pair(self.shared, None))
        if layer.positions is not None:
            q, k = layer.positions.turned(q, k)
        y = self.attend(q, k, self.v, None)
        return y.transpose(1, 2).reshape(self.x.shape)

    def blend(self, y: Tensor) -> Tensor:
        """(1 - s) of the standard attention and s of the depths' output."""
        s = self.layer.strength
        return y if s == 1 else torch.lerp(self.standard().to(y), y, s)
