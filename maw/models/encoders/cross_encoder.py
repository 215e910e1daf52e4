"""A pair of texts becomes a score: the trained top layers, the first token, a new head.

What the frozen layers make of a pair comes from the pair stage. Each pair's router chooses the
depth that all trained layers use for it. Of the last layer only the first token is finished.
"""

from collections.abc import Mapping

import torch
from pydantic import BaseModel
from torch import Tensor

from maw.models.attention.straight_through import ExactGates, Gates
from maw.models.encoders.bi_encoder import RoutedLayers, top_size
from maw.models.encoders.head import Head

SPREAD = 0.02  # standard deviation of a new head's weights, as BERT's


class CrossEncoder(RoutedLayers):
    """Trained layers, router, and a head that is drawn from torch's generator."""

    def __init__(
        self, top: Mapping[str, Tensor], *, attention: BaseModel, router: BaseModel | None
    ) -> None:
        super().__init__(top, attention=attention, router=router)
        E = top_size(top)
        self.head = Head(
            {
                "dense.weight": SPREAD * torch.randn(E, E),
                "dense.bias": torch.zeros(E),
                "out.weight": SPREAD * torch.randn(1, E),
                "out.bias": torch.zeros(1),
            }
        )

    def forward(
        self, x: Tensor, mask: Tensor, depth: Tensor, gates: Gates | ExactGates | None = None
    ) -> Tensor:
        """x [B, L, E]; mask [B, L]; depth [B], or weights [B, D] -> scores [B]."""
        first = self.through(x, mask, depth, gates, wanted=1)
        scores: Tensor = self.head(first, mask[:, :1])
        return scores[:, 0]
