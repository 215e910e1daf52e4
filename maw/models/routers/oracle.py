"""`router: {kind: oracle}`: per query the best depth by the judgements. For diagnosis only.

It looks at the answers, so no verdict may use it. Trained as `random`. When it ranks, each test
query's depth is the one under which another seed's model ranked it best: a maximum over the same
model's depths would be positive by noise alone.
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
    """How much could routing gain at most, if depths meant the same for every seed?"""


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """features [B, 1] int64 -> logits [B, D], while training and for documents."""
    from maw.models.routers.layers import Lottery

    return Lottery(n_depths)
