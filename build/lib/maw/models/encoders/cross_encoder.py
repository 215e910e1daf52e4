"""A cross-encoder reads a query and a document together and scores the pair by its first token.

The frozen layers' outputs for a pair are computed beforehand, by the stage `pair`. The router
decides for each pair which depth, or which mixture of depths, all trained layers use. In the last
layer, everything after the attention is computed for the first token only.
"""

from collections.abc import Mapping

import torch
from pydantic import BaseModel
from torch import Tensor

from maw.models.attention.routing import Routing
from maw.models.encoders.head import Head
from maw.models.encoders.routed_layers import RoutedLayers, hidden_size

HEAD_STD = 0.02  # standard deviation of a new head's weights, as in BERT


class CrossEncoder(RoutedLayers):
    """A cross-encoder: trained layers, router, and a new head with random weights.

    Random weights, also those of the router and the noise of the depths, are drawn from torch's
    generator.
    """

    def __init__(
        self, top: Mapping[str, Tensor], *, attention: BaseModel, router: BaseModel | None
    ) -> None:
        super().__init__(top, attention=attention, router=router)
        E = hidden_size(top)
        self.head = Head(
            {
                "dense.weight": HEAD_STD * torch.randn(E, E),
                "dense.bias": torch.zeros(E),
                "out.weight": HEAD_STD * torch.randn(1, E),
                "out.bias": torch.zeros(1),
            }
        )

    def encode(self, x: Tensor, routing: Routing) -> Tensor:
        """Return the scores [B] of the pairs x [B, L, E]."""
        first = self.through(x, routing, n_tokens=1)
        scores: Tensor = self.head(first, routing.mask[:, :1])
        return scores[:, 0]
