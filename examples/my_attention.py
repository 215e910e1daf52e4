"""Gated attention: each head's output is scaled by a gate that reads the token itself.

It is chosen by `attention: {kind: examples/my_attention.py}`. Source: Qiu et al., Gated Attention
for Large Language Models, 2025, arXiv:2505.06708.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


class Config(BaseModel, extra="forbid", frozen=True):
    """The options of this attention stand here, each with a default."""

    depths: int = 1  # one depth: nothing to choose, and so no router


def build(config: Config, weights: Mapping[str, Any], *, n_heads: int) -> Any:
    """Build it from `query`, `key`, `value` [E, E] and `_bias` [E] of the layer to replace."""
    from torch import Tensor, nn

    from maw.models.attention.depthwise import DepthwiseAttention

    class GatedAttention(DepthwiseAttention):
        def __init__(self) -> None:
            super().__init__(weights, n_heads=n_heads, n_depths=1)
            self.gate = nn.Linear(len(weights["value"]), n_heads)
            nn.init.zeros_(self.gate.weight)  # every gate is 1: it starts as the backbone
            nn.init.zeros_(self.gate.bias)

        def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
            """x [B, L, E]; mask [B, L], True = token. Returns [B, L, E]."""
            heads = super().forward(x, mask, depth).unflatten(-1, (n_heads, -1))  # [B, L, H, h]
            gate = 2 * self.gate(self.read(x)).sigmoid()  # [B, L, H]
            return (heads * gate[..., None]).flatten(-2)

    return GatedAttention()
