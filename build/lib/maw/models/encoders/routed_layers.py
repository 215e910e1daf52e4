"""The trained last layers of an encoder, and the router that decides which depths a text uses.

A depth is one of the D pairs of query and key projections of the attention. The router chooses one
depth for a text, or weights with which all depths are mixed; all trained layers use the same
decision. The input of the trained layers is the hidden states that the frozen layers compute.
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

from maw.models.attention import plain
from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.routing import Routing
from maw.models.attention.straight_through import ExactGates, Gates
from maw.models.encoders.form import form_of
from maw.models.encoders.layer import TransformerLayer, attention_weights
from maw.models.routers import reading
from maw.models.routers.choosing import argmax
from maw.models.routers.reading import Reader, Reading
from maw.settings import registry


class RoutedLayers(nn.Module):
    """Trained layers with one kind of attention, and a router where the attention has depths.

    This is the base class of the encoders; its own output is the last layer's hidden states. top:
    the pretrained tensors, as `maw.models.encoders.cutting` names them. Attributes say how the
    model computes: `checkpointing` (activations are computed again in the backward pass, not kept),
    `at_once` (number of texts in memory at a time, None for all of a batch), `precision` of matrix
    products, and `n_open`, the number of depths that the router may choose among so far.
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
        self.reader: Reader = reading.nothing
        self.mixes = self.draws = False
        if router is not None:
            kind = registry.module_of(router)
            self.reader, self.mixes = reading.reader_of(kind), kind.MIXES
            self.draws = getattr(kind, "DRAWS", False)
            n_features = reading.n_features(kind, self.first)
            self.router = kind.build(router, n_features=n_features, n_depths=self.n_depths)

    @property
    def first(self) -> DepthwiseAttention:
        """Return the attention of the lowest trained layer, which gives routers their input."""
        return self.blocks[0].attention

    @property
    def blocks(self) -> list[TransformerLayer]:
        """Return the trained layers, lowest first."""
        return cast("list[TransformerLayer]", list(self.layers))

    def open_depths(self, done: float) -> None:
        """Let the router choose among the depths that the option `grow` of the attention allows.

        done: share of the training steps so far. `n_open` rises from depth 0 alone to all D depths
        while `done` rises to `grow`. Where `grow` is 0, all depths are open from the start.
        """
        if self.grow:
            n_open = 1 + int((self.n_depths - 1) * done / self.grow)
            self.n_open = min(self.n_depths, n_open)

    @torch.no_grad()
    def read(self, x: Tensor, mask: Tensor) -> Reading:
        """Return the router's input for texts x [B, L, E] with mask [B, L], without gradient."""
        reader = partial(self.reader, self.first)
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
        """Return the router's features [B, F] of texts x [B, L, E], without gradient."""
        return self.read(x, mask).features

    def route(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the router's logits [B, n_open] for texts x [B, L, E] with mask [B, L].

        Without a router they are zeros [B, D].
        """
        return self._route(x, mask)[0]

    def _route(self, x: Tensor, mask: Tensor) -> tuple[Tensor, tuple[Tensor, ...] | None]:
        """Return what `route` returns, and the first layer's outputs under each depth.

        The outputs are None unless the router's reader computed them.
        """
        if self.router is None:
            return x.new_zeros(len(x), self.n_depths), None
        text_reading = self.read(x, mask)
        return self.logits(text_reading.features), text_reading.depth_outputs

    def logits(self, features: Tensor) -> Tensor:
        """Return the router's logits [B, n_open] for features [B, F].

        ValueError where the model has no router.
        """
        if self.router is None:
            raise ValueError("the model has no router, so it has no logits; give it a router")
        logits: Tensor = self.router(features)
        return logits[:, : self.n_open]

    def decide(self, logits: Tensor) -> Tensor:
        """Return each text's likeliest depth [B] under these logits.

        For a router that mixes depths, return the weights of its mixture, of the logits' shape. For
        one that draws, return in training a depth [B] drawn by torch's global generator.
        """
        if self.draws and self.training:
            return torch.multinomial(logits.softmax(-1), 1)[:, 0]
        return logits.softmax(-1) if self.mixes else argmax(logits)[0]

    def forward(
        self, x: Tensor, mask: Tensor, depth: Tensor, gates: Gates | ExactGates | None = None
    ) -> Tensor:
        """Return what `encode` returns for texts x [B, L, E] under the given depths.

        depth: one for each text [B], or the weights of mixtures [B, at most D].
        mask [B, L], True = token. With gates, the router receives their straight-through gradient.
        """
        return self.encode(x, Routing(mask, depth, gates))

    def forward_decided(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `encode` returns under the router's decisions, and the logits [B, n_open].

        Without a router, the logits are zeros [B, D].
        """
        logits, outputs = self._route(x, mask)
        if torch.is_grad_enabled():  # the router's outputs have no gradient
            outputs = None
        routing = Routing(mask, self.decide(logits), depth_outputs=outputs)
        return self.encode(x, routing), logits

    def encode(self, x: Tensor, routing: Routing) -> Tensor:
        """Return the last layer's hidden states [B, L, E]; subclasses return vectors or scores."""
        return self.through(x, routing)

    def through(self, x: Tensor, routing: Routing, *, n_tokens: int | None = None) -> Tensor:
        """Return the output [B, L, E] of all trained layers for x [B, L, E].

        n_tokens: None for all tokens; otherwise only the first n_tokens tokens pass the part of the
        last layer that follows its attention, and the output is [B, n_tokens, E].
        """
        layers = partial(self._layers, n_tokens=n_tokens)
        if self.at_once is None:
            return layers(x, routing)
        parts = [self._recomputed(layers, x[rows], routing.select(rows)) for rows in self.pieces(x)]
        return torch.cat(parts)

    def pieces(self, x: Tensor) -> list[slice]:
        """Return slices of the texts x: those of a slice go through the layers together."""
        n = self.at_once or len(x)
        return [slice(start, start + n) for start in range(0, len(x), n)]

    def autocast(self, x: Tensor) -> AbstractContextManager[object]:
        """Return a context in which matrix products have the model's precision.

        Parameters, norms and losses stay float32.
        """
        if self.precision == torch.float32:
            return nullcontext()
        return torch.autocast(x.device.type, dtype=self.precision)

    def _layers(self, x: Tensor, routing: Routing, *, n_tokens: int | None) -> Tensor:
        """Return the layers' output, in x's dtype, for texts that are in memory together."""
        dtype = x.dtype
        for layer in self.blocks:
            last = layer is self.blocks[-1]
            apply = partial(layer, routing=routing, n_tokens=n_tokens if last else None)
            with self.autocast(x):
                x = self._recomputed(apply, x) if self.checkpointing else apply(x)
            routing = routing.above_first_layer()
        return x if self.precision == torch.float32 else x.to(dtype)

    def _recomputed(self, function: Callable[..., Tensor], *arguments: object) -> Tensor:
        """Return the function's output.

        Where gradients are needed, its intermediate results are not kept: the backward pass
        computes them again.
        """
        if not torch.is_grad_enabled():
            return function(*arguments)
        output: Tensor = checkpoint(function, *arguments, use_reentrant=False)
        return output


def hidden_size(top: Mapping[str, Tensor]) -> int:
    """Return the hidden size E of the layers whose tensors these are."""
    return len(top["layer.0.output.LayerNorm.weight"])


def trained_layers(top: Mapping[str, Tensor], attention: BaseModel) -> list[TransformerLayer]:
    """Build the layers to train with this kind of attention, lowest first.

    With standard attention and before training, the last one's output is the backbone's last hidden
    state. Noise is drawn from torch's generator.
    """
    n_heads, eps, form = int(top["heads"]), float(top["eps"]), form_of(top)
    return [
        TransformerLayer(
            weights,
            plain.build(attention, attention_weights(weights), n_heads=n_heads),
            eps=eps,
            form=form,
            number=number,
        )
        for number, weights in enumerate(layers_of(top))
    ]


def layers_of(top: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """Return the tensors of each trained layer, lowest first, without the prefix `layer.<n>.`."""
    n_layers = 1 + max(int(name.split(".")[1]) for name in top if name.startswith("layer."))
    return [
        {
            name.removeprefix(f"layer.{n}."): tensor
            for name, tensor in top.items()
            if name.startswith(f"layer.{n}.")
        }
        for n in range(n_layers)
    ]
