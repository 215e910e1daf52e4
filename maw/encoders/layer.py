"""One post-norm transformer layer of the BERT family, with a replaceable self-attention.

Equal to the layer of `transformers` to 1e-5, without its import: jobs that train start in half
the time.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from maw.attention.depthwise import DepthwiseAttention

LINEAR = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
}


def attention_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`query`, `key`, `value` and their `_bias`, from a layer's tensors by BERT's names."""
    found = {}
    for name, place in LINEAR.items():
        found[name] = weights[f"{place}.weight"]
        found[f"{name}_bias"] = weights[f"{place}.bias"]
    return found


class TransformerLayer(nn.Module):
    """Attention, output projection, feed-forward, each with its residual and norm."""

    attention: DepthwiseAttention

    def __init__(
        self, weights: Mapping[str, Tensor], attention: DepthwiseAttention, *, eps: float
    ) -> None:
        super().__init__()
        self.attention = attention
        self.output = _linear(weights, "attention.output.dense")
        self.norm = _norm(weights, "attention.output.LayerNorm", eps=eps)
        self.widen = _linear(weights, "intermediate.dense")
        self.narrow = _linear(weights, "output.dense")
        self.last_norm = _norm(weights, "output.LayerNorm", eps=eps)

    def after(self, x: Tensor, attended: Tensor) -> Tensor:
        """All that follows the attention: x, attended [B, L, E] -> [B, L, E]."""
        x = self.norm(x + self.output(attended))
        y: Tensor = self.last_norm(x + self.narrow(gelu(self.widen(x))))
        return y


def _linear(weights: Mapping[str, Tensor], name: str) -> nn.Linear:
    weight = weights[f"{name}.weight"]
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(weights[f"{name}.bias"])
    return layer


def _norm(weights: Mapping[str, Tensor], name: str, *, eps: float) -> nn.LayerNorm:
    weight = weights[f"{name}.weight"]
    layer = nn.LayerNorm(len(weight), eps=eps)
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(weights[f"{name}.bias"])
    return layer
