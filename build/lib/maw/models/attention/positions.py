"""Schemes of token positions inside the attention, for the backbones that have them there.

MPNet adds a bias by distance (`Relative`). DeBERTa-v2 scores distances with the depth's own
projections (`Disentangled`). ModernBERT rotates queries and keys and may attend in a window only
(`Rotary`). BERT and RoBERTa add positions to their input and have no scheme here: `None`. Each
scheme works under any depth, but `Rotary` not with the projection `split`, which cuts heads.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from maw.models.products import linear

# projects a table [P, E] under a depth: queries and keys of its rows, [1 or B, H, P, h] each
ProjectTable = Callable[[Tensor], tuple[Tensor, Tensor]]
Cut = Callable[[Tensor], Tensor]  # takes the depth's slice of each head, where heads are cut


class Positions(nn.Module):
    """Base class of position schemes; its methods leave attention as it is without a scheme."""

    ROTATES = False
    """True if queries and keys are rotated, so that heads must not be cut into slices."""
    SEPARATE = False
    """True if the scheme uses queries or keys each by itself, not only their product.

    A projection must then not move a factor from the keys to the queries.
    """

    def rotate(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """Return q and k [B, H, L, h], rotated by position in schemes that do so."""
        return q, k

    def scale(self, size: int) -> float:
        """Return 1/√size: products of queries and keys are multiplied by it.

        size: number of features of a query.
        """
        return float(size**-0.5)

    def key_mask(self, mask: Tensor, *, dtype: torch.dtype) -> Tensor:
        """Return a mask of the keys that count, or a bias of the scores: [B, 1 or H, 1 or L, L].

        mask [B, L], True = token. dtype: of a bias. Every query has a key that counts, also a
        query that is padding, because a softmax over no key is not a number.
        """
        return mask[:, None, None, :]

    def distance_scores(
        self, q: Tensor, k: Tensor, *, project: ProjectTable, cut: Cut
    ) -> Tensor | None:
        """Return scores of distances [B, H, L, L] to add to the scaled scores of q, k [B, H, L, h].

        None where the scheme has no such scores. project: projects a table of distances under the
        depth. cut: takes the depth's slice of each head, where heads are cut.
        """
        return None


class Relative(Positions):
    """MPNet's scheme: a bias for each head and bucket of distances, the same for every depth.

    buckets [2M + 1]: the bucket of each distance −M to M, from query to key. table [P, H]: the
    bias of each of P buckets.
    """

    def __init__(self, *, buckets: Tensor, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("buckets", buckets, persistent=False)
        self.table: Tensor
        self.register_buffer("table", table, persistent=False)

    def key_mask(self, mask: Tensor, *, dtype: torch.dtype) -> Tensor:
        """Return the bias of the scores [B, H, L, L], −inf where a key is padding."""
        buckets = self.get_buffer("buckets")
        distance = -distances(mask.shape[1], buckets)  # from query to key
        bias = self.table[bucket_of(distance, buckets)].permute(2, 0, 1)[None]
        return bias.to(dtype).masked_fill(~mask[:, None, None, :], float("-inf"))


class Disentangled(Positions):
    """DeBERTa-v2's scheme: scores of content against position (c2p) and the reverse (p2c).

    terms: `c2p`, `p2c`, both or none, as the backbone has them. buckets [2M + 1]: the table's row
    for each distance −M to M, from key to query. table [P, E]: embeddings of distances, to which
    the attribute `norm` is applied; without a table the terms only change the scale. own:
    `query_weight`, `query_bias`, `key_weight`, `key_bias` of the distances' own projections;
    without them each depth projects distances as it projects tokens.
    """

    SEPARATE = True

    def __init__(
        self,
        *,
        terms: tuple[str, ...],
        buckets: Tensor | None = None,
        table: Tensor | None = None,
        own: Mapping[str, Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.terms, self.norm = terms, nn.Identity()
        self.table: Tensor | None
        self.register_buffer("buckets", buckets, persistent=False)
        self.register_buffer("table", table, persistent=False)
        for name, tensor in (own or {}).items():
            self.register_parameter(name, nn.Parameter(tensor.clone()))

    def scale(self, size: int) -> float:
        """Return 1/√(size·n), so that the sum of n score terms keeps variance one.

        n counts the products of queries and keys, and `terms`. size: number of features of a query.
        """
        return float((size * (1 + len(self.terms))) ** -0.5)

    def distance_scores(
        self, q: Tensor, k: Tensor, *, project: ProjectTable, cut: Cut
    ) -> Tensor | None:
        """Return the scaled sum [B, H, L, L] of the scores in `terms`; None where there are none.

        c2p: queries with the keys of distances. p2c: keys with the queries of distances.
        """
        if self.table is None or not self.terms:
            return None
        table = self.norm(self.table)
        projected = self._own_projections(table, n_heads=q.shape[1]) or project(table)
        distance_q, distance_k = (cut(heads) for heads in projected)
        buckets = self.get_buffer("buckets")
        row = bucket_of(distances(q.shape[2], buckets), buckets).expand(*q.shape[:2], -1, -1)
        total = q.new_zeros(())
        if "c2p" in self.terms:
            total = total + (q @ distance_k.transpose(-1, -2)).gather(-1, row)
        if "p2c" in self.terms:
            by_key = (k @ distance_q.transpose(-1, -2)).gather(-1, row.transpose(-1, -2))
            total = total + by_key.transpose(-1, -2)
        return total * self.scale(q.shape[-1])

    def _own_projections(self, table: Tensor, *, n_heads: int) -> tuple[Tensor, Tensor] | None:
        """Return queries and keys [1, H, P, h] of distances by their own projections, or None.

        None where the backbone has no such projections. Where it has only one of the two, the
        result of that one stands in the place of the other, which is then not used.
        """
        own = dict(self.named_parameters(recurse=False))
        projected = {
            name: linear(table, own[f"{name}_weight"], own[f"{name}_bias"])
            .unflatten(-1, (n_heads, -1))
            .transpose(0, 1)[None]
            for name in ("query", "key")
            if f"{name}_weight" in own
        }
        if not projected:
            return None
        # where one of the two is missing, its term is missing too, and any tensor will do
        either = next(iter(projected.values()))
        return projected.get("query", either), projected.get("key", either)


class Rotary(Positions):
    """ModernBERT's scheme: queries and keys are rotated by position; some layers have a window.

    frequencies [h / 2]: angle in radians by which each pair of features turns from a position to
    the next. scaling: factor of sine and cosine. window: largest distance of a key that counts,
    None for any distance.
    """

    ROTATES = True
    SEPARATE = True

    def __init__(self, *, frequencies: Tensor, scaling: float, window: int | None) -> None:
        super().__init__()
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.scaling, self.window = scaling, window

    def rotate(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """Return q and k [B, H, L, h] rotated by position (RoPE, Su et al. 2021, arXiv:2104.09864).

        Feature i forms a pair with feature i + h / 2.
        """
        frequencies = self.get_buffer("frequencies")
        angle = torch.arange(q.shape[2], device=q.device)[:, None] * frequencies  # [L, h / 2]
        cos, sin = angle.cos() * self.scaling, angle.sin() * self.scaling
        cos, sin = (torch.cat([half, half], -1).to(q.dtype) for half in (cos, sin))
        return q * cos + _quarter_turn(q) * sin, k * cos + _quarter_turn(k) * sin

    def key_mask(self, mask: Tensor, *, dtype: torch.dtype) -> Tensor:
        """Return the mask of keys that count: [B, 1, 1, L], or with a window [B, 1, L, L].

        With a window, these are the tokens at most `window` positions away, and the query's own
        position, also where that is padding.
        """
        keys = mask[:, None, None, :]
        if self.window is None:
            return keys
        position = torch.arange(mask.shape[1], device=mask.device)
        distance = (position[:, None] - position).abs()
        return (keys & (distance <= self.window)) | (distance == 0)


def _quarter_turn(x: Tensor) -> Tensor:
    """Return x [..., h] with each pair of features, i and i + h / 2, rotated by 90 degrees."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat([-second, first], -1)


