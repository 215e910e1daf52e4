"""`attention: {kind: maw}`: D query and key projections, one of them chosen per text, or a mixture.

`attention: {kind: maw, depths: 8, projection: {kind: low_rank, rank: 8}, strength: 0.15}`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from maw.settings import registry

if TYPE_CHECKING:
    from torch import Tensor, nn


class Config(BaseModel, extra="forbid", frozen=True):
    """Depth 0 is the backbone's, the others copies plus noise (not for `split`).

    noise: standard deviation of what is added to a copy, relative to that of the weight itself.
    strength: s, of the blend with standard attention; 1 is the depths alone, 0 the backbone.
    dropout: of the values, in training. grow: share of the steps over which depths open one by one.
    """

    depths: int = Field(8, ge=1)
    noise: float = Field(0.05, ge=0)
    projection: registry.entry("projection") = Field(  # type: ignore[valid-type]
        default={"kind": "full"}, validate_default=True
    )
    strength: float = Field(1.0, ge=0, le=1)
    dropout: float = Field(0.0, ge=0, lt=1)
    grow: float = Field(0.0, ge=0, le=1)


def build(config: Config, weights: "Mapping[str, Tensor]", *, heads: int) -> "nn.Module":
    """Weights `query`, `key`, `value` [E, E], their `_bias` [E]; draws from torch's generator."""
    from maw.models.attention.depthwise import DepthwiseAttention

    return DepthwiseAttention(
        weights,
        heads=heads,
        depths=config.depths,
        noise=config.noise,
        projection=config.projection,
        strength=config.strength,
        dropout=config.dropout,
    )
