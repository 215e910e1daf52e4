"""A routing says how a batch of texts goes through the trained layers: its tokens and depths."""

from dataclasses import dataclass, replace

from torch import Tensor

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.straight_through import ExactGates, Gates


@dataclass(frozen=True)
class Routing:
    """The mask and the depths of a batch of texts, the same for every trained layer.

    mask [B, L], True = token. depth: one for each text [B], or the weights of a mixture [B, D].
    gates: the straight-through gradient of the choice, for training a router. depth_outputs: the
    first layer's attention output under each depth, where the router has computed it already.
    """

    mask: Tensor
    depth: Tensor
    gates: Gates | ExactGates | None = None
    depth_outputs: tuple[Tensor, ...] | None = None

    def select(self, rows: slice) -> "Routing":
        """Return the routing of some of the texts, without outputs of the first layer."""
        gates = None if self.gates is None else self.gates.select(rows)
        return Routing(self.mask[rows], self.depth[rows], gates)

    def above_first_layer(self) -> "Routing":
        """Return the routing for the layers above the first, whose attention has other outputs."""
        return replace(self, depth_outputs=None)

    def attend(self, attention: DepthwiseAttention, x: Tensor) -> Tensor:
        """Attend in x [B, L, E] by one layer's attention: [B, L, E]."""
        if self.gates is not None:
            return self.gates.attend(attention, x, self.mask, self.depth)
        if self.depth_outputs is not None:
            return attention.mix(x, self.mask, self.depth, self.depth_outputs)
        y: Tensor = attention(x, self.mask, self.depth)
        return y
