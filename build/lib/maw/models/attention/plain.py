"""An attention of the user's own: any module with `forward(x, mask, depth)`.

The encoders ask more of an attention than this one function: mixtures of depths, the norm before
the attention, gradients for a router. `PlainAttention` supplies the rest from `forward` alone, by
computing it once for each depth that is needed. An attention that is built on `DepthWeights` has
all of it, in less time.

A module may have two more methods. `maps(x, mask, depth)` returns the attention matrices
[B, H, L, L] of each text under its own depth [B]: without it, no router can read them, and no page
can show them. `settle(norm=…, positions=…)` takes the norm before the attention and the position
scheme of its layer, either of which may be None: without it, the norm is applied here, and a
backbone with positions inside its attention is refused.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from maw.errors import InputError
from maw.models.attention.depth_weights import DepthWeights
from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.positions import Positions
from maw.models.attention.statistics import DepthStatistics, stat_logits, statistics_of_scores
from maw.models.pooling import pooling_matrix
from maw.settings import registry
from maw.settings.contracts import PAGE


class PlainAttention(nn.Module):
    """A module with `forward(x, mask, depth)`, as an attention with everything that encoders ask.

    module: the user's. kind: its name in the configuration, for messages. weights: the backbone's,
    as `build` gets them.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        kind: str,
        weights: Mapping[str, Tensor],
        n_heads: int,
        n_depths: int,
    ) -> None:
        super().__init__()
        self.module, self.kind_name = module, kind
        self.n_heads, self.n_depths = n_heads, n_depths
        self.learned: dict[str, Any] = {}  # no parameters of single depths are known
        self.read: nn.Module = nn.Identity()
        # readers of a router ask for the hidden size by its length
        self.register_buffer("value", weights["value"].clone(), persistent=False)

    def settle(self, *, norm: nn.Module | None = None, positions: Positions | None = None) -> None:
        """Give the module the norm and the position scheme of its layer, or apply the norm here.

        InputError for positions inside the attention where the module has no `settle` of its own.
        """
        own = getattr(self.module, "settle", None)
        if own is not None:
            own(norm=norm, positions=positions)
        elif positions is not None:
            raise InputError(
                f"attention {self.kind_name}: this backbone has positions inside its attention, "
                "which a `forward` alone leaves out; define `settle(*, norm, positions)` too, or "
                f"use a BERT or RoBERTa ({PAGE})"
            )
        else:
            self.read = self.read if norm is None else norm

    def begin(self, x: Tensor, mask: Tensor) -> "PlainPass":
        """Return a pass of the texts x [B, L, E], which gives the output under any depth."""
        return PlainPass(self, self.read(x), mask)

    def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """Return the output [B, L, E] of each text under its own depth or a mixture of depths.

        x [B, L, E]; mask [B, L], True = token. depth [B], 0 to D - 1, or weights [B, at most D].
        """
        texts = self.begin(x, mask)
        return texts.output(depth) if depth.ndim == 1 else texts.mixture(depth)

    def mix(self, x: Tensor, mask: Tensor, weights: Tensor, outputs: tuple[Tensor, ...]) -> Tensor:
        """Return what `forward` returns for a mixture with these weights [B, at most D].

        outputs: not used; no reader of a plain attention computes any.
        """
        return self(x, mask, weights)  # type: ignore[no-any-return]


