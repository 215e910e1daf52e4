"""Seven attentions under one signature: x [B, L, E], mask [B, L] -> [B, L, E].

Each has its projections and its output projection; those with depths also a router, one linear map
of the masked mean, so that `maw_naive` and `maw_lazy` are the same function, computed differently.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, scaled_dot_product_attention

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.literal import MAWAttention
from maw.models.encoders.bi_encoder import mean_of_tokens

Kind = Literal[
    "standard",
    "maw_naive",
    "maw_lazy",
    "maw_streamed",
    "multi_query",
    "grouped_query",
    "linear",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class AttentionConfig:
    """One attention on one shape. kv_heads: of grouped-query alone; depths: of MAW alone."""

    kind: Kind
    hidden: int = 384
    heads: int = 12
    depths: int = 8
    kv_heads: int = 4
    batch: int = 1
    length: int = 128

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r}; known: {', '.join(KINDS)}")
        if self.hidden % self.heads or self.heads % self.kv_heads:
            raise ValueError(
                f"hidden {self.hidden}, heads {self.heads}, kv_heads {self.kv_heads}: each must be "
                "a multiple of the next"
            )


class GroupedQueryAttention(nn.Module):
    """H query heads share G key and value heads: G = H is standard, G = 1 multi-query.

    Ainslie et al., 2023 (arXiv:2305.13245); Shazeer, 2019 (arXiv:1911.02150).
    """

    def __init__(self, hidden: int, heads: int, kv_heads: int) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.size = heads, kv_heads, hidden // heads
        self.query = nn.Linear(hidden, hidden)
        self.key_value = nn.Linear(hidden, 2 * kv_heads * self.size)
        self.output = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Keys and values [B, G, L, h], each used by H / G heads."""
        B, L, E = x.shape
        q = self.query(x).view(B, L, self.heads, self.size).transpose(1, 2)
        both = self.key_value(x).view(B, L, 2 * self.kv_heads, self.size).transpose(1, 2)
        k, v = both.chunk(2, dim=1)
        shared = self.kv_heads < self.heads
        y = scaled_dot_product_attention(
            q, k, v, attn_mask=mask[:, None, None, :], enable_gqa=shared
        )
        del q, k, v, both  # as little as it can hold, since others' memory is told beside its
        out: Tensor = self.output(y.transpose(1, 2).reshape(B, L, E))
        return out


class LinearAttention(nn.Module):
    """φ(Q)(φ(K)ᵀV) with φ = elu + 1: no L × L matrix. Katharopoulos et al., 2020 (2006.16236)."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads, self.size = heads, hidden // heads
        self.query_key_value = nn.Linear(hidden, 3 * hidden)
        self.output = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Padding has no key, so it never counts."""
        B, L, E = x.shape
        parts = self.query_key_value(x).view(B, L, 3, self.heads, self.size)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # [B, H, L, h] each
        q, k = elu(q) + 1, (elu(k) + 1) * mask[:, None, :, None]
        total = q @ k.sum(2)[..., None]  # [B, H, L, 1]
        y = q @ (k.transpose(-1, -2) @ v) / total
        out: Tensor = self.output(y.transpose(1, 2).reshape(B, L, E))
        return out


class LazyMAW(nn.Module):
    """The chosen depth alone: `DepthwiseAttention`, each text under its router's depth."""

    def __init__(self, hidden: int, heads: int, depths: int) -> None:
        super().__init__()
        self.router = nn.Linear(hidden, depths)
        drawn = [nn.Linear(hidden, hidden) for _ in range(3)]
        weights = {}
        for name, layer in zip(("query", "key", "value"), drawn, strict=True):
            weights[name], weights[f"{name}_bias"] = layer.weight.detach(), layer.bias.detach()
        self.attention = DepthwiseAttention(weights, heads=heads, depths=depths, noise=1.0)
        self.output = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Equal to `MAWAttention` in evaluation, given its weights (`same_as`)."""
        depth = self.router(mean_of_tokens(x, mask)).argmax(-1)
        out: Tensor = self.output(self.attention(x, mask, depth))
        return out

    @torch.no_grad()
    def same_as(self, literal: MAWAttention) -> "LazyMAW":
        """Take over the weights of the literal layer, whose projections have the depth last."""
        E, D = literal.value.in_features, literal.depth_dim
        for both, part in ((literal.Q_depth, slice(0, E)), (literal.K_depth, slice(E, 2 * E))):
            for d in range(D):
                self.attention.learned["query_key"][d][part] = both.weight.view(E, D, E)[:, d]
                self.attention.learned["query_key_bias"][d][part] = both.bias.view(E, D)[:, d]
        self.attention.value.copy_(literal.value.weight)
        self.attention.value_bias.copy_(literal.value.bias)
        self.router.load_state_dict(literal.router.state_dict())
        self.output.load_state_dict(literal.output.state_dict())
        return self


class StreamedMAW(LazyMAW):
    """All depths, mixed by the router's probabilities: Σ_d g_d · SDPA_d, one depth at a time."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """The mixture of the five-axis form, without its tensor."""
        gates = self.router(mean_of_tokens(x, mask)).softmax(-1)  # [B, D]
        attention = self.attention
        v, total = attention.values(x), torch.zeros_like(x)
        for d in range(attention.depths):
            q, k = attention.project(x, d)
            y = scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
            total += gates[:, d, None, None] * y.transpose(1, 2).reshape(x.shape)
        out: Tensor = self.output(total)
        return out


def build(config: AttentionConfig) -> nn.Module:
    """The module of a configuration; draws from torch's generator."""
    E, H, D = config.hidden, config.heads, config.depths
    makers: dict[str, Callable[[], nn.Module]] = {
        "standard": lambda: GroupedQueryAttention(E, H, H),
        "multi_query": lambda: GroupedQueryAttention(E, H, 1),
        "grouped_query": lambda: GroupedQueryAttention(E, H, config.kv_heads),
        "linear": lambda: LinearAttention(E, H),
        "maw_naive": lambda: MAWAttention(E, H, D),
        "maw_lazy": lambda: LazyMAW(E, H, D),
        "maw_streamed": lambda: StreamedMAW(E, H, D),
    }
    return makers[config.kind]().eval()
