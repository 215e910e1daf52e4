"""Seven attentions that are called in the same way: x [B, L, E], mask [B, L] -> [B, L, E].

Each has projections of queries, keys, values and output. The attentions with depths also have a
router, a linear map of the mean of a text's tokens. With equal weights `maw_naive` and `maw_lazy`
return the same numbers in evaluation; they compute them in different ways.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, scaled_dot_product_attention

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.literal import MAWAttention
from maw.models.pooling import mean_of_tokens

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
    """The kind of an attention and the sizes of its input and layer.

    kv_heads changes grouped-query attention only, n_depths MAW only. ValueError for an unknown
    kind, and, for every kind, unless hidden is a multiple of heads and heads of kv_heads.
    """

    kind: Kind
    hidden: int = 384
    heads: int = 12
    n_depths: int = 8
    kv_heads: int = 4
    batch: int = 1
    length: int = 128

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r} is unknown; give one of {', '.join(KINDS)}")
        if self.hidden % self.heads or self.heads % self.kv_heads:
            raise ValueError(
                f"hidden {self.hidden}, heads {self.heads}, kv_heads {self.kv_heads}: each must be "
                "a multiple of the next"
            )


class GroupedQueryAttention(nn.Module):
    """Grouped-query attention: H query heads share G key and value heads.

    G = H is standard attention, G = 1 is multi-query attention.

    Ainslie et al., 2023 (arXiv:2305.13245); Shazeer, 2019 (arXiv:1911.02150).
    """

    def __init__(self, hidden: int, heads: int, kv_heads: int) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.size = heads, kv_heads, hidden // heads
        self.query = nn.Linear(hidden, hidden)
        self.key_value = nn.Linear(hidden, 2 * kv_heads * self.size)
        self.output = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the output [B, L, E]; each key and value head serves H / G query heads."""
        B, L, E = x.shape
        q = self.query(x).view(B, L, self.heads, self.size).transpose(1, 2)
        key_value = self.key_value(x).view(B, L, 2 * self.kv_heads, self.size).transpose(1, 2)
        k, v = key_value.chunk(2, dim=1)
        shared = self.kv_heads < self.heads
        y = scaled_dot_product_attention(
            q, k, v, attn_mask=mask[:, None, None, :], enable_gqa=shared
        )
        del (
            q,
            k,
            v,
            key_value,
        )  # its memory is compared with others', so it keeps no more than needed
        out: Tensor = self.output(y.transpose(1, 2).reshape(B, L, E))
        return out


class LinearAttention(nn.Module):
    """Linear attention φ(Q)(φ(K)ᵀV) with φ = elu + 1, without an L × L matrix.

    Katharopoulos et al., 2020 (arXiv:2006.16236).
    """

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads, self.size = heads, hidden // heads
        self.query_key_value = nn.Linear(hidden, 3 * hidden)
        self.output = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the output [B, L, E], in which every token attends to all tokens but padding.

        The transformed keys φ(K) of padding are set to zero, so that padding never counts.
        """
        B, L, E = x.shape
        parts = self.query_key_value(x).view(B, L, 3, self.heads, self.size)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # [B, H, L, h] each
        q, k = elu(q) + 1, (elu(k) + 1) * mask[:, None, :, None]
        total = q @ k.sum(2)[..., None]  # [B, H, L, 1]
        y = q @ (k.transpose(-1, -2) @ v) / total
        out: Tensor = self.output(y.transpose(1, 2).reshape(B, L, E))
        return out


class LazyMAW(nn.Module):
    """MAW attention that computes, for each text, only the depth that the router chose."""

    def __init__(self, hidden: int, heads: int, n_depths: int) -> None:
        super().__init__()
        self.router = nn.Linear(hidden, n_depths)
        projections = [nn.Linear(hidden, hidden) for _ in range(3)]
        weights = {}
        for name, layer in zip(("query", "key", "value"), projections, strict=True):
            weights[name], weights[f"{name}_bias"] = layer.weight.detach(), layer.bias.detach()
        self.attention = DepthwiseAttention(weights, n_heads=heads, n_depths=n_depths, noise=1.0)
        self.output = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the output [B, L, E], each text under the depth that its router finds likeliest.

        With the weights that `same_as` copies, it is the output of `MAWAttention` in evaluation.
        """
        depth = self.router(mean_of_tokens(x, mask)).argmax(-1)
        out: Tensor = self.output(self.attention(x, mask, depth))
        return out

    @torch.no_grad()
    def same_as(self, literal: MAWAttention) -> "LazyMAW":
        """Copy the weights of `literal`, a `MAWAttention`, into this module, and return the module.

        The outputs of the query and key projections of `literal` are ordered [E, D]: the depth is
        their last axis.
        """
        E, D = literal.value.in_features, literal.depth_dim
        for layer, part in ((literal.Q_depth, slice(0, E)), (literal.K_depth, slice(E, 2 * E))):
            for d in range(D):
                self.attention.learned["query_key"][d][part] = layer.weight.view(E, D, E)[:, d]
                self.attention.learned["query_key_bias"][d][part] = layer.bias.view(E, D)[:, d]
        self.attention.value.copy_(literal.value.weight)
        self.attention.value_bias.copy_(literal.value.bias)
        self.router.load_state_dict(literal.router.state_dict())
        self.output.load_state_dict(literal.output.state_dict())
        return self


class StreamedMAW(LazyMAW):
    """MAW attention that mixes all depths by the router's probabilities g: Σ_d g_d · SDPA_d.

    SDPA_d is the scaled dot-product attention of depth d; the depths are computed one at a time.
    """

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the mixture [B, L, E] of all depths, without the tensor [B, H, L, L, D]."""
        gates = self.router(mean_of_tokens(x, mask)).softmax(-1)  # [B, D]
        attention = self.attention
        v, total = attention.values(x), torch.zeros_like(x)
        for d in range(attention.n_depths):
            q, k = attention.project(x, d)
            y = scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
            total += gates[:, d, None, None] * y.transpose(1, 2).reshape(x.shape)
        out: Tensor = self.output(total)
        return out


def build(config: AttentionConfig) -> nn.Module:
    """Return the attention that a configuration describes, in evaluation mode.

    Its weights are drawn from torch's global generator.
    """
    E, H, D = config.hidden, config.heads, config.n_depths
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
