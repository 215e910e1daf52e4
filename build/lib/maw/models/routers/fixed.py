"""`router: {kind: fixed, depth: 0}`: the same depth for every text."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from maw.errors import InputError

if TYPE_CHECKING:
    from torch import nn

READS = "nothing"
LEARNS = False
MIXES = False


class Config(BaseModel, extra="forbid", frozen=True):
    """A router that gives every text the same depth.

    Depth 0 of the projection `full` at strength 1 is standard attention, also in training.
    """

    depth: int = Field(0, ge=0)
    """Depth of every text, 0 to D - 1."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the module that maps features [B, 0] to logits [B, D] with one certain depth.

    InputError for a depth beyond D - 1.
    """
    from maw.models.routers.layers import CERTAIN, Constant

    if config.depth >= n_depths:
        raise InputError(
            f"router fixed: depth {config.depth}, but depths are 0 to {n_depths - 1}; "
            "give one of them"
        )
    return Constant([CERTAIN * (depth == config.depth) for depth in range(n_depths)])
