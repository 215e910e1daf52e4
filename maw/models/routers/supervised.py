"""`router: {kind: supervised}`: reads the attention of all depths, averaged and pooled to 8 × 8."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from torch import nn

READS = "attention"
LEARNS = True
MIXES = False


class Config(BaseModel, extra="forbid", frozen=True):
    """A classifier of the pooled attention, flattened over heads: H·64 features to D logits."""

    hidden: int = Field(64, ge=1)


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """features [B, H·64] -> logits [B, D]."""
    from maw.models.routers.layers import perceptron

    return perceptron([n_features, config.hidden, n_depths])
