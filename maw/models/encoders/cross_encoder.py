"""A cross-encoder reads a query and a document together and scores the pair by its first token.

The frozen layers' outputs for all pairs are computed beforehand and read from a file. All trained
layers of a pair use the depth that the router chose. The part of the last layer that follows its
attention is computed for the first token only.
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

    The weights are drawn from torch's generator.
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
