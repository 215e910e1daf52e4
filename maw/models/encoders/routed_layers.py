"""A system trains the last layers of an encoder and the router that chooses each text's depth.

The frozen layers' outputs come from the trunk file. All trained layers of a text use the depth that
its router chose.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import cast

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.routing import Routing
from maw.models.attention.straight_through import ExactGates, Gates
from maw.models.encoders.form import form_of
from maw.models.encoders.layer import TransformerLayer, attention_weights
from maw.models.routers import reading
from maw.models.routers.choosing import argmax
from maw.models.routers.reading import Reading
from maw.settings import registry


class RoutedLayers(nn.Module):
    """These are trained layers with one kind of attention, and a router where it has depths.

    Base of the encoders; its own output is the last layer's hidden states. Besides its weights it
    has settings of how it computes: `checkpointing` (keep no activations), `at_once` (number of
    texts in memory, None for all of a batch), `precision` of products, and `n_open`, the number of
    depths that a router may choose so far in training.
    """

    def __init__(
        self, top: Mapping[str, Tensor], *, attention: BaseModel, router: BaseModel | None
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(trained_layers(top, attention))
        self.n_depths: int = self.first.n_depths
        self.n_open, self.grow = self.n_depths, getattr(attention, "grow", 0.0)
        self.checkpointing = False
        self.at_once: int | None = None
        self.precision = torch.float32
        self.router: nn.Module | None = None
        self.reads, self.mixes = "nothing", False
        if router is not None:
            kind = registry.module_of(router)
            self.reads, self.mixes = kind.READS, kind.MIXES
            n_features = reading.n_features(self.reads, self.first)
            self.router = kind.build(router, n_features=n_features, n_depths=self.n_depths)

    @property
    def first(self) -> DepthwiseAttention:
        """Return the attention of the first trained layer, which routers read."""
        return self.blocks[0].attention

    @property
    def blocks(self) -> list[TransformerLayer]:
        """Return the trained layers, lowest first."""
        return cast("list[TransformerLayer]", list(self.layers))

    def open_depths(self, done: float) -> None:
        """Open depths one after another while the share `done` of training rises to `grow`."""
        if self.grow:
            n_open = 1 + int((self.n_depths - 1) * done / self.grow)
            self.n_open = min(self.n_depths, n_open)

    @torch.no_grad()
    def read(self, x: Tensor, mask: Tensor) -> Reading:
        """Compute the router's input for texts x [B, L, E] with mask [B, L], without gradient."""
        reader = partial(reading.READERS[self.reads], self.first)
        with self.autocast(x):
            if self.at_once is None:
                text_reading = reader(x, mask)
            else:  # outputs of parts of the batch would not be kept apart: the layers compute them
                parts = [reader(x[rows], mask[rows]).features for rows in self.pieces(x)]
                text_reading = Reading(torch.cat(parts))
        features = text_reading.features
        if features.is_floating_point():
            features = features.to(x.dtype)
        return replace(text_reading, features=features)

    def features(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the router's features [B, F], without gradient."""
        return self.read(x, mask).features

    def route(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the router's logits over the open depths [B, D]; zeros without a router."""
        return self._route(x, mask)[0]

    def _route(self, x: Tensor, mask: Tensor) -> tuple[Tensor, tuple[Tensor, ...] | None]:
        """Return also the first layer's outputs under each depth, if the router computed them."""
        if self.router is None:
            return x.new_zeros(len(x), self.n_depths), None
        text_reading = self.read(x, mask)
        return self.logits(text_reading.features), text_reading.depth_outputs

    def logits(self, features: Tensor) -> Tensor:
        """Return the router's logits over the open depths [B, at most D] for its features."""
        if self.router is None:
            raise ValueError("a model without a router has no logits")
        logits: Tensor = self.router(features)
        return logits[:, : self.n_open]

    def decide(self, logits: Tensor) -> Tensor:
        """Decide by logits: each text's likeliest depth [B], or the weights of a mixture [B, D]."""
        return logits.softmax(-1) if self.mixes else argmax(logits)[0]

    def forward(
        self, x: Tensor, mask: Tensor, depth: Tensor, gates: Gates | ExactGates | None = None
    ) -> Tensor:
        """Encode texts x [B, L, E] under depths [B], or under mixtures with weights [B, D].

        mask [B, L], True = token. With gates, the router receives their straight-through gradient.
        """
        return self.encode(x, Routing(mask, depth, gates))

    def forward_decided(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Encode texts as their router decides: the output, and the router's logits [B, D]."""
        logits, outputs = self._route(x, mask)
        if torch.is_grad_enabled():  # the router's outputs have no gradient
            outputs = None
        routing = Routing(mask, self.decide(logits), depth_outputs=outputs)
        return self.encode(x, routing), logits

    def encode(self, x: Tensor, routing: Routing) -> Tensor:
        """Encode texts x [B, L, E]; here to the last layer's hidden states [B, L, E]."""
        return self.through(x, routing)

    def through(self, x: Tensor, routing: Routing, *, n_tokens: int | None = None) -> Tensor:
        """Apply all trained layers to x [B, L, E].

        n_tokens: number of first tokens that the last layer returns, None for all; the others end
        at its attention. Returns [B, L, E], or [B, n_tokens, E].
        """
        layers = partial(self._layers, n_tokens=n_tokens)
        if self.at_once is None:
            return layers(x, routing)
        parts = [self._recomputed(layers, x[rows], routing.select(rows)) for rows in self.pieces(x)]
        return torch.cat(parts)

    def pieces(self, x: Tensor) -> list[slice]:
        """Return the rows of x that go through the layers together."""
        n = self.at_once or len(x)
        return [slice(start, start + n) for start in range(0, len(x), n)]

    def autocast(self, x: Tensor) -> AbstractContextManager[object]:
        """Compute products in the model's precision; parameters, norms and losses stay float32."""
        if self.precision == torch.float32:
            return nullcontext()
        return torch.autocast(x.device.type, dtype=self.precision)

    def _layers(self, x: Tensor, routing: Routing, *, n_tokens: int | None) -> Tensor:
        """Apply the layers to texts that are in memory together; the output has x's dtype."""
        dtype = x.dtype
        for layer in self.blocks:
            last = layer is self.blocks[-1]
            apply = partial(layer, routing=routing, n_tokens=n_tokens if last else None)
            with self.autocast(x):
                x = self._recomputed(apply, x) if self.checkpointing else apply(x)
            routing = routing.above_first_layer()
        return x if self.precision == torch.float32 else x.to(dtype)

    def _recomputed(self, function: Callable[..., Tensor], *arguments: object) -> Tensor:
        """Call the function; its intermediate results are computed again backwards, not kept."""
        if not torch.is_grad_enabled():
            return function(*arguments)
        output: Tensor = checkpoint(function, *arguments, use_reentrant=False)
        return output


def hidden_size(top: Mapping[str, Tensor]) -> int:
    """Return the hidden size E of the layers whose tensors these are."""
    return len(top["layer.0.output.LayerNorm.weight"])


def trained_layers(top: Mapping[str, Tensor], attention: BaseModel) -> list[TransformerLayer]:
    """Build the layers to train with this kind of attention, lowest first.

    The output of the last one is the backbone's last hidden state. Draws from torch's generator.
    """
    n_heads, eps, form = int(top["heads"]), float(top["eps"]), form_of(top)
    build = registry.module_of(attention).build
    return [
        TransformerLayer(
            weights,
            build(attention, attention_weights(weights), n_heads=n_heads),
            eps=eps,
            form=form,
            number=number,
        )
        for number, weights in enumerate(layers_of(top))
    ]


def layers_of(top: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """Group tensors by trained layer, lowest first, without the prefix `layer.<n>.`."""
    n_layers = 1 + max(int(name.split(".")[1]) for name in top if name.startswith("layer."))
    return [
        {
            name.removeprefix(f"layer.{n}."): tensor
            for name, tensor in top.items()
            if name.startswith(f"layer.{n}.")
        }
        for n in range(n_layers)
    ]
