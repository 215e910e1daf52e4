"""`attention: {kind: maw}`: attention with D depths, each with its own query and key projections.

A router chooses one depth for each text, or mixes the depths. Example:
`attention: {kind: maw, depths: 8, projection: {kind: low_rank, rank: 8}, strength: 0.15}`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from maw.errors import InputError
from maw.settings import registry

if TYPE_CHECKING:
    from torch import Tensor, nn


class Config(BaseModel, extra="forbid", frozen=True):
    """Attention with D depths, which start from the backbone's query and key weights.

    Depth 0 starts as the backbone's attention and the other depths as noisy copies of it, unless
    `projection` is `split`.
    """

    depths: Annotated[int, Field(ge=1)] | Literal["head_size"] = 8
    """Number of depths D: the attention has D pairs of query and key projections. `head_size` gives
    as many as a head of the backbone has dimensions, its hidden size over its number of heads. With
    the projection `split`, a depth is one of D slices of each head instead."""
    noise: float = Field(0.5, ge=0)
    """Size of the noise with which every depth but depth 0 starts: its standard deviation, relative
    to that of the backbone's weights. The projection `split` has no noise. With little noise the
    depths start as near copies, and a router has nothing to choose between: at 0.05, routers that
    learn sent all texts to one depth in nine of ten runs."""
    projection: registry.entry("projection") = Field(  # type: ignore[valid-type]
        default={"kind": "full"}, validate_default=True
    )
    """How the query and key weights of each depth are parametrised."""
    strength: float = Field(1.0, ge=0, le=1)
    """Share s of the depths in the output; 1 - s is standard attention. At 0 no depth counts."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Probability with which an entry of the attention's values is set to 0 in training."""
    grow: float = Field(0.0, ge=0, le=1)
    """Share of the training steps during which the router's choice grows from depth 0 alone to all
    depths, one after another; 0 lets the router choose among all depths from the start."""

    @model_validator(mode="after")
    def _check_noise(self) -> Self:
        """Raise ValueError for a noise that would change nothing."""
        is_default = self.noise == type(self).model_fields["noise"].default
        if registry.module_of(self.projection).CUTS and not is_default:
            raise ValueError(
                "noise is given, but the projection split has none: a depth is a slice of each "
                "head; drop noise, or give another projection"
            )
        return self


def build(config: Config, weights: "Mapping[str, Tensor]", *, n_heads: int) -> "nn.Module":
    """Build the attention from the backbone's weights, with noise from torch's global generator.

    weights: `query`, `key`, `value` [E, E] and, where the backbone has them, their `_bias` [E].
    InputError for `depths: head_size` where a head has one dimension.
    """
    from maw.models.attention.depthwise import DepthwiseAttention

    return DepthwiseAttention(
        weights,
        n_heads=n_heads,
        n_depths=_count_depths(config, head_size=len(weights["value"]) // n_heads),
        noise=config.noise,
        projection=config.projection,
        strength=config.strength,
        dropout=config.dropout,
    )


def _count_depths(config: Config, *, head_size: int) -> int:
    """Return the number of depths. InputError for `head_size` where that is 1, which is no depth.

    A system that says `head_size` has a router, which needs several depths.
    """
    if config.depths != "head_size":
        return config.depths
    if head_size == 1:
        raise InputError(
            "attention maw: depths is head_size, but a head of the backbone has one dimension; "
            "give a number of depths above 1"
        )
    return head_size
