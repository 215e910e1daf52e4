"""How does attention run when each text has chosen one depth? At the price of standard attention.

Each run of texts of equal depth does one matrix product with its packed [W_q; W_k]; attention
itself is one fused call. The five-axis tensor is never made: a mixture streams depth by depth.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn.functional import dropout, linear, scaled_dot_product_attention

from maw import registry
from maw.attention.positions import Positions
from maw.attention.statistics import stat_logits, statistics_of, statistics_of_scores
from maw.errors import InputError
from maw.projections import full


class DepthwiseAttention(nn.Module):
    """D pairs of query and key projections, shared values. D = 1 is standard attention.

    strength s: (1 - s) of the standard attention and s of the depths. dropout acts on the values,
    in training. Weights are kept per depth: one that no text of a batch chose gets no gradient.
    A backbone without biases of queries, keys and values gets none that learn. `settle` says where
    in a backbone the attention is.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *,
        heads: int,
        depths: int,
        noise: float = 0.0,
        projection: BaseModel | None = None,
        strength: float = 1.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads, self.depths, self.strength, self.dropout = heads, depths, strength, dropout
        self.projection = projection or full.Config()
        self.slices = depths if self.kind.CUTS else 1
        head = len(weights["value"]) // heads
        if head % self.slices:
            raise InputError(
                f"projection split: {depths} depths do not divide the head's size {head}; give "
                "a number of depths that does"
            )
        biased = "value_bias" in weights
        none = torch.zeros_like(weights["value"][:, 0])
        bias = {name: weights.get(f"{name}_bias", none) for name in ("query", "key", "value")}
        learned = self.kind.learn(
            self.projection,
            torch.cat([weights["query"], weights["key"]]),  # [2E, E]
            torch.cat([bias["query"], bias["key"]]),  # [2E]
            depths=depths,
            noise=noise,
            blended=strength < 1,
        )
        self.names = tuple(learned)
        for name, tensors in learned.items():
            learns = biased or not name.endswith("_bias")
            copies = [nn.Parameter(tensor.clone(), requires_grad=learns) for tensor in tensors]
            self.register_module(name, nn.ParameterList(copies))
        self.value = nn.Parameter(weights["value"].clone())
        self.value_bias = nn.Parameter(bias["value"].clone(), requires_grad=biased)
        self.read: nn.Module = nn.Identity()
        self.positions: Positions | None = None

    def settle(self, *, read: nn.Module | None = None, positions: Positions | None = None) -> None:
        """read: what the input passes first (a pre-norm). positions: how places count.

        InputError for heads that are cut where positions turn them whole.
        """
        if positions is not None and positions.TURNS and self.slices > 1:
            raise InputError(
                "projection 'split': this backbone's positions turn whole heads (rotary); "
                "use full, low_rank or diagonal"
            )
        self.read = self.read if read is None else read
        self.positions = positions

    @property
    def kind(self) -> Any:
        """The projection's module: it knows what is shared, and what each depth asks for."""
        return registry.module_of(self.projection)

    @property
    def learned(self) -> dict[str, Any]:
        """Of queries and keys: name -> a parameter per depth, or one for all."""
        return {name: getattr(self, name) for name in self.names}

    def split(self, x: Tensor) -> Tensor:
        """[B, L, E] -> [B, H, L, h]."""
        B, L, E = x.shape
        return x.view(B, L, self.heads, E // self.heads).transpose(1, 2)

    def values(self, x: Tensor) -> Tensor:
        """[B, H, L, h], the same for every depth; some dropped in training."""
        v = linear(x, self.value, self.value_bias)
        return self.split(dropout(v, self.dropout) if self.training and self.dropout else v)

    def begin(self, x: Tensor, mask: Tensor) -> "Pass":
        """What all depths share, computed once."""
        x = self.read(x)
        return Pass(self, x, mask, self.kind.share(self.learned, x))

    def project(self, x: Tensor, depth: int) -> tuple[Tensor, Tensor]:
        """Queries and keys [B, H, L, h] of one depth; h / D of them where heads are split."""
        return self.begin(x, x.new_ones(x.shape[:2], dtype=torch.bool)).project(depth)

    def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """Each text under its own depth, or a mixture of depths. Returns [B, L, E].

        x [B, L, E]; mask [B, L], True = token; depth [B], 0 to D-1, or weights [B, at most D].
        """
        begun = self.begin(x, mask)
        if self.strength == 0:
            return begun.standard()
        return begun.blend(begun.each(depth) if depth.ndim == 1 else begun.mixture(depth))

    def maps(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """The chosen depth's attention [B, H, Lq, Lk]: for rewards and for looking at."""
        begun = self.begin(x, mask)
        return begun.scores(*begun.project(depth), depth).softmax(-1)

    def pooled(self, x: Tensor, mask: Tensor, bins: int = 8) -> Tensor:
        """Attention, mean over depths, average-pooled to bins × bins: [B, H, bins, bins].

        Pooling is linear, so the pooled attention is attention with the pooling matrix as values.
        """
        pool = pooling(mask, bins, dtype=x.dtype)  # [B, bins, L]
        columns = pool.transpose(1, 2)[:, None].expand(-1, self.heads, -1, -1)  # [B, H, L, bins]
        total = x.new_zeros(len(x), self.heads, x.shape[1], bins)
        begun = self.begin(x, mask)
        for depth in range(self.depths):
            q, k = begun.project(depth)
            total += begun.attend(q, k, columns, depth)
        return pool[:, None] @ total / self.depths

    @torch.no_grad()
    def stat_logits(self, x: Tensor, mask: Tensor) -> Tensor:
        """How much each depth should count by its attention's statistics: logits [B, D]."""
        begun = self.begin(x, mask)
        found = [begun.statistics(depth) for depth in range(self.depths)]
        return stat_logits(torch.stack(found, 1), strength=self.strength)

    def pair(self, shared: tuple[Tensor, ...], depth: Tensor | int | None) -> tuple[Tensor, Tensor]:
        """Queries and keys [B, L, E] of one depth, of each text's own [B], or None: the standard.

        shared: what all depths have in common of what is projected.
        """
        if depth is None:
            q, k = self.kind.standard(self.learned, shared)
            return q, k
        if self.depths == 1 and not isinstance(depth, int):
            depth = 0
        separate = self.positions is not None and self.positions.SEPARATE
        if separate and hasattr(self.kind, "apart"):
            q, k = self.kind.apart(self.learned, shared, depth)
        elif isinstance(depth, int):
            q, k = self.kind.one(self.learned, shared, depth)
        else:
            q, k = self.kind.each(self.learned, shared, depth)
        return q, k


@dataclass(frozen=True)
class Pass:
    """One pass of texts through one layer. x [B, L, E]; mask [B, L]; shared: by the projection.

    Outputs are [B, L, E], heads side by side, before the output projection.
    """

    layer: DepthwiseAttention
    x: Tensor
    mask: Tensor
    shared: tuple[Tensor, ...]
    given: Tensor | None = field(default=None)

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

    def statistics(self, depth: int) -> Tensor:
        """What one depth's attention looks like [B, 4]."""
        q, k = self.project(depth)
        if self.layer.positions is None:
            return statistics_of(q, k, mask=self.mask)
        return statistics_of_scores(self.scores(q, k, depth), mask=self.mask)

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
        y = weights[:, :1, None] * self.each(0)
        for depth in range(1, weights.shape[1]):
            y = torch.addcmul(y, weights[:, depth, None, None], self.each(depth))
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
        return y if s == 1 else torch.lerp(self.standard(), y, s)


def pooling(mask: Tensor, bins: int, *, dtype: torch.dtype) -> Tensor:
    """Adaptive average pooling over a text's real tokens, as a matrix [B, bins, L].

    Bin i of n tokens covers floor(i·n/bins) to ceil((i+1)·n/bins), as torch's AdaptiveAvgPool1d.
    """
    n = mask.sum(1)[:, None]  # [B, 1]
    edge = torch.arange(bins, device=mask.device)
    start, stop = edge * n // bins, -(-(edge + 1) * n // bins)  # [B, bins]
    token = torch.arange(mask.shape[1], device=mask.device)
    inside = (token >= start[..., None]) & (token < stop[..., None])
    return inside.to(dtype) / (stop - start)[..., None]
