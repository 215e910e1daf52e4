"""A routing tells the trained layers which tokens count, and which depths each text uses."""

from dataclasses import dataclass, replace

from torch import Tensor

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.straight_through import ExactGates, Gates


@dataclass(frozen=True)
class Routing:
    """The mask and the depths of a batch of texts, the same for every trained layer.

    mask [B, L], True = token. depth: the number of one depth for each text [B], or the weights of a
    mixture [B, at most D]. gates: give the router its straight-through gradient; None where no
    router is trained this way. depth_outputs: the first layer's attention output under each depth;
    None where the layer has to compute it.
    """

    mask: Tensor
    depth: Tensor
    gates: Gates | ExactGates | None = None
    depth_outputs: tuple[Tensor, ...] | None = None

    def select(self, rows: slice) -> "Routing":
        """Return the routing of the texts `rows`, without `depth_outputs`."""
        gates = None if self.gates is None else self.gates.select(rows)
        return Routing(self.mask[rows], self.depth[rows], gates)

    def above_first_layer(self) -> "Routing":
        """Return the routing without `depth_outputs`, which belong to the first layer alone."""
        return replace(self, depth_outputs=None)

    def attend(self, attention: DepthwiseAttention, x: Tensor) -> Tensor:
        """Return the output [B, L, E] of one layer's attention for the texts x [B, L, E]."""
        if self.gates is not None:
            return self.gates.attend(attention, x, self.mask, self.depth)
        if self.depth_outputs is not None:
            return attention.mix(x, self.mask, self.depth, self.depth_outputs)
        y: Tensor = attention(x, self.mask, self.depth)
        return y
