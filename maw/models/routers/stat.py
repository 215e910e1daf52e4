"""`router: {kind: stat}`: depths mixed by what their attention looks like; nothing is learned.

The formula is in `maw.models.attention.statistics`; the attention's strength sharpens it.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import nn

READS = "statistics"
LEARNS = False
MIXES = True


class Config(BaseModel, extra="forbid", frozen=True):
    """weights = softmax((1 + 10s)·score), the score from variance, maximum, index and entropy."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """features [B, D], the formula's logits -> themselves."""
    from torch.nn import Identity

    return Identity()
