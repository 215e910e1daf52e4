"""Attention in a window: a token attends only to tokens at most `radius` positions away.

It is chosen by `attention: {kind: examples/my_window.py, radius: 4}`. The module has nothing but
`forward`: `maw` supplies what else an encoder asks of an attention.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field


class Config(BaseModel, extra="forbid", frozen=True):
    """The options of the window."""

    radius: int = Field(4, ge=0)
    """Number of tokens on each side that a token attends to."""


def build(config: Config, weights: Mapping[str, Any], *, n_heads: int) -> Any:
    """Build it from `query`, `key`, `value` [E, E] and `_bias` [E] of the layer to replace."""
    import torch
    from torch import Tensor, nn
    from torch.nn.functional import linear, scaled_dot_product_attention

    class Window(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.learned = nn.ParameterDict({name: w.clone() for name, w in weights.items()})

        def heads(self, x: Tensor, name: str) -> Tensor:
            """x [B, L, E] -> [B, H, L, h], under the weights of this name."""
            bias = self.learned.get(f"{name}_bias")
            return linear(x, self.learned[name], bias).unflatten(-1, (n_heads, -1)).transpose(1, 2)

        def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
            """x [B, L, E]; mask [B, L], True = token; depth [B], all 0. Returns [B, L, E]."""
            position = torch.arange(x.shape[1], device=x.device)
            distance = (position[:, None] - position).abs()
            near = (distance <= config.radius) & mask[:, None, :]  # [B, L, L]
            near |= distance == 0  # a softmax over nothing, of padding, is not a number
            q, k, v = (self.heads(x, name) for name in ("query", "key", "value"))
            y = scaled_dot_product_attention(q, k, v, attn_mask=near[:, None])
            return y.transpose(1, 2).flatten(2)

    return Window()
