"""`router: {kind: oracle}`: each query's best depth by the judgements, for diagnosis only.

It uses the test judgements, so no verdict may use it. It is trained as `random`. When it ranks, the
depth of a test query is the one under which another seed's model ranked it best: a maximum over the
same model's depths would gain by noise alone.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import nn

READS = "content"
LEARNS = False
MIXES = False
DIAGNOSTIC = True


class Config(BaseModel, extra="forbid", frozen=True):
    """It estimates how much routing could gain at most, if a depth meant the same in every seed."""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the router of training and of documents: [B, 1] int64 to logits [B, D]."""
    from maw.models.routers.layers import Lottery

    return Lottery(n_depths)
