"""How does attention run when each text has chosen one depth? At the price of standard attention.

Texts are sorted by depth; each depth present does one matrix product with its packed [W_q; W_k];
attention itself is one fused call. The five-axis tensor is never made.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention


class DepthwiseAttention(nn.Module):
    """D pairs of query and key projections, shared values. D = 1 is standard attention.

    Weights are kept per depth: a depth that no text of a batch chose gets no gradient at all.
    """

    def __init__(
        self, weights: Mapping[str, Tensor], *, heads: int, depths: int, noise: float = 0.0
    ) -> None:
        super().__init__()
        self.heads = heads
        packed = torch.cat([weights["query"], weights["key"]])  # [2E, E]
        bias = torch.cat([weights["query_bias"], weights["key_bias"]])  # [2E]
        copies = [packed] + [
            packed + noise * packed.std() * torch.randn_like(packed) for _ in range(depths - 1)
        ]
        self.query_key = nn.ParameterList([nn.Parameter(copy.clone()) for copy in copies])
        self.query_key_bias = nn.ParameterList([nn.Parameter(bias.clone()) for _ in copies])
        self.value = nn.Parameter(weights["value"].clone())
        self.value_bias = nn.Parameter(weights["value_bias"].clone())

    @property
    def depths(self) -> int:
        """D."""
        return len(self.query_key)

    def split(self, x: Tensor) -> Tensor:
        """[B, L, E] -> [B, H, L, h]."""
        B, L, E = x.shape
        return x.view(B, L, self.heads, E // self.heads).transpose(1, 2)

    def project(self, x: Tensor, depth: int) -> tuple[Tensor, Tensor]:
        """Queries and keys [B, H, L, h] of one depth."""
        both = linear(x, self.query_key[depth], self.query_key_bias[depth])
        q, k = both.chunk(2, dim=-1)
        return self.split(q), self.split(k)

    def values(self, x: Tensor) -> Tensor:
        """[B, H, L, h], the same for every depth."""
        return self.split(linear(x, self.value, self.value_bias))

    def queries_and_keys(self, x: Tensor, depth: Tensor) -> tuple[Tensor, Tensor]:
        """Each text's queries and keys under its depth: x [B, L, E], depth [B] -> [B, H, L, h]."""
        if self.depths == 1:
            return self.project(x, 0)
        order = torch.argsort(depth, stable=True)
        present, counts = torch.unique_consecutive(depth[order], return_counts=True)
        groups = x[order].split(counts.tolist())
        pairs = [self.project(part, d) for part, d in zip(groups, present.tolist(), strict=True)]
        back = torch.argsort(order)
        return torch.cat([q for q, _ in pairs])[back], torch.cat([k for _, k in pairs])[back]

    def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """x [B, L, E]; mask [B, L], True = token; depth [B], 0 to D-1. Returns [B, L, E]."""
        q, k = self.queries_and_keys(x, depth)
        y = scaled_dot_product_attention(q, k, self.values(x), attn_mask=mask[:, None, None, :])
        return y.transpose(1, 2).reshape(x.shape)

    def maps(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """The chosen depth's attention [B, H, Lq, Lk]: for rewards and for looking at."""
        q, k = self.queries_and_keys(x, depth)
        scores: Tensor = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        return scores.masked_fill(~mask[:, None, None, :], float("-inf")).softmax(-1)

    def pooled(self, x: Tensor, mask: Tensor, bins: int = 8) -> Tensor:
        """Attention, mean over depths, average-pooled to bins × bins: [B, H, bins, bins].

        Pooling is linear, so the pooled attention is attention with the pooling matrix as values.
        """
        pool = pooling(mask, bins, dtype=x.dtype)  # [B, bins, L]
        columns = pool.transpose(1, 2)[:, None].expand(-1, self.heads, -1, -1)  # [B, H, L, bins]
        total = x.new_zeros(len(x), self.heads, x.shape[1], bins)
        for depth in range(self.depths):
            q, k = self.project(x, depth)
            total += scaled_dot_product_attention(q, k, columns, attn_mask=mask[:, None, None, :])
        return pool[:, None] @ total / self.depths


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


def straight_through(chosen: Tensor, other: Tensor, *, gate: Tensor, gate_other: Tensor) -> Tensor:
    """The chosen depth's output, whose gradient also reaches the gates of two depths.

    chosen, other [B, L, E]; gates [B], their values do not matter. `gate_other` carries the factor
    D - 1 of a depth drawn uniformly among those not chosen, which makes the gradient unbiased.
    """
    lift = (gate - gate.detach())[:, None, None] * chosen.detach()
    return chosen + lift + (gate_other - gate_other.detach())[:, None, None] * other.detach()
