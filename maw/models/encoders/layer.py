"""A transformer layer of any supported architecture has a replaceable self-attention here.

It equals the layer of `transformers` to 1e-5 without importing that package, so that jobs that
train start in half the time. Tensors have BERT's names; `maw.models.encoders.form` says how an
architecture differs from BERT.
"""

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from maw.models.attention import positions
from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.routing import Routing
from maw.models.encoders.form import ACTIVATIONS, Form

LINEAR = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
}
POSITION = "position."  # prefix of the tensors of a layer's position scheme
FINAL = "final.LayerNorm"  # the norm after the last layer of a pre-norm encoder
BERT = Form()
Filled = TypeVar("Filled", nn.Linear, nn.LayerNorm)


def attention_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Pick `query`, `key`, `value` and their `_bias` from a layer's tensors by BERT's names."""
    picked = {}
    for name, prefix in LINEAR.items():
        picked[name] = weights[f"{prefix}.weight"]
        if f"{prefix}.bias" in weights:
            picked[f"{name}_bias"] = weights[f"{prefix}.bias"]
    return picked


class TransformerLayer(nn.Module):
    """The layer is attention, output projection and feed-forward, with residuals and norms.

    weights: the layer's tensors by BERT's names. attention: built from them, takes the place of the
    layer's own. number: which of the trained layers this is, 0 for the lowest.
    Where norms come first, the attention applies its norm itself: its input is the layer's input.
    """

    attention: DepthwiseAttention

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        attention: DepthwiseAttention,
        *,
        eps: float,
        form: Form = BERT,
        number: int = 0,
    ) -> None:
        super().__init__()
        self.activation, self.gated, self.pre_norm = form.activation, form.gated, form.pre_norm
        self.attention = attention
        self.output = linear_of(weights, "attention.output.dense")
        norm = norm_of(weights, "attention.output.LayerNorm", eps=eps)
        scheme = positions.build(
            form.positions_of(number),
            {
                name.removeprefix(POSITION): tensor
                for name, tensor in weights.items()
                if name.startswith(POSITION)
            },
        )
        attention.settle(norm=norm if form.pre_norm else None, positions=scheme)
        if not form.pre_norm:
            self.norm = norm
        self.widen = linear_of(weights, "intermediate.dense")
        self.narrow = linear_of(weights, "output.dense")
        self.last_norm = norm_of(weights, "output.LayerNorm", eps=eps)
        self.final_norm = norm_of(weights, FINAL, eps=eps)

    def forward(self, x: Tensor, routing: Routing, n_tokens: int | None = None) -> Tensor:
        """Apply the layer to texts x [B, L, E], of which it returns the first n_tokens or all."""
        attended = routing.attend(self.attention, x)
        if n_tokens is not None:
            return self.after(x[:, :n_tokens], attended[:, :n_tokens])
        return self.after(x, attended)

    def after(self, x: Tensor, attended: Tensor) -> Tensor:
        """Apply all that follows the attention: x, attended [B, L, E] -> [B, L, E]."""
        y: Tensor
        if self.pre_norm:
            x = x + self.output(attended)
            y = self.final_norm(x + self.feed_forward(self.last_norm(x)))
            return y
        x = self.norm(x + self.output(attended))
        y = self.last_norm(x + self.feed_forward(x))
        return y

    def feed_forward(self, x: Tensor) -> Tensor:
        """Apply the feed-forward network without its residual and norm: [B, L, E] -> [B, L, E]."""
        wide = self.widen(x)
        activate = ACTIVATIONS[self.activation]
        if self.gated:
            wide, gate = wide.chunk(2, dim=-1)
            wide = activate(wide) * gate
        else:
            wide = activate(wide)
        y: Tensor = self.narrow(wide)
        return y


def linear_of(weights: Mapping[str, Tensor], name: str) -> nn.Linear:
    """Make a linear layer of `<name>.weight`, and of `<name>.bias` where there is one."""
    weight, bias = weights[f"{name}.weight"], weights.get(f"{name}.bias")
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    return _filled(layer, weight, bias)


def norm_of(weights: Mapping[str, Tensor], name: str, *, eps: float) -> nn.Module:
    """Make a layer norm of `<name>.weight` and its bias, or the identity where there is none."""
    if f"{name}.weight" not in weights:
        return nn.Identity()
    weight, bias = weights[f"{name}.weight"], weights.get(f"{name}.bias")
    return _filled(nn.LayerNorm(len(weight), eps=eps, bias=bias is not None), weight, bias)


@torch.no_grad()
def _filled(layer: Filled, weight: Tensor, bias: Tensor | None) -> Filled:
    """Copy a weight and a bias into a layer."""
    layer.weight.copy_(weight)
    if bias is not None:
        layer.bias.copy_(bias)
    return layer
