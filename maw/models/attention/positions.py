"""How does attention know where a token stands, if its input does not say so? Three schemes.

Each acts on the queries and keys of any depth: MPNet adds a bias by distance, DeBERTa-v2 scores
distances with the depth's own projections, ModernBERT turns queries and keys and may see a window
only. BERT's and RoBERTa's inputs carry their positions: no scheme, `None`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

# of a depth: (table [P, E]) -> queries and keys of its rows, [1 or B, H, P, h] each
OfTable = Callable[[Tensor], tuple[Tensor, Tensor]]
Cut = Callable[[Tensor], Tensor]  # the depth's slice of each head, where heads are cut


class Positions(nn.Module):
    """What a scheme may do; this one does nothing."""

    TURNS = False  # queries and keys are changed: a part of a head is then no small head
    SEPARATE = False  # not only their product counts: neither may bear a factor of the other

    def turned(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """Queries and keys [B, H, L, h], as their product is taken."""
        return q, k

    def scale(self, size: int) -> float:
        """What the product of queries and keys of this size is multiplied by."""
        return float(size**-0.5)

    def attended(self, mask: Tensor, *, dtype: torch.dtype) -> Tensor:
        """mask [B, L] -> which keys count, or what is added to the scores: [B, 1 or H, 1 or L, L].

        Every row has a key that counts, also that of a padded query: no softmax over nothing.
        """
        return mask[:, None, None, :]

    def scored(self, q: Tensor, k: Tensor, *, of_table: OfTable, cut: Cut) -> Tensor | None:
        """What one depth's queries and keys add to their scaled scores [B, H, L, L]."""
        return None


class Relative(Positions):
    """MPNet: a bias for each head and bucket of distances, the same for every depth.

    buckets [2M + 1]: of distances −M to M, from query to key; table [buckets, H].
    """

    def __init__(self, *, buckets: Tensor, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("buckets", buckets, persistent=False)
        self.table: Tensor
        self.register_buffer("table", table, persistent=False)

    def attended(self, mask: Tensor, *, dtype: torch.dtype) -> Tensor:
        """The bias, −inf where a key is padding."""
        index = -distances(mask.shape[1], self.get_buffer("buckets"))
        bias = self.table[at(index, self.get_buffer("buckets"))].permute(2, 0, 1)[None]
        return bias.to(dtype).masked_fill(~mask[:, None, None, :], float("-inf"))


class Disentangled(Positions):
    """DeBERTa-v2: content to position and position to content, beside content to content.

    buckets [2M + 1]: the table's row for distances −M to M, from key to query; table [P, E], the
    embeddings of distances, which `norm` may still normalise. key, query: weight and bias of the
    distances' own projections; without, each depth projects distances as it projects tokens.
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
        """As many summands, as much smaller."""
        return float((size * (1 + len(self.terms))) ** -0.5)

    def scored(self, q: Tensor, k: Tensor, *, of_table: OfTable, cut: Cut) -> Tensor | None:
        """c2p: queries with the keys of distances; p2c: keys with the queries of distances."""
        if self.table is None or not self.terms:
            return None
        table = self.norm(self.table)
        projected = self._projected(table, heads=q.shape[1]) or of_table(table)
        of_q, of_k = (cut(heads) for heads in projected)
        index = distances(q.shape[2], self.get_buffer("buckets"))
        row = at(index, self.get_buffer("buckets")).expand(*q.shape[:2], -1, -1)
        total = q.new_zeros(())
        if "c2p" in self.terms:
            total = total + (q @ of_k.transpose(-1, -2)).gather(-1, row)
        if "p2c" in self.terms:
            by_key = (k @ of_q.transpose(-1, -2)).gather(-1, row.transpose(-1, -2))
            total = total + by_key.transpose(-1, -2)
        return total * self.scale(q.shape[-1])

    def _projected(self, table: Tensor, *, heads: int) -> tuple[Tensor, Tensor] | None:
        """Distances under projections of their own, for every depth; None where it has none."""
        own = dict(self.named_parameters(recurse=False))
        found = {
            name: linear(table, own[f"{name}_weight"], own[f"{name}_bias"])
            .unflatten(-1, (heads, -1))
            .transpose(0, 1)[None]
            for name in ("query", "key")
            if f"{name}_weight" in own
        }
        if not found:
            return None
        either = next(iter(found.values()))  # the term that has none is not among the terms
        return found.get("query", either), found.get("key", either)


class Rotary(Positions):
    """ModernBERT: queries and keys turned by their place; keys farther than `window` do not count.

    frequencies [h / 2].
    """

    TURNS = True
    SEPARATE = True

    def __init__(self, *, frequencies: Tensor, scaling: float, window: int | None) -> None:
        super().__init__()
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.scaling, self.window = scaling, window

    def turned(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """RoPE in its half-split form (Su et al. 2021)."""
        frequencies = self.get_buffer("frequencies")
        angle = torch.arange(q.shape[2], device=q.device)[:, None] * frequencies  # [L, h / 2]
        cos, sin = angle.cos() * self.scaling, angle.sin() * self.scaling
        cos, sin = (torch.cat([half, half], -1).to(q.dtype) for half in (cos, sin))
        return q * cos + _quarter(q) * sin, k * cos + _quarter(k) * sin

    def attended(self, mask: Tensor, *, dtype: torch.dtype) -> Tensor:
        """A padded query far from all tokens sees itself."""
        keys = mask[:, None, None, :]
        if self.window is None:
            return keys
        place = torch.arange(mask.shape[1], device=mask.device)
        far = (place[:, None] - place).abs()
        return (keys & (far <= self.window)) | (far == 0)


def _quarter(x: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat([-second, first], -1)


def distances(L: int, buckets: Tensor) -> Tensor:
    """Query's place minus key's [L, L], as buckets count them at most: −M to M."""
    place = torch.arange(L, device=buckets.device)
    most = len(buckets) // 2
    return (place[:, None] - place).clamp(-most, most)


def at(distance: Tensor, buckets: Tensor) -> Tensor:
    """The buckets of distances."""
    return buckets[distance + len(buckets) // 2]


def build(about: Mapping[str, Any] | None, tensors: Mapping[str, Tensor]) -> Positions | None:
    """A layer's scheme from what its backbone said of it; None: positions are in its input."""
    if about is None:
        return None
    if about["kind"] == "relative":
        return Relative(buckets=tensors["buckets"], table=tensors["table"])
    if about["kind"] == "rotary":
        return Rotary(
            frequencies=tensors["frequencies"], scaling=about["scaling"], window=about["window"]
        )
    own = {
        f"{name}_{part}": tensors[f"{name}.{part}"]
        for name in ("query", "key")
        for part in ("weight", "bias")
        if f"{name}.{part}" in tensors
    }
    return Disentangled(
        terms=tuple(about["terms"]),
        buckets=tensors.get("buckets"),
        table=tensors.get("table"),
        own=own,
    )
