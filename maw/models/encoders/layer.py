"""One transformer layer of any architecture that we know, with a replaceable self-attention.

Equal to the layer of `transformers` to 1e-5, without its import: jobs that train start in half
the time. Tensors have BERT's names; `maw.models.encoders.form` says how an architecture differs.
"""

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from maw.models.attention import positions
from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.encoders.form import ACTIVATIONS, Form

LINEAR = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
}
POSITION = "position."  # what a layer's position scheme is made of
FINAL = "final.LayerNorm"  # after the last layer of a pre-norm encoder
BERT = Form()
Filled = TypeVar("Filled", nn.Linear, nn.LayerNorm)


def attention_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`query`, `key`, `value` and their `_bias`, from a layer's tensors by BERT's names."""
    found = {}
    for name, place in LINEAR.items():
        found[name] = weights[f"{place}.weight"]
        if f"{place}.bias" in weights:
            found[f"{name}_bias"] = weights[f"{place}.bias"]
    return found


class TransformerLayer(nn.Module):
    """Attention, output projection, feed-forward, each with its residual and norm.

    Where norms come first, that of the attention is inside it: whoever asks the attention about a
    text gives it what the layer is given.
    """

    attention: DepthwiseAttention

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        attention: DepthwiseAttention,
        *,
        eps: float,
        form: Form = BERT,
        place: int = 0,
    ) -> None:
        super().__init__()
        self.activation, self.gated, self.pre_norm = form.activation, form.gated, form.pre_norm
        self.attention = attention
        self.output = linear_of(weights, "attention.output.dense")
        norm = norm_of(weights, "attention.output.LayerNorm", eps=eps)
        scheme = positions.build(
            form.positions_of(place),
            {
                name.removeprefix(POSITION): tensor
                for name, tensor in weights.items()
                if name.startswith(POSITION)
            },
        )
        attention.settle(read=norm if form.pre_norm else None, positions=scheme)
        if not form.pre_norm:
            self.norm = norm
        self.widen = linear_of(weights, "intermediate.dense")
        self.narrow = linear_of(weights, "output.dense")
        self.last_norm = norm_of(weights, "output.LayerNorm", eps=eps)
        self.final_norm = norm_of(weights, FINAL, eps=eps)

    def after(self, x: Tensor, attended: Tensor) -> Tensor:
        """All that follows the attention: x, attended [B, L, E] -> [B, L, E]."""
        y: Tensor
        if self.pre_norm:
            x = x + self.output(attended)
            y = self.final_norm(x + self.feed(self.last_norm(x)))
            return y
        x = self.norm(x + self.output(attended))
        y = self.last_norm(x + self.feed(x))
        return y

    def feed(self, x: Tensor) -> Tensor:
        """The feed-forward without residual and norm."""
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
    """A linear layer of `<name>.weight`, and of `<name>.bias` where there is one."""
    weight, bias = weights[f"{name}.weight"], weights.get(f"{name}.bias")
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    return _filled(layer, weight, bias)


def norm_of(weights: Mapping[str, Tensor], name: str, *, eps: float) -> nn.Module:
    """The norm, or nothing where the layer has none of this name."""
    if f"{name}.weight" not in weights:
        return nn.Identity()
    weight, bias = weights[f"{name}.weight"], weights.get(f"{name}.bias")
    return _filled(nn.LayerNorm(len(weight), eps=eps, bias=bias is not None), weight, bias)


@torch.no_grad()
def _filled(layer: Filled, weight: Tensor, bias: Tensor | None) -> Filled:
    layer.weight.copy_(weight)
    if bias is not None:
        layer.bias.copy_(bias)
    return layer
