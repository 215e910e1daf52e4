"""`router: {kind: uniform}`: every depth counts the same, in one mixture."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import nn

READS = "nothing"
LEARNS = False
MIXES = True


class Config(BaseModel, extra="forbid", frozen=True):
    """The mean over depths: a control that a learned router has to beat."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """features [B, 0] -> logits [B, D], all zero."""
    from maw.models.routers.layers import Constant

    return Constant([0.0] * n_depths)
