"""`router: {kind: random}`: a depth for each text by a hash of the seed and the text."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import nn

READS = "content"
LEARNS = False
MIXES = False


class Config(BaseModel, extra="forbid", frozen=True):
    """A router that gives each text a random depth, with equal probabilities: a control."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the module that maps numbers of texts [B, 1], int64, to logits [B, D].

    Its hash depends on a number that is drawn here from torch's generator.
    """
    from maw.models.routers.layers import Lottery

    return Lottery(n_depths)
