"""`router: {kind: stat}`: a mixture of depths by statistics of their attention, nothing learned.

The formula is in `maw.models.attention.statistics`.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import nn

READS = "statistics"
LEARNS = False
MIXES = True


class Config(BaseModel, extra="forbid", frozen=True):
    """The weights are softmax((1 + 10s)·score), where s is the strength of the attention."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the identity: its features [B, D] are the formula's logits already."""
    from torch.nn import Identity

    return Identity()
