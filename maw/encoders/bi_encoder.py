"""A text becomes one unit vector: the trained top layers, mean pooling, length one.

The frozen layers' outputs come from the trunk file. Both queries and documents go through the same
layers, and each text's router chooses the depth that all trained layers use for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn.functional import normalize

from maw import registry
from maw.attention.depthwise import DepthwiseAttention, straight_through
from maw.encoders.layer import TransformerLayer, attention_weights


@dataclass(frozen=True)
class Gates:
    """What lets the router's gradient through: the chosen depth's gate, another depth and its gate.

    gate, gate_other [B]; other [B] a depth, drawn uniformly among those not chosen.
    """

    gate: Tensor
    other: Tensor
    gate_other: Tensor


class BiEncoder(nn.Module):
    """Trained layers with one kind of attention, and the router that chooses each text's depth."""

    def __init__(
        self, top: Mapping[str, Tensor], *, attention: BaseModel, router: BaseModel | None
    ) -> None:
        super().__init__()
        heads, eps = int(top["heads"]), float(top["eps"])
        build = registry.module_of(attention).build
        layers = []
        for weights in layers_of(top):
            attend = build(attention, attention_weights(weights), heads=heads)
            layers.append(TransformerLayer(weights, attend, eps=eps))
        self.layers = nn.ModuleList(layers)
        self.depths: int = self.first.depths
        self.router: nn.Module | None = None
        self.reads = "nothing"
        if router is not None:
            kind = registry.module_of(router)
            self.reads = kind.READS
            n_features = heads * 64 if self.reads == "attention" else top_size(top)
            self.router = kind.build(router, n_features=n_features, n_depths=self.depths)

    @property
    def first(self) -> DepthwiseAttention:
        """The first trained layer's attention: what an attention-reading router sees."""
        return self.blocks[0].attention

    @property
    def blocks(self) -> list[TransformerLayer]:
        """The trained layers, lowest first."""
        return cast("list[TransformerLayer]", list(self.layers))

    def features(self, x: Tensor, mask: Tensor) -> Tensor:
        """What the router reads, without gradient: it learns to choose, not to be told more."""
        with torch.no_grad():
            if self.reads == "attention":
                pooled: Tensor = self.first.pooled(x, mask)
                return pooled.flatten(1)
            return mean_of_tokens(x, mask)

    def route(self, x: Tensor, mask: Tensor) -> Tensor:
        """Logits over depths [B, D]; all zero where there is no router."""
        if self.router is None:
            return x.new_zeros(len(x), self.depths)
        logits: Tensor = self.router(self.features(x, mask))
        return logits

    def forward(self, x: Tensor, mask: Tensor, depth: Tensor, gates: Gates | None = None) -> Tensor:
        """x [B, L, E]; mask [B, L]; depth [B]. Unit vectors [B, E].

        With gates, the router receives the unbiased two-depth straight-through gradient.
        """
        for layer in self.blocks:
            attended = layer.attention(x, mask, depth)
            if gates is not None:
                with torch.no_grad():
                    other = layer.attention(x, mask, gates.other)
                attended = straight_through(
                    attended, other, gate=gates.gate, gate_other=gates.gate_other
                )
            x = layer.after(x, attended)
        return normalize(mean_of_tokens(x, mask), dim=-1)


def mean_of_tokens(x: Tensor, mask: Tensor) -> Tensor:
    """[B, L, E] -> [B, E]; padding never counts."""
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def top_size(top: Mapping[str, Tensor]) -> int:
    """E."""
    return len(top["layer.0.output.LayerNorm.weight"])


def layers_of(top: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """The tensors of each trained layer, lowest first, without their `layer.<n>.`"""
    n_layers = 1 + max(int(name.split(".")[1]) for name in top if name.startswith("layer."))
    return [
        {
            name.removeprefix(f"layer.{n}."): tensor
            for name, tensor in top.items()
            if name.startswith(f"layer.{n}.")
        }
        for n in range(n_layers)
    ]
