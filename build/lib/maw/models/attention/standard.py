"""`attention: {kind: standard}`: multi-head attention as the backbone has it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor, nn


class Config(BaseModel, extra="forbid", frozen=True):
    """The backbone's own attention: one attention matrix for each head, and no options."""

    @property
    def depths(self) -> int:
        """Return 1: standard attention has one depth, so no router chooses."""
        return 1


def build(config: Config, weights: "Mapping[str, Tensor]", *, n_heads: int) -> "nn.Module":
    """Build attention with one depth, which every text uses, from the backbone's weights.

    weights: `query`, `key`, `value` [E, E] and, where the backbone has them, their `_bias` [E].
    """
    from maw.models.attention.depthwise import DepthwiseAttention

    return DepthwiseAttention(weights, n_heads=n_heads, n_depths=1)
