"""`attention: {kind: maw}`: D query and key projections, one of them chosen per text."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from torch import Tensor, nn


class Config(BaseModel, extra="forbid", frozen=True):
    """Free projections per depth: depth 0 is the backbone's, the others copies plus noise.

    noise: standard deviation of what is added to a copy, relative to that of the weight itself.
    """

    depths: int = Field(8, ge=1)
    noise: float = Field(0.05, ge=0)


def build(config: Config, weights: "Mapping[str, Tensor]", *, heads: int) -> "nn.Module":
    """Weights `query`, `key`, `value` [E, E], their `_bias` [E]; draws from torch's generator."""
    from maw.attention.depthwise import DepthwiseAttention

    return DepthwiseAttention(weights, heads=heads, depths=config.depths, noise=config.noise)
