"""`router: {kind: uniform}`: a mixture in which every depth has the same weight."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import nn

READS = "nothing"
LEARNS = False
MIXES = True


class Config(BaseModel, extra="forbid", frozen=True):
    """A mixture of all depths with equal weights: a control that a learned router has to beat."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the module that maps features [B, 0] to logits [B, D] that are all 0."""
    from maw.models.routers.layers import Constant

    return Constant([0.0] * n_depths)
