"""What learns in attention with depths: query and key projections per depth, shared values."""

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn.functional import dropout, linear

from maw.errors import InputError
from maw.models.attention.positions import Positions
from maw.models.projections import full
from maw.settings import registry


class DepthWeights(nn.Module):
    """The parameters of D pairs of query and key projections with shared values.

    Base of `DepthwiseAttention`, which says what they mean. Weights are kept per depth: a depth
    that no text of a batch chose gets no gradient.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *,
        heads: int,
        depths: int,
        noise: float = 0.0,
        projection: BaseModel | None = None,
        strength: float = 1.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads, self.depths, self.strength, self.dropout = heads, depths, strength, dropout
        self.projection = projection or full.Config()
        self.slices = depths if self.kind.CUTS else 1
        head = len(weights["value"]) // heads
        if head % self.slices:
            raise InputError(
                f"projection split: {depths} depths do not divide the head's size {head}; give "
                "a number of depths that does"
            )
        biased = "value_bias" in weights
        none = torch.zeros_like(weights["value"][:, 0])
        bias = {name: weights.get(f"{name}_bias", none) for name in ("query", "key", "value")}
        learned = self.kind.learn(
            self.projection,
            torch.cat([weights["query"], weights["key"]]),  # [2E, E]
            torch.cat([bias["query"], bias["key"]]),  # [2E]
            depths=depths,
            noise=noise,
            blended=strength < 1,
        )
        self.names = tuple(learned)
        for name, tensors in learned.items():
            learns = biased or not name.endswith("_bias")
            copies = [nn.Parameter(tensor.clone(), requires_grad=learns) for tensor in tensors]
            self.register_module(name, nn.ParameterList(copies))
        self.value = nn.Parameter(weights["value"].clone())
        self.value_bias = nn.Parameter(bias["value"].clone(), requires_grad=biased)
        self.read: nn.Module = nn.Identity()
        self.positions: Positions | None = None

    def settle(self, *, read: nn.Module | None = None, positions: Positions | None = None) -> None:
        """read: what the input passes first (a pre-norm). positions: how places count.

        InputError for heads that are cut where positions turn them whole.
        """
        if positions is not None and positions.TURNS and self.slices > 1:
            raise InputError(
                "projection 'split': this backbone's positions turn whole heads (rotary); "
                "use full, low_rank or diagonal"
            )
        self.read = self.read if read is None else read
        self.positions = positions

    @property
    def kind(self) -> Any:
        """The projection's module: it knows what is shared, and what each depth asks for."""
        return registry.module_of(self.projection)

    @property
    def learned(self) -> dict[str, Any]:
        """Of queries and keys: name -> a parameter per depth, or one for all."""
        return {name: getattr(self, name) for name in self.names}

    def split(self, x: Tensor) -> Tensor:
        """[B, L, E] -> [B, H, L, h]."""
        B, L, E = x.shape
        return x.view(B, L, self.heads, E // self.heads).transpose(1, 2)

    def values(self, x: Tensor) -> Tensor:
        """[B, H, L, h], the same for every depth; some dropped in training."""
        v = linear(x, self.value, self.value_bias)
        return self.split(dropout(v, self.dropout) if self.training and self.dropout else v)

    def pair(self, shared: tuple[Tensor, ...], depth: Tensor | int | None) -> tuple[Tensor, Tensor]:
        """Queries and keys [B, L, E] of one depth, of each text's own [B], or None: the standard.

        shared: what all depths have in common of what is projected.
        """
        if depth is None:
            q, k = self.kind.standard(self.learned, shared)
            return q, k
        if self.depths == 1 and not isinstance(depth, int):
            depth = 0
        separate = self.positions is not None and self.positions.SEPARATE
        if separate and hasattr(self.kind, "apart"):
            q, k = self.kind.apart(self.learned, shared, depth)
        elif isinstance(depth, int):
            q, k = self.kind.one(self.learned, shared, depth)
        else:
            q, k = self.kind.each(self.learned, shared, depth)
        return q, k
