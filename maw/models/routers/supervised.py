"""`router: {kind: supervised}`: a classifier chooses by attention averaged over depths, pooled."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from torch import nn

READS = "attention"
LEARNS = True
MIXES = False


class Config(BaseModel, extra="forbid", frozen=True):
    """A perceptron on the 8 × 8 pooled attention weights of each of H heads, H·64 features."""

    hidden: int = Field(64, ge=1)
    """Size of the hidden layer between the H·64 features and the D logits."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the module that maps features [B, H·64] to logits [B, D]."""
    from maw.models.routers.layers import perceptron

    return perceptron([n_features, config.hidden, n_depths])
