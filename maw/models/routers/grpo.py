"""`router: {kind: grpo}`: reads the masked mean of the hidden states."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from torch import nn

READS = "hidden"
LEARNS = True
MIXES = False


class Config(BaseModel, extra="forbid", frozen=True):
    """hidden → 64 → 32 → D with ReLU, dropout after the first layer.

    value_head: a second head that foretells the reward, for `objective: {actor_critic: true}`.
    """

    dropout: float = Field(0.1, ge=0, lt=1)
    value_head: bool = False


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """features [B, E] -> logits [B, D]."""
    from maw.models.routers.layers import ActorCritic, perceptron

    make = ActorCritic if config.value_head else perceptron
    return make([n_features, 64, 32, n_depths], dropout=config.dropout)
