"""`router: {kind: grpo}`: a perceptron chooses by the mean of the tokens' hidden states."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from torch import nn

READS = "hidden"
LEARNS = True
MIXES = False


class Config(BaseModel, extra="forbid", frozen=True):
    """A perceptron with layers E → 64 → 32 → D and ReLU, as in the original MAW code."""

    dropout: float = Field(0.1, ge=0, lt=1)
    """Probability of dropout after the first layer, in training."""
    value_head: bool = False
    """True adds a head that predicts the reward, which the objective `grpo` needs with
    `actor_critic: true`."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the module that maps features [B, E] to logits [B, D].

    With `value_head` the module also predicts rewards.
    """
    from maw.models.routers.layers import ActorCritic, perceptron

    make = ActorCritic if config.value_head else perceptron
    return make([n_features, 64, 32, n_depths], dropout=config.dropout)
