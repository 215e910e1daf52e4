"""`router: {kind: oracle}`: each query's best depth by the judgements, for diagnosis only.

The oracle reads the test judgements, so no confirmatory contrast may name it. Its model is trained
with the router `random`. In ranking, a test query gets the depth under which the model of another
seed ranked it best, because the best of the same model's depths would look better by chance alone.
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
    """A router that gives each test query the depth that was best with another seed's model.

    It estimates how much routing could gain at most. The estimate assumes that a depth means the
    same in every seed.
    """


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the random router, which is used in training and for documents.

    It maps numbers of texts [B, 1], int64, to logits [B, D].
    """
    from maw.models.routers.layers import Lottery

    return Lottery(n_depths)
