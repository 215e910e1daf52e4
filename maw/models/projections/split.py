"""`projection: {kind: split}`: each head's dimensions cut in D, a softmax in every part.

The values are cut too, gated and put side by side again: what the source's cross-encoder computes.
No parameters. It is the backbone at D = 1 and at strength 0 only: one part is not a head.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.projections.shared import Learned, Pair

CUTS = True  # the layer takes depth d's slice of queries, keys and values


class Config(BaseModel, extra="forbid", frozen=True):
    """Depth d owns the d-th of D equal slices of each head; D must divide the head's size."""


def learn(
    config: Config, weight: "Tensor", bias: "Tensor", *, depths: int, noise: float, blended: bool
) -> "dict[str, list[Tensor]]":
    """weight [2E, E] and bias [2E] of queries and keys: the backbone's, nothing else."""
    return {"base": [weight], "base_bias": [bias]}


def share(learned: "Learned", x: "Tensor") -> "Pair":
    """What all depths of the texts x [B, L, E] have in common: the backbone's queries and keys."""
    from maw.models.projections.shared import pair

    return pair(x, learned["base"][0], learned["base_bias"][0])


def one(learned: "Learned", shared: "Pair", depth: int) -> "Pair":
    """Queries and keys, whole: the layer cuts them."""
    return shared


def each(learned: "Learned", shared: "Pair", depth: "Tensor") -> "Pair":
    """Queries and keys, whole: the layer cuts them."""
    return shared


def standard(learned: "Learned", shared: "Pair") -> "Pair":
    """Queries and keys of the attention that the depths are blended with."""
    return shared
