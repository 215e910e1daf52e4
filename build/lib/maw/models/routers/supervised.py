"""`router: {kind: supervised}`: a classifier chooses a depth by a text's attention weights.

The weights are averaged over depths and over groups of neighbouring tokens.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from torch import nn

READS = "attention"
LEARNS = True
MIXES = False


class Config(BaseModel, extra="forbid", frozen=True):
    """A perceptron on H·64 features: 8 × 8 averages of the attention weights in each of H heads."""

    hidden: int = Field(64, ge=1)
    """Size of the hidden layer between the H·64 features and the D logits."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the module that maps features [B, H·64] to logits [B, D]."""
    from maw.models.routers.layers import perceptron

    return perceptron([n_features, config.hidden, n_depths])
