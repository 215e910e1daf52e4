"""The parameters of attention with D depths.

Each depth has a query and a key projection; one projection of the values serves all depths.
"""

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn.functional import dropout

from maw.errors import InputError
from maw.models.attention.positions import Positions
from maw.models.products import linear
from maw.models.projections import full
from maw.settings import registry


class DepthWeights(nn.Module):
    """The parameters of `DepthwiseAttention`, whose docstring describes the arguments.

    Weights that belong to one depth are parameters of their own, so that a depth that no text of a
    batch uses gets no gradient at all.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *,
        n_heads: int,
        n_depths: int,
        noise: float = 0.0,
        projection: BaseModel | None = None,
        strength: float = 1.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.n_heads, self.n_depths = n_heads, n_depths
        self.strength, self.dropout = strength, dropout
        self.projection = projection or full.Config()
        self.n_slices = self._count_slices(head_size=len(weights["value"]) // n_heads)
        has_bias = "value_bias" in weights
        zeros = torch.zeros_like(weights["value"][:, 0])
        bias = {name: weights.get(f"{name}_bias", zeros) for name in ("query", "key", "value")}
        learned = self.kind.initialise(
            self.projection,
            torch.cat([weights["query"], weights["key"]]),  # [2E, E]
            torch.cat([bias["query"], bias["key"]]),  # [2E]
            n_depths=n_depths,
            noise=noise,
            blended=strength < 1,
        )
        self.names = tuple(learned)
        for name, tensors in learned.items():
            learns = has_bias or not name.endswith("_bias")
            copies = [nn.Parameter(tensor.clone(), requires_grad=learns) for tensor in tensors]
            self.register_module(name, nn.ParameterList(copies))
        self.value = nn.Parameter(weights["value"].clone())
        self.value_bias = nn.Parameter(bias["value"].clone(), requires_grad=has_bias)
        # saved models know these two modules by their names: `read` is the norm before attention
        self.read: nn.Module = nn.Identity()
        self.positions: Positions | None = None

    def _count_slices(self, *, head_size: int) -> int:
        """Return the number of slices that each head is cut into: D for `split`, otherwise 1.

        InputError where a head of this size cannot be cut into D equal slices.
        """
        if not self.kind.CUTS:
            return 1
        if head_size % self.n_depths:
            raise InputError(
                f"projection split: {self.n_depths} depths do not divide the head's size "
                f"{head_size}; give a number of depths that divides it"
            )
        return self.n_depths

    def settle(self, *, norm: nn.Module | None = None, positions: Positions | None = None) -> None:
        """Give the attention the norm and the position scheme of its layer in the backbone.

        norm: applied to the input first, in encoders whose norms come before the attention.
        positions: the backbone's scheme of relative or rotary positions, None if it has neither.
        InputError where the positions are rotary and the projection cuts heads into more than one
        slice, because rotary positions need whole heads.
        """
        if positions is not None and positions.ROTATES and self.n_slices > 1:
            raise InputError(
                "projection 'split': this backbone has rotary positions, which need whole heads; "
                "use full, low_rank or diagonal"
            )
        self.read = self.read if norm is None else norm
        self.positions = positions

    @property
    def kind(self) -> Any:
        """Return the Python module of the projection, such as `maw.models.projections.full`."""
        return registry.module_of(self.projection)

    @property
    def learned(self) -> dict[str, Any]:
        """Return the query and key parameters: name -> list of tensors.

        A list has one tensor for each depth, or a single tensor, which all depths use or which
        belongs to the standard attention that the depths are blended with.
        """
        return {name: getattr(self, name) for name in self.names}

    def split(self, x: Tensor) -> Tensor:
        """Split features into heads: [B, L, E] -> [B, H, L, h]."""
        B, L, E = x.shape
        return x.view(B, L, self.n_heads, E // self.n_heads).transpose(1, 2)

    def values(self, x: Tensor) -> Tensor:
        """Return the values [B, H, L, h] of x [B, L, E], which all depths share.

        In training they have dropout.
        """
        v = linear(x, self.value, self.value_bias)
        return self.split(dropout(v, self.dropout) if self.training and self.dropout else v)

    def queries_and_keys(
        self, shared: tuple[Tensor, ...], depth: Tensor | int | None
    ) -> tuple[Tensor, Tensor]:
        """Return the queries and the keys [B, L, E] of a batch of texts.

        shared: what the projection's `share` returned for the texts. depth: one depth for every
        text, each text's own depth [B], or None for the standard attention that the depths are
        blended with.
        """
        if depth is None:
            q, k = self.kind.standard(self.learned, shared)
            return q, k
        if self.n_depths == 1 and not isinstance(depth, int):
            depth = 0
        separate = self.positions is not None and self.positions.SEPARATE
        if separate and hasattr(self.kind, "separate"):
            q, k = self.kind.separate(self.learned, shared, depth)
        elif isinstance(depth, int):
            q, k = self.kind.at_depth(self.learned, shared, depth)
        else:
            q, k = self.kind.by_text(self.learned, shared, depth)
        return q, k
