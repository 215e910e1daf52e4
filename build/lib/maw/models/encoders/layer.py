"""A transformer layer, for any supported architecture, whose self-attention can be replaced.

With standard attention and equal weights, it computes what the layer of the package `transformers`
computes in evaluation, to 1e-5; the backbone's dropout is left out. It does not import that
package, so that training jobs start in half the time. Tensors have BERT's names;
`maw.models.encoders.form` says how an architecture differs from BERT.
"""

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from maw.models.attention import positions
from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.routing import Routing
from maw.models.encoders.form import ACTIVATIONS, Form
from maw.models.products import Linear

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
    """Return the `query`, `key` and `value` weights of a layer's attention, and any `_bias`.

    weights: the layer's tensors by BERT's names.
    """
    picked = {}
    for name, prefix in LINEAR.items():
        picked[name] = weights[f"{prefix}.weight"]
        if f"{prefix}.bias" in weights:
            picked[f"{name}_bias"] = weights[f"{prefix}.bias"]
    return picked


class TransformerLayer(nn.Module):
    """A layer: attention, output projection and feed-forward network, with residuals and norms.

    weights: the layer's tensors by BERT's names. attention: the self-attention to use, built from
    these weights. eps: of the norms. form: the differences from BERT's layer. number: which of the
    trained layers this is, 0 for the lowest. Where norms come before the attention, the attention
    applies its norm itself, so that its input is the layer's input.
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
        """Return the layer's output [B, L, E] for texts x [B, L, E].

        With n_tokens, return it for the first n_tokens tokens alone: [B, n_tokens, E].
        """
        attended = routing.attend(self.attention, x)
        if n_tokens is not None:
            return self.after(x[:, :n_tokens], attended[:, :n_tokens])
        return self.after(x, attended)

    def after(self, x: Tensor, attended: Tensor) -> Tensor:
        """Return the layer's output [B, L, E] from its input and its attention's output.

        x, attended [B, L, E]: the input and the attention's output of the same tokens.
        """
        y: Tensor
        if self.pre_norm:
            x = x + self.output(attended)
            y = self.final_norm(x + self.feed_forward(self.last_norm(x)))
            return y
        x = self.norm(x + self.output(attended))
        y = self.last_norm(x + self.feed_forward(x))
        return y

    def feed_forward(self, x: Tensor) -> Tensor:
        """Return the feed-forward network's output for x [B, L, E], without residual and norm."""
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
    """Return a linear layer with the tensor `<name>.weight` and any `<name>.bias`."""
    weight, bias = weights[f"{name}.weight"], weights.get(f"{name}.bias")
    layer = Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    return _filled(layer, weight, bias)


def norm_of(weights: Mapping[str, Tensor], name: str, *, eps: float) -> nn.Module:
    """Return a layer norm with `<name>.weight` and any bias; the identity without that weight."""
    if f"{name}.weight" not in weights:
        return nn.Identity()
    weight, bias = weights[f"{name}.weight"], weights.get(f"{name}.bias")
    return _filled(nn.LayerNorm(len(weight), eps=eps, bias=bias is not None), weight, bias)


@torch.no_grad()
def _filled(layer: Filled, weight: Tensor, bias: Tensor | None) -> Filled:
    """Return the layer after the weight and the bias were copied into it."""
    layer.weight.copy_(weight)
    if bias is not None:
        layer.bias.copy_(bias)
    return layer