class MappedAttention(PlainAttention):
    """A plain attention whose module has a method `maps`, so that routers can read its matrices."""

    def maps(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """Return each text's attention matrices [B, H, L, L] under its own depth [B]."""
        module: Any = self.module
        maps: Tensor = module.maps(self.read(x), mask, depth)
        return maps

    def pooled(self, x: Tensor, mask: Tensor, n_bins: int = 8) -> Tensor:
        """Return attention averaged over depths and groups of tokens: [B, H, n_bins, n_bins]."""
        matrix = pooling_matrix(mask, n_bins, dtype=x.dtype)[:, None]  # [B, 1, n_bins, L]
        total = torch.stack([self.maps(x, mask, depth) for depth in self._depths(x)]).sum(0)
        pooled: Tensor = matrix @ total @ matrix.transpose(-1, -2) / self.n_depths
        return pooled

    @torch.no_grad()
    def statistics(self, x: Tensor, mask: Tensor) -> DepthStatistics:
        """Return the `stat` router's logits [B, D], from each depth's matrices."""
        measured = [
            statistics_of_scores(self.maps(x, mask, depth).log(), mask=mask)
            for depth in self._depths(x)
        ]
        return DepthStatistics(stat_logits(torch.stack(measured, 1), strength=1.0))

    def _depths(self, x: Tensor) -> list[Tensor]:
        """Return, for each depth, its number for every text [B]."""
        return [_every(x, depth) for depth in range(self.n_depths)]


@dataclass(frozen=True)
class PlainPass:
    """A batch of texts in a plain attention, with the methods of `LayerPass` that gates use.

    x [B, L, E]: the layer's input, after the norm where one comes first. mask [B, L].
    """

    layer: PlainAttention
    x: Tensor
    mask: Tensor

    def output(self, depth: Tensor | int) -> Tensor:
        """Return the output [B, L, E] of texts under their own depths [B], or under one depth."""
        depths = _every(self.x, depth) if isinstance(depth, int) else depth
        y: Tensor = self.layer.module(self.x, self.mask, depths)
        if getattr(y, "shape", None) != self.x.shape:
            shape = list(y.shape) if isinstance(y, Tensor) else type(y).__name__
            raise InputError(
                f"attention {self.layer.kind_name}: `forward` returns {shape} for x "
                f"{list(self.x.shape)}; return a tensor of the shape of x ({PAGE})"
            )
        return y

    def mixture(self, weights: Tensor) -> Tensor:
        """Return the sum of the depths' outputs [B, L, E] by weights [B, at most D]."""
        y = weights[:, :1, None] * self.output(0)
        for depth in range(1, weights.shape[1]):
            y = torch.addcmul(y, weights[:, depth, None, None], self.output(depth))
        return y

    def blend(self, y: Tensor) -> Tensor:
        """Return y: a plain attention has no standard attention beside its depths."""
        return y

    def detached(self) -> "PlainPass":
        """Return this pass with a detached input, which no gradient reaches."""
        return replace(self, x=self.x.detach())

    def select(self, rows: Tensor | slice) -> "PlainPass":
        """Return the pass of some of the texts; rows: their numbers, or a slice of the texts."""
        return replace(self, x=self.x[rows], mask=self.mask[rows])


def _every(x: Tensor, depth: int) -> Tensor:
    """Return one depth for all texts x [B, L, E], as numbers [B]."""
    return torch.full((len(x),), depth, device=x.device)


def build(config: BaseModel, weights: Mapping[str, Tensor], *, n_heads: int) -> DepthwiseAttention:
    """Build the attention of a configuration, of `maw` or of the user, ready for a layer.

    weights, n_heads: as in `maw.settings.contracts.Attention`. InputError where the user's `build`
    returns something that is no module with `forward(x, mask, depth)`.
    """
    built = registry.module_of(config).build(config, weights, n_heads=n_heads)
    if isinstance(built, DepthwiseAttention):
        return built
    kind = registry.kind_of(config)
    if isinstance(built, DepthWeights) or not isinstance(built, nn.Module):
        raise InputError(
            f"attention {kind}: `build` returns {type(built).__name__}; return an nn.Module with "
            f"`forward(x, mask, depth)` ({PAGE})"
        )
    try:
        inspect.signature(built.forward).bind(*"xmd")
    except TypeError as error:
        raise InputError(
            f"attention {kind}: {type(built).__name__}.forward cannot be called with x, mask and "
            f"depth: {error}; write `def forward(self, x, mask, depth)` ({PAGE})"
        ) from None
    n_depths = getattr(built, "n_depths", getattr(config, "depths", 1))
    if not isinstance(n_depths, int):
        raise InputError(
            f"attention {kind}: depths is {n_depths!r}, and {type(built).__name__} does not say "
            f"how many these are; set its attribute `n_depths` ({PAGE})"
        )
    wrap = MappedAttention if hasattr(built, "maps") else PlainAttention
    attention = wrap(built, kind=kind, weights=weights, n_heads=n_heads, n_depths=n_depths)
    return cast(DepthwiseAttention, attention)  # it offers what encoders ask of one


def require_matrices(attention: object, *, reader: str) -> None:
    """Raise InputError where an attention gives no matrices. reader: what reads them, in words."""
    if not hasattr(attention, "maps"):
        raise InputError(
            f"{reader} reads attention matrices, and the attention "
            f"{getattr(attention, 'kind_name', 'here')} gives none; define `maps(x, mask, depth)` "
            f"in its module ({PAGE})"
        )
