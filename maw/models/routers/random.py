"""`router: {kind: random}`: a depth for each text by a hash of the seed and of what it says."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import nn

READS = "content"
LEARNS = False
MIXES = False


class Config(BaseModel, extra="forbid", frozen=True):
    """All depths used alike and none for a reason: a control that a learned router has to beat."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """features [B, 1] int64 -> logits [B, D]; the seed is drawn from torch's generator."""
    from maw.models.routers.layers import Lottery

    return Lottery(n_depths)
