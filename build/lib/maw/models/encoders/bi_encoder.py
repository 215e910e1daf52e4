"""A bi-encoder turns a text into a unit vector: trained layers, then a pooling of its tokens.

Queries and documents go through the same layers. Where the attention has depths, the router decides
for each text which depth, or which mixture of depths, these layers use.
"""

from collections.abc import Mapping

from pydantic import BaseModel
from torch import Tensor
from torch.nn.functional import normalize

from maw.models.attention.routing import Routing
from maw.models.encoders.form import form_of
from maw.models.encoders.routed_layers import RoutedLayers
from maw.models.pooling import POOLINGS


class BiEncoder(RoutedLayers):
    """A bi-encoder: trained layers, then the backbone's pooling, scaled to length one.

    `pooling` is the mean over tokens, unless the backbone's folder asks for another one.
    """

    def __init__(
        self, top: Mapping[str, Tensor], *, attention: BaseModel, router: BaseModel | None
    ) -> None:
        super().__init__(top, attention=attention, router=router)
        self.pooling = form_of(top).pooling

    def encode(self, x: Tensor, routing: Routing) -> Tensor:
        """Return the unit vectors [B, E] of the texts x [B, L, E]."""
        vectors = POOLINGS[self.pooling](self.through(x, routing), routing.mask)
        return normalize(vectors, dim=-1)
