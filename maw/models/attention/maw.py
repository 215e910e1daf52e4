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
    """Depth 0 starts as the backbone's attention, the other depths as copies of it plus noise."""

    depths: int = Field(8, ge=1)
    """Number of depths D."""
    noise: float = Field(0.05, ge=0)
    """Standard deviation of the noise added to a copy, relative to that of the weight itself.

    The projection `split` has no copies, and so no noise.
    """
    projection: registry.entry("projection") = Field(  # type: ignore[valid-type]
        default={"kind": "full"}, validate_default=True
    )
    """How the query and key weights of a depth are parametrised."""
    strength: float = Field(1.0, ge=0, le=1)
    """Share s of the depths in the blend with standard attention: 0 is the backbone alone."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Probability with which an entry of the values is dropped in training."""
    grow: float = Field(0.0, ge=0, le=1)
    """Share of the training steps over which the depths open one after another."""


def build(config: Config, weights: "Mapping[str, Tensor]", *, n_heads: int) -> "nn.Module":
    """Build the attention from the backbone's weights; draws noise from torch's generator.

    weights: `query`, `key`, `value` [E, E] and, where the backbone has them, their `_bias` [E].
    """
    from maw.models.attention.depthwise import DepthwiseAttention

    return DepthwiseAttention(
        weights,
        n_heads=n_heads,
        n_depths=config.depths,
        noise=config.noise,
        projection=config.projection,
        strength=config.strength,
        dropout=config.dropout,
    )
