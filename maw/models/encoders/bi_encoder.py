"""A bi-encoder turns a text into a unit vector: trained layers, then the mean over its tokens.

Queries and documents go through the same layers. Where the attention has depths, the router decides
for each text which depth, or which mixture of depths, these layers use.
"""

from torch import Tensor
from torch.nn.functional import normalize

from maw.models.attention.routing import Routing
from maw.models.encoders.routed_layers import RoutedLayers
from maw.models.pooling import mean_of_tokens


class BiEncoder(RoutedLayers):
    """A bi-encoder: trained layers, then the mean over tokens, scaled to length one."""

    def encode(self, x: Tensor, routing: Routing) -> Tensor:
        """Return the unit vectors [B, E] of the texts x [B, L, E]."""
        return normalize(mean_of_tokens(self.through(x, routing), routing.mask), dim=-1)
