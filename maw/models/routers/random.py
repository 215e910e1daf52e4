"""`router: {kind: random}`: a depth for each text by a hash of the seed and the text."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import nn

READS = "content"
LEARNS = False
MIXES = False


class Config(BaseModel, extra="forbid", frozen=True):
    """It uses all depths equally often and none for a reason: a control for learned routers."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build a router from [B, 1] int64 to logits [B, D]; draws a salt from torch's generator."""
    from maw.models.routers.layers import Lottery

    return Lottery(n_depths)
