"""Gated attention: each head's output is scaled by what the token itself says.

`attention: {kind: examples/my_attention.py}`. Qiu et al., Gated Attention for Large Language
Models, 2025, arXiv:2505.06708.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


class Config(BaseModel, extra="forbid", frozen=True):
    """Options stand here, each with a default. depths: 1, no depth and so no router."""

    depths: int = 1


def build(config: Config, weights: Mapping[str, Any], *, heads: int) -> Any:
    """weights: `query`, `key`, `value` [E, E], their `_bias` [E], of the layer to replace."""
    from torch import Tensor, nn

    from maw.models.attention.depthwise import DepthwiseAttention

    class Gated(DepthwiseAttention):
        def __init__(self) -> None:
            super().__init__(weights, heads=heads, depths=1)
            self.gate = nn.Linear(len(weights["value"]), heads)
            nn.init.zeros_(self.gate.weight)  # every gate is 1: it starts as the backbone
            nn.init.zeros_(self.gate.bias)

        def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
            """x [B, L, E]; mask [B, L], True = token. Returns [B, L, E]."""
            attended = super().forward(x, mask, depth).unflatten(-1, (heads, -1))  # [B, L, H, h]
            gate = 2 * self.gate(self.read(x)).sigmoid()  # [B, L, H]
            return (attended * gate[..., None]).flatten(-2)

    return Gated()
