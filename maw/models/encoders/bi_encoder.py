"""A text becomes one unit vector: the trained top layers, mean pooling, length one.

The frozen layers' outputs come from the trunk file. Both queries and documents go through the same
layers, and each text's router chooses the depth that all trained layers use for it.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import cast

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.utils.checkpoint import checkpoint

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.straight_through import ExactGates, Gates
from maw.models.encoders.form import form_of
from maw.models.encoders.layer import TransformerLayer, attention_weights
from maw.models.routers import reading
from maw.models.routers.choosing import argmax
from maw.settings import registry


class RoutedLayers(nn.Module):
    """Trained layers with one kind of attention, and the router that chooses each text's depth."""

    def __init__(
        self, top: Mapping[str, Tensor], *, attention: BaseModel, router: BaseModel | None
    ) -> None:
        super().__init__()
        heads = int(top["heads"])
        self.layers = nn.ModuleList(trained_layers(top, attention))
        self.depths: int = self.first.depths
        self.active, self.grow = self.depths, getattr(attention, "grow", 0.0)
        self.checkpointing = False
        self.at_once: int | None = None  # texts; None: as many as a batch has
        self.precision = torch.float32
        self.router: nn.Module | None = None
        self.reads, self.mixes = "nothing", False
        if router is not None:
            kind = registry.module_of(router)
            self.reads, self.mixes = kind.READS, kind.MIXES
            n_features = reading.n_features(
                self.reads, heads=heads, hidden=top_size(top), depths=self.depths
            )
            self.router = kind.build(router, n_features=n_features, n_depths=self.depths)

    @property
    def first(self) -> DepthwiseAttention:
        """The first trained layer's attention: what an attention-reading router sees."""
        return self.blocks[0].attention

    @property
    def blocks(self) -> list[TransformerLayer]:
        """The trained layers, lowest first."""
        return cast("list[TransformerLayer]", list(self.layers))

    def open_depths(self, done: float) -> None:
        """Depths open one after another while `done` of training goes from 0 to `grow`."""
        if self.grow:
            opened = 1 + int((self.depths - 1) * done / self.grow)
            self.active = min(self.depths, opened)

    @torch.no_grad()
    def features(self, x: Tensor, mask: Tensor) -> Tensor:
        """What the router reads, without gradient: it learns to choose, not to be told more."""
        read = partial(reading.READERS[self.reads], self.first)
        with self.computing(x):
            if self.at_once is None:
                found = read(x, mask)
            else:
                found = torch.cat([read(x[rows], mask[rows]) for rows in self.pieces(x)])
        return found.to(x.dtype) if found.is_floating_point() else found

    def route(self, x: Tensor, mask: Tensor) -> Tensor:
        """Logits over the open depths [B, D]; all zero where there is no router."""
        if self.router is None:
            return x.new_zeros(len(x), self.depths)
        return self.logits(self.features(x, mask))

    def logits(self, features: Tensor) -> Tensor:
        """Of what `features` gave, over the open depths [B, at most D]."""
        if self.router is None:
            raise ValueError("a model without a router has no logits")
        logits: Tensor = self.router(features)
        return logits[:, : self.active]

    def decide(self, logits: Tensor) -> Tensor:
        """What `forward` takes: the likeliest depth of each text [B], or weights [B, D]."""
        return logits.softmax(-1) if self.mixes else argmax(logits)[0]

    def through(
        self,
        x: Tensor,
        mask: Tensor,
        depth: Tensor,
        gates: Gates | ExactGates | None = None,
        *,
        wanted: int | None = None,
    ) -> Tensor:
        """x [B, L, E]; mask [B, L]; depth [B], or weights of a mixture [B, D]. Returns [B, L, E].

        With gates, the router receives their straight-through gradient. wanted: how many of the
        first tokens the last layer has to give out; the others stop at its attention.
        """
        if self.at_once is None:
            return self._layers(x, mask, depth, gates, wanted=wanted)
        parts = []
        for rows in self.pieces(x):
            some = gates if gates is None else gates.of(rows)
            arguments = x[rows], mask[rows], depth[rows], some
            parts.append(self._sparing(partial(self._layers, wanted=wanted), *arguments))
        return torch.cat(parts)

    def pieces(self, x: Tensor) -> list[slice]:
        """The rows of x that go through the layers together."""
        n = self.at_once or len(x)
        return [slice(start, start + n) for start in range(0, len(x), n)]

    def computing(self, x: Tensor) -> AbstractContextManager[object]:
        """Products in the model's precision; parameters, norms and losses stay in float32."""
        if self.precision == torch.float32:
            return nullcontext()
        return torch.autocast(x.device.type, dtype=self.precision)

    def _layers(
        self,
        x: Tensor,
        mask: Tensor,
        depth: Tensor,
        gates: Gates | ExactGates | None,
        *,
        wanted: int | None,
    ) -> Tensor:
        """All trained layers on texts that are in memory together; as precise as x."""
        exact = x.dtype
        for layer in self.blocks:
            n = wanted if layer is self.blocks[-1] else None
            through = partial(_through, layer, mask=mask, depth=depth, gates=gates, wanted=n)
            with self.computing(x):
                x = self._sparing(through, x) if self.checkpointing else through(x)
        return x if self.precision == torch.float32 else x.to(exact)

    def _sparing(self, function: Callable[..., Tensor], *arguments: object) -> Tensor:
        """What the function makes, computed again backwards instead of kept."""
        if not torch.is_grad_enabled():
            return function(*arguments)
        made: Tensor = checkpoint(function, *arguments, use_reentrant=False)
        return made


class BiEncoder(RoutedLayers):
    """The layers, then the mean over tokens, length one."""

    def forward(
        self, x: Tensor, mask: Tensor, depth: Tensor, gates: Gates | ExactGates | None = None
    ) -> Tensor:
        """As `through`. Unit vectors [B, E]."""
        return normalize(mean_of_tokens(self.through(x, mask, depth, gates), mask), dim=-1)


def _through(
    layer: TransformerLayer,
    x: Tensor,
    *,
    mask: Tensor,
    depth: Tensor,
    gates: Gates | ExactGates | None,
    wanted: int | None,
) -> Tensor:
    """One trained layer: x [B, L, E] -> [B, L, E], or of the first `wanted` tokens only."""
    if gates is None:
        attended: Tensor = layer.attention(x, mask, depth)
    else:
        attended = gates.attend(layer.attention, x, mask, depth)
    if wanted is not None:
        return layer.after(x[:, :wanted], attended[:, :wanted])
    return layer.after(x, attended)


def mean_of_tokens(x: Tensor, mask: Tensor) -> Tensor:
    """[B, L, E] -> [B, E]; padding never counts."""
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def top_size(top: Mapping[str, Tensor]) -> int:
    """E."""
    return len(top["layer.0.output.LayerNorm.weight"])


def trained_layers(top: Mapping[str, Tensor], attention: BaseModel) -> list[TransformerLayer]:
    """The layers to train with this kind of attention, lowest first; draws from torch's generator.

    What the last one gives out is the backbone's last hidden state.
    """
    heads, eps, form = int(top["heads"]), float(top["eps"]), form_of(top)
    build = registry.module_of(attention).build
    return [
        TransformerLayer(
            weights,
            build(attention, attention_weights(weights), heads=heads),
            eps=eps,
            form=form,
            place=place,
        )
        for place, weights in enumerate(layers_of(top))
    ]


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
