"""`router: {kind: stat}`: depths are mixed by statistics of their attention; nothing is learned.

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
    """A mixture with weights softmax((1 + 10s)·score); s is the attention's option `strength`."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the identity, because the router's features [B, D] are the formula's logits already."""
    from torch.nn import Identity

    return Identity()
