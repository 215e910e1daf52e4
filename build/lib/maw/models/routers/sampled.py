"""`router: {kind: sampled}`: a depth drawn anew for each text at every training step.

In evaluation all depths are mixed with equal weights, as dropout averages over what it left out.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import nn

READS = "nothing"
LEARNS = False
MIXES = True
DRAWS = True  # in training, a depth by these logits in place of the mixture


class Config(BaseModel, extra="forbid", frozen=True):
    """A control without a choice in which every depth is trained on all texts.

    The router `random` fixes the depth of a text, so that each depth is trained on a part of the
    texts alone, and a router that sends all texts to one depth may beat it by that.
    """


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the module that maps features [B, 0] to logits [B, D] that are all 0."""
    from maw.models.routers.layers import Constant

    return Constant([0.0] * n_depths)
