"""`attention: {kind: standard}`: multi-head attention as the backbone has it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor, nn


class Config(BaseModel, extra="forbid", frozen=True):
    """The backbone's own attention: one softmax per head."""

    @property
    def depths(self) -> int:
        """No depth to choose."""
        return 1


def build(config: Config, weights: "Mapping[str, Tensor]", *, heads: int) -> "nn.Module":
    """Weights `query`, `key`, `value` [E, E] and their `_bias` [E]. One depth, always chosen."""
    from maw.models.attention.depthwise import DepthwiseAttention

    return DepthwiseAttention(weights, heads=heads, depths=1)
