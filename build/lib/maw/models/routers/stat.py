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
    """The `stat` router has no options.

    It mixes all depths with weights softmax((1 + 10s)·score): a depth's score is computed from
    statistics of its attention, and s is the option `strength` of the attention.
    """


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the identity, because the router's features [B, D] are the formula's logits already."""
    from torch.nn import Identity

    return Identity()
