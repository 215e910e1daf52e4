"""`router: {kind: grpo}`: reads the masked mean of the hidden states."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from torch import nn

READS = "hidden"


class Config(BaseModel, extra="forbid", frozen=True):
    """hidden → 64 → 32 → D with ReLU, dropout after the first layer."""

    dropout: float = Field(0.1, ge=0, lt=1)


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """features [B, E] -> logits [B, D]."""
    from maw.routers.layers import perceptron

    return perceptron([n_features, 64, 32, n_depths], dropout=config.dropout)