def distances(length: int, buckets: Tensor) -> Tensor:
    """Return the query's position minus the key's [L, L], clipped to −M to M.

    buckets [2M + 1]: only their number is read.
    """
    position = torch.arange(length, device=buckets.device)
    largest = len(buckets) // 2
    return (position[:, None] - position).clamp(-largest, largest)


def bucket_of(distance: Tensor, buckets: Tensor) -> Tensor:
    """Return the bucket of each distance, −M to M, in the shape of `distance`."""
    return buckets[distance + len(buckets) // 2]


def build(settings: Mapping[str, Any] | None, tensors: Mapping[str, Tensor]) -> Positions | None:
    """Return a layer's position scheme, from the settings and tensors that its backbone gave.

    None where the settings are None: positions are then part of the layers' input.
    """
    if settings is None:
        return None
    if settings["kind"] == "relative":
        return Relative(buckets=tensors["buckets"], table=tensors["table"])
    if settings["kind"] == "rotary":
        return Rotary(
            frequencies=tensors["frequencies"],
            scaling=settings["scaling"],
            window=settings["window"],
        )
    own = {
        f"{name}_{part}": tensors[f"{name}.{part}"]
        for name in ("query", "key")
        for part in ("weight", "bias")
        if f"{name}.{part}" in tensors
    }
    return Disentangled(
        terms=tuple(settings["terms"]),
        buckets=tensors.get("buckets"),
        table=tensors.get("table"),
        own=own,
    )
